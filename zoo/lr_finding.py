"""The learning rate range test: a short training with a rising rate, and the rate at which it learns fastest."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import specs
from specs.document import Document
from specs.errors import RunError, UserError
from specs.learning_rates import number
from specs.sections import Train
from specs.sections.optimizers import Optimizer
from specs.sections.rates import ScheduleChoice
from zoo.adapting import adapted
from zoo.backend import keras, set_random_seed
from zoo.data import load_data
from zoo.data.dataset import Array, Dataset
from zoo.data.loading import training_of
from zoo.data.python import Data, as_dataset
from zoo.feeding import Feed
from zoo.sources import Source, as_document
from zoo.stepping import check_usual
from zoo.training import prepared, training_form

OnStep = Callable[[int, int, float, float], None]
"""Steps that are done, steps of the whole test, and rate and loss of the last."""

MIN_STEPS = 20
WIDTH = 0.03
"""Losses are averaged over neighbours, weighted by a Gaussian: its standard deviation as a part of the whole test."""
DIVERGED = 4.0
"""The test ends where the smoothed loss is so many times its lowest value."""
NOISE = 6.0
"""A fall of the smoothed loss counts where it is so many times what chance makes of it."""

NEVER_FELL = "the loss does not fall at any of the rates"


@dataclass(frozen=True, slots=True)
class RangeTest:
    """What the loss did as the learning rate rose.

    `rates`, `losses` and `smoothed` have a number for each step, as the loss on the step's batch before it was taken.
    `suggestion` is the rate at which the smoothed loss fell fastest, with two digits, or None where it says nothing;
    `tenth` is a tenth of the rate of its lowest value, another common choice. `verdict` says so in a sentence.
    """

    name: str
    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    suggestion: float | None
    tenth: float | None
    diverged: bool
    verdict: str

    @property
    def steps(self) -> int:
        """Steps that were taken, the one that went beyond all numbers not counted."""
        return len(self.rates)


def lr_find(
    source: Source,
    *,
    min_learning_rate: float = 1e-7,
    max_learning_rate: float = 10.0,
    steps: int = 100,
    data: Data | None = None,
    on_step: OnStep | None = None,
    **params: Any,
) -> RangeTest:
    """Train a fresh model with a learning rate that rises by the same factor at each step, and suggest one.

    Data, augmentation, batch size, losses and optimizer are the spec's, and so is the seed: equal specs give equal
    tests on a CPU. A schedule of the spec, and what else changes rate or batch size, is left out. The test ends early
    where the smoothed loss is four times its lowest value.

    Raises `UserError` where spec, data or range cannot be used, `RunError` where the first loss is no number already.

    Smith, Cyclical Learning Rates for Training Neural Networks (arXiv:1506.01186, section 3.3), with the rate raised
    by factors instead of along a line.
    """
    if not 0 < min_learning_rate < max_learning_rate < math.inf:
        raise UserError(f"the rate rises from above 0 (got {min_learning_rate:g} to {max_learning_rate:g})")
    if steps < MIN_STEPS:
        raise UserError(f"a range test takes at least {MIN_STEPS} steps (got {steps})")
    document = as_document(source, params)
    check_usual(document, "a search for learning rates")
    dataset = load_data(document) if data is None else as_dataset(data, document)
    # Where gradients are gathered over several batches, a step is as many of them.
    steps *= _optimizer(training_of(document)).gradient_accumulation_steps or 1
    rates = np.geomspace(min_learning_rate, max_learning_rate, steps).tolist()
    model, feed = _prepared(document, dataset, rates)
    losses, diverged = losses_of(lambda index: _step(model, feed[index]), rates, on_step)
    if not losses:
        raise RunError(f"{document.name}: the first loss is no finite number; look at the data and the first layers")
    return judged(document.name, rates[: len(losses)], losses, diverged, steps)


def _prepared(document: Document, dataset: Dataset, rates: Sequence[float]) -> tuple[keras.Model, Feed]:
    """The compiled model with the rates as its schedule, and what it is fed."""
    train = _rising(training_of(document), rates[0], rates[-1], len(rates))
    document = replace(adapted(document, dataset.train, train.batch_size), train=train)
    graph = specs.lower(document)
    set_random_seed(train.seed)
    model, _ = prepared(document, graph, train, None, dataset)
    return model, Feed(dataset.train, training_form(graph, train, dataset), train.batch_size, seed=train.seed)


def _optimizer(train: Train) -> Optimizer:
    args = train.optimizer.args
    assert isinstance(args, Optimizer)
    return args


def _rising(train: Train, low: float, high: float, steps: int) -> Train:
    """The recipe with its learning rate raised from one value to another; nothing else changes rate or batch size."""
    arguments = {"initial_learning_rate": low, "decay_steps": steps - 1, "decay_rate": high / low}
    rising = ScheduleChoice.model_validate({"ExponentialDecay": arguments})
    args = _optimizer(train)
    # A warm-up of the optimizer's own is a schedule too.
    warm = {"warmup_steps": 0} if hasattr(args, "warmup_steps") else {}
    args = args.model_copy(update={"learning_rate": rising, **warm})
    optimizer = train.optimizer.model_copy(update={train.optimizer.kind: args})
    changed = {"optimizer": optimizer, "reduce_on_plateau": None, "batch_growth": None, "steps_per_execution": 1}
    return train.model_copy(update=changed)


def _step(model: keras.Model, batch: tuple[Any, ...]) -> float:
    # Keras' loss is the mean since the last reset.
    model.reset_metrics()
    return float(model.train_on_batch(*batch, return_dict=True)["loss"])


def losses_of(
    step: Callable[[int], float], rates: Sequence[float], on_step: OnStep | None = None
) -> tuple[list[float], bool]:
    """The loss of each step, and whether it went away before the last; `step(index)` takes one with that rate."""
    losses: list[float] = []
    lowest = math.inf
    for index, rate in enumerate(rates):
        loss = step(index)
        if not math.isfinite(loss):
            return losses, True
        losses.append(loss)
        if on_step is not None:
            on_step(index + 1, len(rates), rate, loss)
        latest = float(smooth(losses[-_reach(len(rates)) :], len(rates))[-1])
        lowest = min(lowest, latest)
        if latest > lowest + (DIVERGED - 1) * abs(lowest):
            return losses, True
    return losses, False


def smooth(losses: Sequence[float], steps: int) -> Array:
    """Means of neighbouring losses, as many as there are, weighted by a Gaussian; `steps` are those of a whole test.

    It looks both ways, so that it moves no slope to higher rates, as a moving average of the past does.

    >>> smooth([1.0, 1.0, 1.0], 100).tolist()
    [1.0, 1.0, 1.0]
    """
    reach = _reach(steps)
    weights = np.exp(-((np.arange(-reach, reach + 1) / _width(steps)) ** 2) / 2)
    inside = slice(reach, reach + len(losses))
    found: Array = (np.convolve(losses, weights) / np.convolve(np.ones(len(losses)), weights))[inside]
    return found


def _width(steps: int) -> float:
    return max(1.0, WIDTH * steps)


def _reach(steps: int) -> int:
    """Neighbours on each side that count; those beyond four standard deviations do not."""
    return math.ceil(4 * _width(steps))


def judged(name: str, rates: Sequence[float], losses: Sequence[float], diverged: bool, steps: int) -> RangeTest:
    """What a test of at most so many steps says: the rate of the steepest fall, if the loss fell at all.

    >>> rates, losses = np.geomspace(1e-4, 1.0, 50), [1.0] * 20 + [1 - 0.04 * step for step in range(20)] + [0.2] * 10
    >>> print(judged("tiny", rates.tolist(), losses, False, 50).verdict)
    tiny: the loss falls fastest at a learning rate of 0.015
    """
    smoothed = smooth(losses, steps)
    lowest = int(smoothed.argmin())
    slopes = np.diff(smoothed[: lowest + 1])
    steepest = int(slopes.argmin()) if lowest else 0
    trouble = _trouble(losses, smoothed, steepest, diverged, _width(steps))
    fastest = _two_digits(math.sqrt(rates[steepest] * rates[min(steepest + 1, lowest)]))
    at_end = lowest == len(rates) - 1
    return RangeTest(
        name=name,
        rates=tuple(rates),
        losses=tuple(losses),
        smoothed=tuple(smoothed.tolist()),
        suggestion=None if trouble else fastest,
        tenth=None if trouble or at_end else _two_digits(rates[lowest] / 10),
        diverged=diverged,
        verdict=f"{name}: {trouble or f'the loss falls fastest at a learning rate of {number(fastest)}'}",
    )


def _two_digits(rate: float) -> float:
    return float(f"{rate:.2g}")


def _trouble(losses: Sequence[float], smoothed: Array, steepest: int, diverged: bool, width: float) -> str:
    """Why a test says nothing; empty where it does."""
    lowest, margin = int(smoothed.argmin()), math.ceil(2.5 * width)
    if lowest == 0 or len(losses) < MIN_STEPS // 2:
        return "the loss rises from the start; let the rate rise from a lower one" if diverged else NEVER_FELL
    before = np.array(losses[: lowest + 1])
    # Means of neighbours vary less than losses do: the weights' squares add up to this.
    chance = float(np.std(before - smoothed[: lowest + 1])) / math.sqrt(2 * math.sqrt(math.pi) * width)
    if float(before[: len(before) // 4 + 1].mean() - smoothed[lowest]) <= NOISE * chance:
        return NEVER_FELL
    # Near an end a mean has neighbours on one side only, and the fall looks less steep there than it is.
    if steepest < margin:
        return "the loss falls fastest at the lowest rates of all; let the rate rise from a lower one"
    if steepest > len(losses) - 2 - margin and not diverged:
        return "the loss falls fastest at the highest rates of all; let the rate rise to a higher one"
    return ""
