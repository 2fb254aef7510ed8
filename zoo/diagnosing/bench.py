"""What all checks share: one model with one compiled step, brought back to its start as often as it is wanted."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

import specs
from specs.document import Document
from specs.graph import Graph
from specs.linting.training import highest_rate
from specs.linting.view import View
from specs.sections import Train
from specs.sections.optimizers import Optimizer
from zoo.adapting import adapted
from zoo.backend import keras, set_random_seed
from zoo.data.dataset import Array, Dataset, Part, Positions
from zoo.data.loading import training_of
from zoo.diagnosing.gradients import Gradients, gradients_of
from zoo.feeding import Feed
from zoo.recompiling import adjustable, places
from zoo.schedules import rate_of
from zoo.traced import Numbers, Place, install
from zoo.training import form_of, prepared, training_form
from zoo.weights import Carried

POOL = 256
"""Training examples, drawn by the seed, on which layers and data are looked at."""
MAX_VALUES = 30_000_000
"""Values that all layers give together of the examples that they are asked about at once."""
OFF = 1e-9
"""A rate of dropout that drops nothing: with 0 a step would have to be traced anew."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps that were taken: the rate of each, and the loss on its batch before it was taken, NaN where it diverged."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]

    @property
    def diverged(self) -> bool:
        """Whether the loss became infinite or no number."""
        return bool(self.losses) and not math.isfinite(self.losses[-1])

    def end(self, part: float = 0.25) -> float:
        """The mean loss of the last part of the steps; infinite where they diverged."""
        last = self.losses[-max(1, round(len(self.losses) * part)) :]
        return math.inf if self.diverged or not last else float(np.mean(last))


@dataclass
class Bench:
    """The compiled model of a document with its data, and the time that is left for checks."""

    document: Document
    graph: Graph
    train: Train
    dataset: Dataset
    model: keras.Model
    started: Carried | None
    deadline: float
    seconds: float
    schedule: Callable[[int], float]
    numbers: Any
    found: tuple[Place, ...]
    start: tuple[Any, ...]
    view: View

    def left(self, share: float = 1.0) -> float:
        """Seconds for something that may take this share of the whole time, of which no more is left than there is."""
        return max(0.0, min(share * self.seconds, self.deadline - time.monotonic()))

    @cached_property
    def pool(self) -> Positions:
        """Places in the training part of the examples that are looked at."""
        count = len(self.dataset.train)
        order = np.random.default_rng(self.train.seed).permutation(count)
        return np.sort(order[: min(POOL, count)])

    def batch(self, count: int) -> tuple[Any, ...]:
        """So many examples of the pool, as the model and its losses take them; nothing is augmented."""
        x, y = self.dataset.train.take(self.pool[:count])
        return form_of(self.graph, self.train)(x, y, 0, 0, 0)

    def feed(self, part: Part | None = None) -> Feed:
        """The batches of the training, or of another part as it would have them."""
        form = training_form(self.graph, self.train, self.dataset)
        return Feed(part or self.dataset.train, form, self.train.batch_size, seed=self.train.seed)

    def restart(self) -> None:
        """The weights, the random numbers and the optimizer as they were at the start."""
        for variable, value in zip(_variables(self.model), self.start, strict=True):
            variable.assign(value)

    @contextmanager
    def plain(self) -> Iterator[None]:
        """Inside, steps drop nothing out, add no noise and have no penalties and no decay of weights."""
        if self.numbers is None:
            yield
            return
        values = [place.value for place in self.found]
        self.numbers.assign([_off(place) for place in self.found])
        try:
            yield
        finally:
            self.numbers.assign(values)

    @cached_property
    def gradients(self) -> Gradients:
        """What gives the loss of a batch and its gradients."""
        return gradients_of(self.model)

    def steps(
        self,
        batches: Callable[[int], tuple[Any, ...]],
        most: int,
        seconds: float,
        rate: Callable[[int], float] | None = None,
        until: Callable[[Sequence[float]], bool] = lambda losses: False,
    ) -> Steps:
        """Steps from where the model is, until there are enough, the time is over or the loss is no number."""
        end, rates, losses = time.monotonic() + seconds, [], []
        for step in range(most):
            rates.append((rate or self.schedule)(step))
            losses.append(self.step(batches(step), rates[-1]))
            if not math.isfinite(losses[-1]) or until(losses) or (time.monotonic() > end and step):
                break
        return Steps(tuple(rates), tuple(losses))

    def step(self, batch: tuple[Any, ...], rate: float) -> float:
        """One step; the loss on the batch before it was taken."""
        self.model.optimizer.learning_rate = rate
        self.model.reset_metrics()
        return float(self.model.train_on_batch(*batch, return_dict=True)["loss"])

    def outputs(self, names: Sequence[str], count: int) -> dict[str, Array]:
        """What these nodes give of so many examples of the pool, in training: batch norm normalises by the batch."""
        model = keras.Model(self.model.input, [self.model.get_layer(name).output for name in names])
        x = self.batch(count)[0]
        before = [keras.ops.convert_to_numpy(variable) for variable in self.model.variables]
        found = model(x, training=True)
        for variable, value in zip(self.model.variables, before, strict=True):
            variable.assign(value)
        arrays = found if isinstance(found, (list, tuple)) else [found]
        return {name: np.asarray(keras.ops.convert_to_numpy(each)) for name, each in zip(names, arrays, strict=True)}


