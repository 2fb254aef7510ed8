"""What all checks share: one model with one compiled step, brought back to its start as often as it is wanted."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from specs.document import Document
from specs.graph import Graph
from specs.linting.view import View
from specs.sections import Train
from zoo.backend import keras
from zoo.data.dataset import Array, Dataset, Part, Positions
from zoo.diagnosing.signals import Signal, fitting, looked_at, signals_of
from zoo.diagnosing.taping import as_tensors
from zoo.feeding import Feed
from zoo.traced import Place
from zoo.training import form_of, training_form
from zoo.weights import Started

POOL = 256
"""Training examples, drawn by the seed, on which layers and data are looked at."""
LENGTH, ENOUGH = 80, 20
"""Steps of each training that is tried, and so many at least to say anything."""
SHARE = 0.1
"""Of the time that is left when the first of them begins, for each training that is tried."""
OFF = 1e-9
"""A rate of dropout that drops nothing: with 0 a step would have to be traced anew."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps that were taken: the rate of each, and the loss on its batch before it was taken, NaN where it diverged.

    `cut` says that there was no time for all of them.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    cut: bool = False

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
    started: Started | None
    deadline: float
    seconds: float
    schedule: Callable[[int], float]
    """The rate of each step, the highest one soon where a warm-up begins lower: see `zoo.diagnosing.preparing`."""
    gathered: int
    """Batches whose gradients are averaged for one step."""
    numbers: Any
    found: tuple[Place, ...]
    start: tuple[Any, ...]
    view: View
    rate: float = math.nan
    """The optimizer's learning rate as it was last set."""
    learnt: tuple[Steps, tuple[Array, ...]] | None = None
    heart: Steps | None = None
    """Steps on one batch, see `zoo.diagnosing.learning`."""

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
        feed = Feed(part or self.dataset.train, form, self.train.batch_size, seed=self.train.seed)
        # The last batch of an epoch is smaller, and a step of another size would have to be compiled for it.
        feed.steps = max(1, feed.examples // feed.batch_size)
        return feed

    def restart(self) -> None:
        """The weights, the random numbers and the optimizer as they were at the start."""
        self.put(self.start)

    def put(self, state: Sequence[Array]) -> None:
        """The weights, the random numbers and the optimizer as they were when `state` was taken."""
        for variable, value in zip(variables_of(self.model), state, strict=True):
            variable.assign(value)
        self.rate = math.nan  # it is one of them

    def taken(self) -> tuple[Array, ...]:
        """The weights, the random numbers and the optimizer as they are."""
        return tuple(np.array(keras.ops.convert_to_numpy(each)) for each in variables_of(self.model))

    @cached_property
    def length(self) -> int:
        """How many steps a training that is tried may take; 0 where there is no time for enough of them."""
        self.restart()
        batch = self.feed()[0]
        self.step(batch, 0.0)
        began = time.monotonic()
        for _ in range(3):
            self.step(batch, 0.0)
        pace = (time.monotonic() - began) / 3
        length = min(LENGTH * self.gathered, int(SHARE * self.left() / max(pace, 1e-6)))
        return length if length >= ENOUGH * self.gathered else 0

    def trained(self, factor: float = 1.0, shuffled: bool = False, length: int | None = None) -> Steps:
        """Steps from the start with the rates of the spec times a factor, on true labels or on shuffled ones."""
        self.restart()
        part = self.dataset.train
        feed = self.feed(with_labels(part, self.train.seed) if shuffled else part)
        return self.steps(feed.__getitem__, length or self.length, lambda step: factor * self.schedule(step))

    def learning(self) -> Steps:
        """The first steps of the training; the model is as it is after them."""
        if self.learnt is None:
            steps = self.trained()
            self.learnt = steps, self.taken()
        self.put(self.learnt[1])
        return self.learnt[0]

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

    def steps(
        self,
        batches: Callable[[int], tuple[Any, ...]],
        most: int,
        rate: Callable[[int], float],
        until: Callable[[Sequence[float]], bool] = lambda losses: False,
    ) -> Steps:
        """Steps from where the model is, until there are enough, the time is over or the loss is no number."""
        rates: list[float] = []
        losses: list[float] = []
        for step in range(most):
            rates.append(rate(step))
            losses.append(self.step(batches(step), rates[-1]))
            if not math.isfinite(losses[-1]) or until(losses):
                break
            if not self.left():
                return Steps(tuple(rates), tuple(losses), cut=step < most - 1)
        return Steps(tuple(rates), tuple(losses))

    def step(self, batch: tuple[Any, ...], rate: float) -> float:
        """One step; the loss on the batch before it was taken."""
        if rate != self.rate:
            self.model.optimizer.learning_rate = self.rate = rate
        return float(self.model.train_on_batch(*batch, return_dict=True)["loss"])

    def outputs(self, names: Sequence[str], count: int) -> dict[str, Array]:
        """What these nodes give of at most so many examples of the pool, in training: batch norm takes the batch's."""
        model = keras.Model(self.model.input, [self.model.get_layer(name).output for name in names])
        before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in self.model.non_trainable_variables]
        found = model(as_tensors(self.batch(self.held(names, count))[0]), training=True)
        for variable, value in zip(self.model.non_trainable_variables, before, strict=True):
            variable.assign(value)
        arrays = found if isinstance(found, (list, tuple)) else [found]
        return {name: np.asarray(keras.ops.convert_to_numpy(each)) for name, each in zip(names, arrays, strict=True)}

    def signals(self) -> tuple[Signal, ...]:
        """What flows through the model as it is, for examples of the pool that are not augmented."""
        names = [node.name for node in looked_at(self.graph)]
        batch = self.batch(self.held(names, POOL))
        return signals_of(self.model, self.graph, batch)[1] if names else ()

    def held(self, names: Sequence[str], most: int) -> int:
        """For how many examples what these nodes give is not too much."""
        return fitting(self.graph, names, most)


def variables_of(model: keras.Model) -> list[Any]:
    """All that a step changes."""
    return [*model.variables, *model.optimizer.variables]


def _off(place: Place) -> float:
    """The value at which a number of a step changes nothing of what is to be learnt; else what it is."""
    last = place.name.rpartition("/")[2]
    if place.name.startswith("layers/") and last in ("rate", "stddev"):
        return OFF
    penalty = place.name.startswith("layers/") and last in ("l1", "l2", "factor")
    return 0.0 if penalty or place.name == "optimizer/weight_decay" else float(place.value)


def with_labels(part: Part, seed: int) -> Part:
    """The part with its labels dealt out anew among its examples."""
    order = np.random.default_rng([seed, 1]).permutation(len(part))
    y = {name: labels.copy() for name, labels in part.examples.y.items()}
    for labels in y.values():
        labels[part.positions] = labels[part.positions[order]]
    return replace(part, examples=replace(part.examples, y=y))
