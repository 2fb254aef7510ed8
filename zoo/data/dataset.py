"""What a data source gives, and what training takes: examples by position, in parts that share none."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from zoo.data.baselines import Past

Array = NDArray[Any]
Positions = NDArray[np.int64]

Classes = Mapping[str, tuple[str, ...]]
"""By output that learns classes: the name of each class by its number. Outputs that learn numbers are missing."""


class Rows(Protocol):
    """What all examples have for one input; files need not be read before they are taken."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(examples, *shape of one)."""
        ...

    def take(self, positions: Positions) -> Array:
        """The examples at these positions, of shape (positions, *shape of one)."""
        ...

    def content(self, positions: Positions) -> Iterator[bytes]:
        """What tells these examples from others, for a fingerprint."""
        ...


@dataclass(frozen=True, slots=True)
class InMemory:
    """Rows that are an array: pixels as uint8 or float32 from 0 to 255, numbers as float32, text as strings."""

    array: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """(examples, *shape of one)."""
        return self.array.shape

    def take(self, positions: Positions) -> Array:
        """The rows of the array at these positions."""
        return self.array[positions]

    def content(self, positions: Positions) -> Iterator[bytes]:
        """The type of the array and all its values."""
        return content_of(self.array[positions])


def content_head(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """What tells an array of a type and shape from others, before its values."""
    return f"{dtype} {shape}".encode()


def content_of(array: Array) -> Iterator[bytes]:
    """What tells an array from others: its type, its shape and all its values."""
    yield content_head(array.dtype, array.shape)
    if array.dtype.hasobject:
        yield from (repr(value).encode() for value in array.ravel().tolist())
    else:
        yield np.ascontiguousarray(array).tobytes()


@dataclass(frozen=True, slots=True)
class Examples:
    """All examples of a source: `x` by input of the model, `y` by output.

    Labels in `y` are int64 of shape (examples), each a position in the output's `classes`; what is to be computed as
    numbers is float32 of shape (examples, *shape of the output). Outputs that reconstruct need none.
    """

    x: Mapping[str, Rows]
    y: Mapping[str, Array]
    classes: Classes = field(default_factory=dict)
    held_out: int = 0
    """So many examples, the last, are the source's own test part; where 0 the test part is split off."""
    only_trained: int = 0
    """So many examples, the last, are all in the training part, and have labels there."""
    gap: int | None = None
    """In a series: the parts follow each other in time, and so many examples are left out between them."""
    past: Past | None = None
    """In a series: what is known of the target before each horizon."""
    groups: Array | None = None
    """Of each example the number of what it is a part of, rising: examples of one group are all in one part."""
    parts: tuple[Positions, Positions, Positions] | None = None
    """Training, validation and test examples, where the source has divided what they are made of."""
    columns: tuple[str, ...] = ()
    """In a table of which the spec names no columns for its only input: those that it got, in their order."""

    def __len__(self) -> int:
        return next(iter(self.x.values())).shape[0]


class Batch(NamedTuple):
    """Some examples as arrays, by input and by output."""

    x: dict[str, Array]
    y: dict[str, Array]


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the examples of a source: those at `positions`."""

    examples: Examples
    positions: Positions

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, order: Positions) -> Batch:
        """The examples that stand at these places of the part."""
        at = self.positions[order]
        x = {name: rows.take(at) for name, rows in self.examples.x.items()}
        return Batch(x, {name: y[at] for name, y in self.examples.y.items()})

    def all(self) -> Batch:
        """Every example of the part; only for parts that fit into memory."""
        return self.take(np.arange(len(self)))

    def baselines(self) -> dict[str, float]:
        """Of a series the mean absolute errors of repeating the last value and of exponential smoothing.

        >>> y, past = np.array([[3.0, 3.0], [2.0, 1.0]]), Past(np.array([3.0, 3.0]), np.array([0, 1]))
        >>> Part(Examples({}, {"output": y}, past=past), np.array([0, 1])).baselines()
        {'naive_mae': 0.75}
        """
        if self.examples.past is None or not self.examples.y:
            return {}
        y, told = next(iter(self.examples.y.values()))[self.positions], self.examples.past.forecasts()
        return {name: float(np.mean(np.abs(y - each[self.positions, np.newaxis]))) for name, each in told.items()}

    def content(self) -> Iterator[bytes]:
        """What tells the part from others, for a fingerprint."""
        for name, rows in self.examples.x.items():
            yield name.encode()
            yield from rows.content(self.positions)
        for name, y in self.examples.y.items():
            yield name.encode()
            yield from content_of(y[self.positions])


@dataclass(frozen=True)
class Dataset:
    """Examples in parts that share none. The test part is for the final result only.

    >>> classes = {"output": ("a", "b", "c", "d")}
    >>> examples = Examples({"input": InMemory(np.zeros((4, 2)))}, {"output": np.arange(4)}, classes)
    >>> data = Dataset(*(Part(examples, np.array(at)) for at in ([0, 3], [1], [2])), examples.classes)
    >>> data.train.all().y["output"].tolist(), len(data.test)
    ([0, 3], 1)
    """

    train: Part
    validation: Part
    test: Part
    classes: Classes
    unlabelled: Part | None = None
    """Training examples whose labels are not looked at; None where all have some."""

    @property
    def without_labels(self) -> Part:
        """All training examples, for what looks at no labels."""
        if self.unlabelled is None:
            return self.train
        return Part(self.train.examples, np.sort(np.concatenate([self.train.positions, self.unlabelled.positions])))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all examples and class names, as 64 hexadecimal digits: equal only for equal data and split."""
        digest = hashlib.sha256(repr(dict(self.classes)).encode())
        for part in (self.train, self.validation, self.test, *([self.unlabelled] if self.unlabelled else [])):
            for piece in part.content():
                digest.update(piece)
        return digest.hexdigest()