def bench_of(document: Document, dataset: Dataset, seconds: float) -> Bench:
    """Builds and compiles the document's model; its schedule is left to who takes the steps."""
    deadline, recipe = time.monotonic() + seconds, training_of(document)
    document = adapted(document, dataset.train, recipe.batch_size)
    train = _with_plain_rate(recipe)
    graph = specs.lower(document)
    set_random_seed(train.seed)
    model, started = prepared(document, graph, train, None, dataset)
    model.optimizer.build(model.trainable_variables)
    found = tuple(places(model, graph, train))
    numbers = adjustable(list(found)) if found else None
    if isinstance(numbers, Numbers):
        install(model, numbers)
    start = tuple(np.array(keras.ops.convert_to_numpy(variable)) for variable in _variables(model))
    batches = math.ceil(len(dataset.train) / train.batch_size)
    schedule = _schedule(recipe, batches)
    view = View(document, graph)
    return Bench(
        document, graph, train, dataset, model, started, deadline, seconds, schedule, numbers, found, start, view
    )


def _variables(model: keras.Model) -> list[Any]:
    return [*model.variables, *model.optimizer.variables]


def _off(place: Place) -> float:
    """The value at which a number of a step changes nothing of what is to be learnt; else what it is."""
    last = place.name.rpartition("/")[2]
    if place.name.startswith("layers/") and last in ("rate", "stddev"):
        return OFF
    penalty = place.name.startswith("layers/") and last in ("l1", "l2", "factor")
    return 0.0 if penalty or place.name == "optimizer/weight_decay" else float(place.value)


def _with_plain_rate(train: Train) -> Train:
    """The recipe with one rate and one size of batches, so that one compiled step serves all that is tried."""
    args = train.optimizer.args
    assert isinstance(args, Optimizer)
    args = args.model_copy(update={"learning_rate": highest_rate(train)})
    optimizer = train.optimizer.model_copy(update={train.optimizer.kind: args})
    changed = {"optimizer": optimizer, "reduce_on_plateau": None, "batch_growth": None, "steps_per_execution": 1}
    return train.model_copy(update=changed)


def _schedule(train: Train, steps_per_epoch: int) -> Callable[[int], float]:
    args: Any = train.optimizer.args
    rate = rate_of(args.learning_rate, steps_per_epoch)
    return (lambda step: float(rate)) if isinstance(rate, float) else (lambda step: float(rate(step)))


def with_labels(part: Part, seed: int) -> Part:
    """The part with its labels dealt out anew among its examples."""
    order = np.random.default_rng([seed, 1]).permutation(len(part))
    y = {name: labels.copy() for name, labels in part.examples.y.items()}
    for labels in y.values():
        labels[part.positions] = labels[part.positions[order]]
    return replace(part, examples=replace(part.examples, y=y))
