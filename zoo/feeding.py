"""Batches for Keras out of a part of the data: equal seeds give equal batches, whatever was asked for before."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from specs.graph import Graph
from zoo.backend import keras
from zoo.building import one_or_all
from zoo.data.dataset import Array, Part, Positions


class Augment(Protocol):
    """Changes a batch at random, the same way for the same seed, epoch and index."""

    def __call__(self, x: Array, y: dict[str, Array], seed: int, epoch: int, index: int) -> tuple[Array, Any]:
        """The changed inputs and what is then to be learnt of them."""
        ...


@dataclass(frozen=True, slots=True)
class Form:
    """How a batch is brought into the form that the model and its losses take."""

    graph: Graph
    labels: Mapping[str, Callable[[Array], Array]]
    """By output: what the data says → what the loss compares with."""
    reconstructed: Mapping[str, Callable[[Mapping[str, Array]], Array]] = field(default_factory=dict)
    """By output that reconstructs: the inputs, augmented where they are, → what it learns of them."""
    weights: Array | None = None
    """Weight of each class in the loss."""
    augment: Augment | None = None
    """Only in training."""
    targets: Mapping[str, Callable[[Array], Array]] = field(default_factory=dict)
    """By output that tells boxes: boxes, which moved as their images did → what the loss compares with."""

    def __call__(self, x: dict[str, Array], y: dict[str, Array], seed: int, epoch: int, index: int) -> tuple[Any, ...]:
        """Inputs, labels and, where classes are weighted, a weight for each example."""
        weights = () if self.weights is None else (self.weights[next(iter(y.values()))],)
        inputs = {name: self._typed(name, array) for name, array in x.items()}
        labels = {name: self.labels[name](array) for name, array in y.items()}
        if self.augment is not None:
            name = next(iter(inputs))
            inputs[name], labels = self.augment(inputs[name], labels, seed, epoch, index)
        labels = {name: self.targets[name](each) if name in self.targets else each for name, each in labels.items()}
        labels.update({name: self.labels[name](target(inputs)) for name, target in self.reconstructed.items()})
        return (one_or_all(inputs), one_or_all({name: labels[name] for name in self.graph.outputs}), *weights)

    def _typed(self, name: str, array: Array) -> Any:
        """Pixels may be kept as bytes; a model computes with its input's own type."""
        dtype = getattr(self.graph.node(name).args, "dtype", "float32")
        if dtype != "string":
            return array.astype(dtype, copy=False)
        # Keras knows no arrays of text, only TensorFlow's tensors.
        from zoo.backend import tensorflow

        return tensorflow.constant(array.tolist(), dtype="string")


class Feed(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """The batches of a part, one epoch after the other without end: in its order, or shuffled by a seed.

    A batch depends on the seed and on its number since the first epoch alone, so that a training that is taken up again
    goes on with the same batches. Give Keras `steps` as the length of an epoch: a PyDataset with an end is told of its
    epochs while the batches of the next are drawn already (Keras 3.15).

    With `replicas` the last batch of an epoch is as large as divides over them: up to replicas - 1 examples, others in
    each epoch, are left out.
    """

    def __init__(
        self, part: Part, form: Form, batch_size: int, *, seed: int | None = None, epoch: int = 0, replicas: int = 1
    ) -> None:
        super().__init__()
        self.part = part
        self.form = form
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = epoch
        self.examples = len(part) // replicas * replicas
        self.steps = math.ceil(self.examples / batch_size)
        self._order = (-1, np.arange(len(part)))

    num_batches = None
    """No end."""

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        epoch, step = divmod(index, self.steps)
        order = self._ordered(self.epoch + epoch)[: self.examples]
        x, y = self.part.take(order[step * self.batch_size : (step + 1) * self.batch_size])
        return self.form(x, y, self.seed or 0, self.epoch + epoch, step)

    def _ordered(self, epoch: int) -> Positions:
        known, order = self._order
        if self.seed is not None and known != epoch:
            order = np.random.default_rng([self.seed, epoch]).permutation(len(self.part))
            self._order = (epoch, order)
        return order
