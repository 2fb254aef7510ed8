"""Several sources as one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from specs.errors import DataError
from specs.graph import Graph
from zoo.data.dataset import Array, Examples, Part, Positions, Rows
from zoo.data.labelling import labelled


@dataclass(frozen=True, slots=True)
class Joined:
    """Rows of several sources one after the other: of each those at its positions."""

    parts: tuple[tuple[Rows, Positions], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """(examples, *shape of one)."""
        return (sum(len(positions) for _, positions in self.parts), *self.parts[0][0].shape[1:])

    def take(self, positions: Positions) -> Array:
        """The rows at these positions."""
        found: list[Array | None] = [None] * len(positions)
        for places, rows, at in self._by_source(positions):
            for place, row in zip(places.tolist(), rows.take(at), strict=True):
                found[place] = row
        return np.stack(found) if found else self.parts[0][0].take(positions)  # type: ignore[arg-type]

    def content(self, positions: Positions) -> Iterator[bytes]:
        """What each source says of its rows."""
        for places, rows, at in self._by_source(positions):
            yield places.tobytes()
            yield from rows.content(at)

    def _by_source(self, positions: Positions) -> Iterator[tuple[Positions, Rows, Positions]]:
        """Of each source that is met: the places among `positions`, its rows, and the positions of these there."""
        start = 0
        for rows, own in self.parts:
            places = np.flatnonzero((positions >= start) & (positions < start + len(own)))
            if len(places):
                yield places, rows, own[positions[places] - start]
            start += len(own)


def mixed(sources: Sequence[tuple[Examples, float, bool]], seed: int, graph: Graph) -> Examples:
    """A fraction of each source, in (0, 1]; a class keeps its name, and gets its number among the names of all.

    With each source stands whether it is divided; those that are not come last, and are trained on as a whole.

    Raises `DataError` where the sources have examples of unequal shapes, or where one has no classes.
    """
    for number, (each, *_) in enumerate(sources, start=1):
        if not each.y or next(iter(each.y.values())).dtype.kind not in "iu":
            raise DataError(f"{graph.name}: source {number} of the mix has no classes; only what has can be mixed")
    shapes = sorted({next(iter(each.x.values())).shape[1:] for each, *_ in sources})
    if len(shapes) > 1:
        raise DataError(f"{graph.name}: the sources of the mix have examples of unequal shapes, {shapes}")
    ordered = sorted(sources, key=lambda source: not source[2])
    parts = [_taken(each, fraction, seed) for each, fraction, _ in ordered]
    classes = tuple(dict.fromkeys(name for part in parts for name in _names(part)))
    x = Joined(tuple((next(iter(part.examples.x.values())), part.positions) for part in parts))
    whole = sum(len(part) for part, (*_, divided) in zip(parts, ordered, strict=True) if not divided)
    return labelled(graph, x, np.concatenate([_renamed(part, classes) for part in parts]), classes, only_trained=whole)


def _taken(examples: Examples, fraction: float, seed: int) -> Part:
    """That fraction of every class, at least one example, chosen at random; in their order."""
    labels = next(iter(examples.y.values()))
    random = np.random.default_rng(seed)
    of_classes = [random.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    chosen = [each[: max(1, round(fraction * len(each)))] for each in of_classes]
    return Part(examples, np.sort(np.concatenate(chosen)))


def _renamed(part: Part, classes: tuple[str, ...]) -> Array:
    numbers = np.array([classes.index(name) for name in _names(part)], np.int64)
    return numbers[next(iter(part.examples.y.values()))[part.positions]]


def _names(part: Part) -> tuple[str, ...]:
    """Sources that can be mixed have the same label for every output."""
    return next(iter(part.examples.classes.values()))
