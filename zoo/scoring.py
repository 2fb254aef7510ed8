"""How well each class is found: precision, recall, F1, and what was taken for what. NumPy alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.answers import Gives
from zoo.data.dataset import Array, Part
from zoo.feeding import Feed


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one class is found, each a fraction in [0, 1]; 0 where nothing can be said."""

    label: str
    precision: float
    """Of the examples that were taken for the class, those that are of it."""
    recall: float
    """Of the examples of the class, those that were taken for it."""
    f1: float
    """Harmonic mean of the two."""
    support: int
    """Examples of the class."""


@dataclass(frozen=True, slots=True)
class Scores:
    """A line for each class, and counts of the examples by the class they are of and the one they were taken for."""

    classes: tuple[ClassScore, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    """`confusion[true][found]`."""


def scores_of(model: Any, output: str, feed: Feed, part: Part, classes: tuple[str, ...], gives: Gives) -> Scores:
    """Ask a model about a part of the data, by the batches of `feed`; no scores where `output` learns numbers."""
    labels = part.examples.y[output][part.positions] if classes else np.zeros(0)
    if not classes or labels.dtype.kind not in "iu" or labels.ndim != 1:
        return Scores()
    found = np.concatenate([_numbers(each, gives) for each in answers_of(model, output, feed)])
    return scores(labels, found, classes)


def scores(labels: Array, found: Array, names: tuple[str, ...]) -> Scores:
    """The scores of classes by their true and their found numbers; a class beyond `names` has its number for a name.

    >>> made = scores(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), ("cat", "dog"))
    >>> made.confusion
    ((1, 1), (0, 2))
    >>> [(each.label, round(each.precision, 2), each.recall) for each in made.classes]
    [('cat', 1.0, 0.5), ('dog', 0.67, 1.0)]
    """
    count = max(len(names), int(found.max()) + 1)
    confusion = np.bincount(labels * count + found, minlength=count * count).reshape(count, count)
    right, support, taken = np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    rates = (_rate(right, taken), _rate(right, support), _rate(2 * right, taken + support))
    labelled = [*names, *map(str, range(len(names), count))]
    rows = zip(labelled, *(each.tolist() for each in rates), support.tolist(), strict=True)
    return Scores(tuple(ClassScore(*row) for row in rows), tuple(map(tuple, confusion.tolist())))


def _rate(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def answers_of(model: Any, output: str, feed: Feed) -> Iterator[Array]:
    """What an output gives for each batch."""
    for index in range(feed.steps):
        answer = model.predict_on_batch(feed[index][0])
        yield np.asarray(answer[output] if isinstance(answer, dict) else answer)


def _numbers(answer: Array, gives: Gives) -> Array:
    """The number of the likeliest class; a number alone is what speaks for the second of two."""
    if answer.shape[-1] > 1:
        return np.asarray(answer.argmax(axis=-1))
    return (answer[..., 0] > (0.0 if gives == "logits" else 0.5)).astype(np.int64)
