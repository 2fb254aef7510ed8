"""The adversarial step: a generator and a discriminator in one model, each with an optimizer of its own.

Goodfellow et al. (arXiv:1406.2661, algorithm 1, with one step of the discriminator to one of the generator, and the
generator's loss that does not saturate, section 3); where both are told the class, Mirza and Osindero
(arXiv:1411.1784). It belongs to training alone: a run keeps the model without.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from specs.adversarial import Roles, roles_of
from specs.errors import UserError
from specs.graph import Graph
from specs.sections.stepping import Adversarial
from zoo.backend import keras

SEED = 0
"""Of the noise that validation is made of: the same in each epoch, so that epochs differ by the weights alone."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Both parts of an adversarial model; they share their layers with it."""

    generator: Any
    discriminator: Any
    noise: tuple[int, ...]
    """Shape of the noise of one example."""
    classes: int
    """Places of the condition; 0 where there is none."""

    def given(self, examples: Any, labels: Any) -> list[Any]:
        """What a part is asked: noise or images, and the class of each where there is one."""
        if not self.classes:
            return [examples]
        numbers = keras.ops.cast(keras.ops.reshape(labels, (-1,)), "int32")
        return [examples, keras.ops.one_hot(numbers, self.classes)]

    def drawn(self, count: Any, seed: Any) -> Any:
        """Noise for so many examples, from the standard normal distribution."""
        return keras.random.normal((count, *self.noise), seed=seed)


class AdversarialModel(keras.Model):  # type: ignore[misc]  # Keras has no types
    """A model whose second output judges the first, and whose parts learn against each other."""

    pair: Pair

    def learn(self, judge: Any, smoothing: float, optimizers: Sequence[Any], **how: Any) -> None:
        """Compiles the model: the loss of a verdict, and the optimizers of generator and discriminator."""
        self.compile(optimizer=optimizers[0], **how)
        self.judge, self.smoothing, self.against = judge, smoothing, Untracked(optimizers[1])
        self.means = [keras.metrics.Mean(name) for name in ("loss", "discriminator_loss", "distance")]
        for optimizer, variables in self.learners():
            optimizer.build(variables)

    def learners(self) -> tuple[tuple[Any, list[Any]], ...]:
        """Each optimizer with the variables that it changes."""
        generator, discriminator = self.pair.generator, self.pair.discriminator
        own = self.optimizer, generator.trainable_variables
        return own, (self.against.value, discriminator.trainable_variables)

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step of the discriminator, and one of the generator against it."""
        from zoo.backend import tensorflow

        real, labels, *_ = data
        made = self._made(real, labels, self.seeds, training=True)
        (generating, own), (judging, its) = self.learners()
        with tensorflow.GradientTape() as tape:
            judged = self._judged(real, made, labels, 1 - self.smoothing, training=True)
            penalised = judged + sum(self.pair.discriminator.losses)
        judging.apply(tape.gradient(penalised, its), its)
        with tensorflow.GradientTape() as tape:
            again = self._made(real, labels, self.seeds, training=True)
            fooled = self._verdict(again, labels, 1.0, training=True)
            penalised = fooled + sum(self.pair.generator.losses)
        generating.apply(tape.gradient(penalised, own), own)
        return self._told(real, (penalised, judged, energy_distance(real, made)))

    def test_step(self, data: Any) -> dict[str, Any]:
        """Both losses, and how far what is made of the same noise each time is from the real examples."""
        real, labels, *_ = data
        made = self._made(real, labels, SEED, training=False)
        fooled = self._verdict(made, labels, 1.0, training=False) + sum(self.pair.generator.losses)
        judged = self._judged(real, made, labels, 1.0, training=False)
        return self._told(real, (fooled, judged, energy_distance(real, made)))

    def _made(self, real: Any, labels: Any, seed: Any, *, training: bool) -> Any:
        """As many made examples as there are real ones, of the same classes."""
        noise = self.pair.drawn(keras.ops.shape(real)[0], seed)
        return self.pair.generator(self.pair.given(noise, labels), training=training)

    def _judged(self, real: Any, made: Any, labels: Any, label: float, *, training: bool) -> Any:
        """The discriminator's loss; what is made is a constant of it."""
        of_real = self._verdict(real, labels, label, training=training)
        return of_real + self._verdict(made, labels, 0.0, training=training)

    def _verdict(self, examples: Any, labels: Any, label: float, *, training: bool) -> Any:
        """The loss of the verdicts on examples where each of them should be `label`."""
        verdict = self.pair.discriminator(self.pair.given(examples, labels), training=training)
        return self.judge(keras.ops.full_like(verdict, label), verdict)

    def _told(self, real: Any, values: Sequence[Any]) -> dict[str, Any]:
        for mean, value in zip(self.means, values, strict=True):
            mean.update_state(value, sample_weight=keras.ops.shape(real)[0])
        return {mean.name: mean.result() for mean in self.means}


