"""Parts of a search space: sets of values for a few params, whatever the others are."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from specs.errors import Problem, yaml_text

MAX_LISTED = 4
"""Values that a message names one by one."""


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from `low` to `high`, both included."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        return isinstance(value, (int, float)) and self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Region:
    """Points that do not fit: every point whose params have these values. `problem` is that of one of them."""

    values: Mapping[str, "tuple[Any, ...] | Interval"]
    problem: Problem

    def holds(self, point: Mapping[str, Any]) -> bool:
        """Whether a point lies in the region.

        >>> region = Region({"width": (64, 96), "depth": (5,)}, None)
        >>> region.holds({"width": 96, "depth": 5, "rate": 0.1}), region.holds({"width": 96, "depth": 4})
        (True, False)
        """
        return all(name in point and point[name] in values for name, values in self.values.items())

    def __str__(self) -> str:
        return " and ".join(f"{name} {_listed(values)}" for name, values in self.values.items())


def _listed(values: "tuple[Any, ...] | Interval") -> str:
    if isinstance(values, Interval):
        return f"{_short(values.low)} to {_short(values.high)}"
    if len(values) > MAX_LISTED:
        return f"{yaml_text(values[0])} to {yaml_text(values[-1])} ({len(values)} values)"
    return " or ".join(value if isinstance(value, str) else yaml_text(value) for value in values)


def joined(found: Iterable[Region]) -> list[Region]:
    """The regions with those made one that differ in one range alone and touch in it.

    >>> halves = [Region({"pool": Interval(5, 8)}, None), Region({"pool": Interval(3, 4)}, None)]
    >>> [str(region) for region in joined(halves)]
    ['pool 3 to 8']
    """
    kept: list[Region] = []
    for region in found:
        for number, other in enumerate(kept):
            together = _together(other, region)
            if together is not None:
                kept[number] = Region(together, other.problem)
                break
        else:
            kept.append(region)
    return kept


def _together(one: Region, other: Region) -> dict[str, Any] | None:
    differing = [name for name in one.values if one.values[name] != other.values.get(name)]
    if one.values.keys() != other.values.keys() or len(differing) != 1:
        return None
    (name,) = differing
    a, b = one.values[name], other.values[name]
    if not isinstance(a, Interval) or not isinstance(b, Interval):
        return None
    # Of integers, those that follow one another touch.
    step = 1 if all(isinstance(end, int) for end in (a.low, a.high, b.low, b.high)) else 0
    if a.low > b.high + step or b.low > a.high + step:
        return None
    return {**one.values, name: Interval(min(a.low, b.low), max(a.high, b.high))}


def _short(value: float) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def regions(
    axes: Mapping[str, Sequence[Any]],
    failing: Mapping[tuple[Any, ...], Problem],
    keep: Callable[[Problem], Collection[str]] = lambda problem: (),
    beside: Collection[tuple[Any, ...]] = (),
) -> list[Region]:
    """Few regions that together are the failing points of a grid.

    Each names no param that does not matter: with every value of a left-out one the points of the grid fail as well.
    `keep` gives the params that are named all the same; `beside` are points that fail for another reason, which is told
    elsewhere.

    >>> bad = {(8, 1): None, (8, 2): None, (16, 2): None}
    >>> [str(each) for each in regions({"width": (8, 16), "depth": (1, 2)}, bad)]
    ['width 8', 'depth 2']
    """
    found: list[Region] = []
    every = frozenset(failing).union(beside)
    for point, problem in failing.items():
        given = dict(zip(axes, point, strict=True))
        if not any(region.holds(given) for region in found):
            found.append(Region(_grown(_minimal(given, axes, every, keep(problem)), axes, every), problem))
    return found


Box = dict[str, tuple[Any, ...]]


def _minimal(
    given: Mapping[str, Any], axes: Mapping[str, Sequence[Any]], failing: Collection[object], keep: Collection[str]
) -> Box:
    """The point without the params that do not matter, the last ones left out first."""
    kept = {name: (value,) for name, value in given.items()}
    for name in (each for each in reversed(list(axes)) if each not in keep):
        fewer = {key: value for key, value in kept.items() if key != name}
        kept = fewer if _all_fail(fewer, axes, failing) else kept
    return kept


def _grown(box: Box, axes: Mapping[str, Sequence[Any]], failing: Collection[object]) -> Box:
    """The box with the other values of its params with which it fails as well."""
    for name in box:
        more = [value for value in axes[name] if _all_fail({**box, name: (value,)}, axes, failing)]
        box = {**box, name: tuple(more)}
    return box


def _all_fail(box: Box, axes: Mapping[str, Sequence[Any]], failing: Collection[object]) -> bool:
    return all(point in failing for point in product(*(box.get(name, values) for name, values in axes.items())))
