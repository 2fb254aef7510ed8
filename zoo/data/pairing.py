"""Examples of a source as pairs, of one class or of two."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from specs.errors import DataError
from specs.graph import Graph
from specs.sections.pairs import Pairs
from zoo.data.dataset import Array, Examples, Positions, Rows
from zoo.data.splitting import consecutive_indices, split_indices

CLASSES = ("different", "same")
"""What a pair may be, by the number of its label."""
PARTS = ("training", "validation", "test")


@dataclass(frozen=True, slots=True)
class Members:
    """Rows of which each is one of a source's: that of each pair which stands on one side."""

    rows: Rows
    at: Positions
    """Of every pair the position of the example."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(pairs, *shape of one)."""
        return (len(self.at), *self.rows.shape[1:])

    def take(self, positions: Positions) -> Array:
        """The examples of the pairs at these positions."""
        return self.rows.take(self.at[positions])

    def content(self, positions: Positions) -> Iterator[bytes]:
        """What the source says of these examples."""
        yield from self.rows.content(self.at[positions])


def paired(examples: Examples, how: Pairs, graph: Graph) -> Examples:
    """`how.count` pairs of these examples, one for each of the graph's two inputs: even ones different, odd ones same.

    Raises `DataError` where the examples have no classes, or a part has no two of one class or of two.
    """
    labels: Array = next(iter(examples.y.values()), np.zeros(0))
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise DataError(f"{graph.name}: the source has no class for each example; pairs need them")
    random = np.random.default_rng(how.seed)
    owned = split_indices(labels, how, examples.held_out)
    parts = consecutive_indices(how.count, how, gap=0)
    at = np.zeros((how.count, 2), np.int64)
    for name, own, pairs in zip(PARTS, owned, parts, strict=True):
        try:
            at[pairs] = own[drawn(labels[own], pairs % 2 == 1, random)]
        except ValueError:
            raise DataError(f"{graph.name}: {_too_few(labels[own], name)}") from None
    (rows,) = examples.x.values()
    x = {name: Members(rows, at[:, side]) for side, name in enumerate(graph.inputs)}
    y = dict.fromkeys(graph.outputs, np.arange(how.count) % 2)
    return Examples(x, y, dict.fromkeys(graph.outputs, CLASSES), parts=parts)


def drawn(labels: Array, same: Array, random: np.random.Generator) -> Positions:
    """Positions (pairs, 2) in `labels` of pairs that are of one class where `same`, never an example with itself.

    The first is any example that has such a partner, the second any partner that it has. Raises `ValueError` where
    there is none.

    >>> labels, same = np.array([3, 5, 3]), np.array([True, False])
    >>> (labels[drawn(labels, same, np.random.default_rng(0))] == 5).sum(axis=1).tolist()
    [0, 1]
    """
    order = np.argsort(labels, kind="stable")
    _, start, size = np.unique(labels[order], return_index=True, return_counts=True)
    start, size = np.repeat(start, size), np.repeat(size, size)
    at = np.empty((len(same), 2), np.int64)
    # By their place in the order, in which the examples of a class lie side by side.
    first = random.choice(np.flatnonzero(size > 1), np.count_nonzero(same))
    step = random.integers(1, size[first])
    at[same] = np.stack([first, start[first] + (first - start[first] + step) % size[first]], axis=1)
    first = random.choice(np.flatnonzero(size < len(labels)), np.count_nonzero(~same))
    step = random.integers(0, len(labels) - size[first])
    at[~same] = np.stack([first, (start[first] + size[first] + step) % len(labels)], axis=1)
    return order[at]


def _too_few(labels: Array, part: str) -> str:
    counts = np.unique(labels, return_counts=True)[1]
    lacking = "all are of one class" if len(counts) < 2 else "no two are of one class"
    return f"of the {len(labels)} examples of the {part} part {lacking}; pairs are of one class and of two"