@dataclass(frozen=True, slots=True)
class Untracked:
    """What Keras is not to save with a model."""

    value: Any


def adversarial(model: keras.Model, graph: Graph, step: Adversarial) -> keras.Model:
    """The model as one that learns so; `UserError` on a backend other than TensorFlow."""
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise UserError(
            f"{graph.name}: an adversarial step is TensorFlow's alone: set KERAS_BACKEND=tensorflow (got {backend})"
        )
    found = AdversarialModel(model.input, model.output, name=model.name)
    found.pair = pair_of(model, graph, roles_of(graph, step))
    found.seeds = keras.random.SeedGenerator()
    return found


def pair_of(model: keras.Model, graph: Graph, roles: Roles) -> Pair:
    """The two parts of a model that was built from the graph."""
    inputs = model.input if isinstance(model.input, dict) else {roles.noise: model.input}
    made, told = model.output[roles.made], [] if roles.condition is None else [inputs[roles.condition]]
    generator = keras.Model([inputs[roles.noise], *told], made)
    discriminator = keras.Model([made, *told], model.output[roles.verdict])
    noise: Any = graph.input_shapes()[roles.noise]
    classes = 0 if roles.condition is None else graph.input_shapes()[roles.condition][0] or 0
    return Pair(generator, discriminator, noise, classes)


def energy_distance(left: Any, right: Any) -> Any:
    """How far two sets of examples are apart as draws of one distribution each: 2 E|X-Y| - E|X-X'| - E|Y-Y'|.

    Székely and Rizzo 2013, Energy statistics: a class of statistics based on distances, section 2, without bias, so
    that it may fall below 0 where both are alike. In the units of the examples, (examples, ...) each.

    >>> print(round(float(energy_distance([[0.0], [2.0]], [[5.0], [7.0]])), 3))
    6.0
    """
    x, y = (_flat(each) for each in (left, right))
    return 2 * keras.ops.mean(_distances(x, y)) - _among(x) - _among(y)


def _flat(examples: Any) -> Any:
    values = keras.ops.cast(keras.ops.convert_to_tensor(examples), "float32")
    return keras.ops.reshape(values, (keras.ops.shape(values)[0], -1))


def _distances(x: Any, y: Any) -> Any:
    squares = [keras.ops.sum(keras.ops.square(each), axis=1) for each in (x, y)]
    found = squares[0][:, None] + squares[1][None, :] - 2 * keras.ops.matmul(x, keras.ops.transpose(y))
    return keras.ops.sqrt(keras.ops.maximum(found, 0))


def _among(x: Any) -> Any:
    """The mean distance of two of them that are not the same."""
    count = keras.ops.cast(keras.ops.shape(x)[0], "float32")
    apart = 1 - keras.ops.eye(keras.ops.shape(x)[0])
    return keras.ops.sum(_distances(x, x) * apart) / keras.ops.maximum(count * (count - 1), 1)
