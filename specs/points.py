"""Which points of a search space do not fit: all of them tried where there are few, else corners and a sample.

Params that reach no shape do not multiply: each of their values is right or wrong by itself, so that all of them are
tried at once, value by value. Among the others every combination is tried if there are at most MAX_POINTS (fewer for
large models), with every integer of a range and both ends of a range of floats. Of larger spaces the corners, or the
pairs of edges, and a fixed sample are tried; what fails there is reduced to the params that matter beside the defaults,
and bisected to where it begins: that is found under the assumption that a range fails from there to its end.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from math import prod
from random import Random
from typing import TYPE_CHECKING, Any

from specs.errors import Problem
from specs.regions import Interval, Region, regions

if TYPE_CHECKING:
    from specs.sections import Axis

MAX_POINTS = 1_000
"""Points that are tried, at most."""
MAX_NODES = 20_000
"""Nodes that are built for it, about: some seconds."""
MIN_POINTS = 60
SAMPLE = 50
"""Points of a large space that are tried beside its corners and pairs."""
STEPS = 12
"""Bisections of a range of floats."""

Point = Mapping[str, Any]
Try = Callable[[Point], Problem | None]
"""What is wrong with the spec at a point, None where it fits; params that a point lacks have their defaults."""


@dataclass(frozen=True, slots=True)
class Space:
    """The searched params apart: those that multiply, and those that do not, each with the values to try."""

    axes: "Mapping[str, Axis]"
    structural: Mapping[str, tuple[Any, ...]]
    neutral: Mapping[str, tuple[Any, ...]]

    @property
    def rounds(self) -> int:
        """How often each combination is tried, so that every value of every neutral param comes up."""
        return max((len(values) for values in self.neutral.values()), default=1)

    @property
    def count(self) -> int:
        """Number of points."""
        return prod(len(values) for values in self.structural.values()) * self.rounds


def space_of(axes: "Mapping[str, Axis]", structural: frozenset[str]) -> Space:
    """The space of a search, with all values of the structural params that can be listed.

    >>> from specs.sections import Axis
    >>> space = space_of({"width": Axis(min_value=8, max_value=10), "rate": Axis(min_value=0.0, max_value=0.5)},
    ...                  frozenset(["width"]))
    >>> dict(space.structural), dict(space.neutral), space.count
    ({'width': (8, 9, 10)}, {'rate': (0.0, 0.5)}, 6)
    """
    multiply = {name: every_value(axis) for name, axis in axes.items() if name in structural}
    others = {name: ends(axis) for name, axis in axes.items() if name not in structural}
    return Space(axes, multiply, others)


def every_value(axis: "Axis") -> tuple[Any, ...]:
    """All values of an axis where they can be listed, else the ends of its range."""
    if axis.values is not None or axis.min_value is None or axis.max_value is None or axis.sampling != "linear":
        return ends(axis)
    step = axis.step or (1 if axis.is_integer else None)
    count = 0 if step is None else int((axis.max_value - axis.min_value) / step + 1e-9) + 1
    if step is None or count > MAX_POINTS:
        return ends(axis)
    values = (axis.min_value + i * step for i in range(count))
    return tuple(int(value) if axis.is_integer else float(f"{value:.12g}") for value in values)


def _is_listed(axis: "Axis") -> bool:
    return axis.values is not None or (axis.sampling == "linear" and len(every_value(axis)) > 2)


def ends(axis: "Axis") -> tuple[Any, ...]:
    """The listed values, or both ends of the range."""
    return axis.values if axis.values is not None else (axis.min_value, axis.max_value)


def infeasible(space: Space, nodes: int, attempt: Try) -> tuple[Region, ...]:
    """The points that do not fit, as few regions. `nodes` is the size of the model, by which a point costs."""
    budget = min(MAX_POINTS, max(MIN_POINTS, MAX_NODES // max(1, nodes)))
    return tuple(_all(space, attempt) if space.count <= budget else _some(space, budget, attempt))


def _all(space: Space, attempt: Try) -> Iterator[Region]:
    """Every combination, each with all values of the neutral params."""
    failing: dict[tuple[Any, ...], Problem] = {}
    alone: dict[tuple[str, Any], dict[tuple[Any, ...], Problem]] = {}
    for combination in product(*space.structural.values()):
        point = dict(zip(space.structural, combination, strict=True))
        for turn in range(space.rounds):
            others = {name: values[min(turn, len(values) - 1)] for name, values in space.neutral.items()}
            if attempt({**point, **others}) is None:
                continue
            problem = attempt(point)
            if problem is not None:
                failing[combination] = problem
                break
            for name, value in others.items():
                wrong = attempt({**point, name: value})
                if wrong is not None:
                    alone.setdefault((name, value), {})[combination] = wrong
    ranges = {name for name, axis in space.axes.items() if axis.values is None and not _is_listed(axis)}
    thinned = Space({name: space.axes[name] for name in ranges}, {}, {})
    yield from (_widened(region, thinned, attempt) for region in regions(space.structural, failing))
    for (name, value), found in alone.items():
        for region in regions(space.structural, found):
            yield _widened(Region({name: (value,), **region.values}, region.problem), thinned, attempt)


def _some(space: Space, budget: int, attempt: Try) -> Iterator[Region]:
    found: list[Region] = []
    for point in _points(space, budget):
        if any(region.holds(point) for region in found):
            continue
        problem = attempt(point)
        if problem is not None:
            kept, problem = _reduced(point, problem, attempt)
            region = _widened(Region({name: (value,) for name, value in kept.items()}, problem), space, attempt)
            found.append(region)
            yield region


def _points(space: Space, budget: int) -> Iterator[Point]:
    """Each value alone; the corners, or pairs of edges where they are too many; then a sample of the whole."""
    edges = {name: tuple(dict.fromkeys((each[0], each[-1]))) for name, each in _values(space)}
    for name in edges:
        listed = space.axes[name].values
        yield from ({name: value} for value in (listed or edges[name])[:MIN_POINTS])
    corners = list(space.structural)
    if prod(len(edges[name]) for name in corners) <= budget // 2:
        yield from (dict(zip(corners, each, strict=True)) for each in product(*(edges[name] for name in corners)))
    else:
        for pair in list(combinations(corners, 2))[: budget // 4]:
            yield from (dict(zip(pair, each, strict=True)) for each in product(*(edges[name] for name in pair)))
    drawn = Random(0)  # noqa: S311
    for _ in range(SAMPLE):
        yield {name: _draw(drawn, space.axes[name], each) for name, each in _values(space)}


def _values(space: Space) -> Iterator[tuple[str, tuple[Any, ...]]]:
    return ((name, every_value(axis)) for name, axis in space.axes.items())


def _draw(drawn: Random, axis: "Axis", values: tuple[Any, ...]) -> Any:
    """One of the values, or anything between the ends where only they are listed."""
    if axis.values is not None or len(values) > 2 or axis.step is not None:
        return drawn.choice(values)
    return drawn.randint(*values) if axis.is_integer else drawn.uniform(*values)


def _reduced(point: Point, problem: Problem, attempt: Try) -> tuple[Point, Problem]:
    """The point without the params whose defaults fail as well."""
    kept = dict(point)
    for name in reversed(list(point)):
        fewer = {key: value for key, value in kept.items() if key != name}
        found = attempt(fewer) if fewer else None
        if found is not None:
            kept, problem = fewer, found
    return kept, problem


def _widened(region: Region, space: Space, attempt: Try) -> Region:
    """The region with ranges of which one value was tried stretched to an end, and bisected to where they begin.

    Each is bisected with the others where they begin, so that all of the region fails if ranges fail to their ends.
    """
    first: dict[str, tuple[Any, ...]] = {name: tuple(each) for name, each in region.values.items()}  # type: ignore[arg-type]
    values: dict[str, Any] = dict(region.values)
    for name, axis in space.axes.items():
        if name in first and axis.values is None and len(first[name]) == 1:

            def fails(value: Any, name: str = name) -> bool:
                points = product(*({**first, name: (value,)}[each] for each in first))
                return all(attempt(dict(zip(first, point, strict=True))) is not None for point in points)

            start, end = _stretched(axis, first[name][0], fails)
            first[name] = (start,)
            values[name] = (start,) if start == end else Interval(min(start, end), max(start, end))
    return Region(values, region.problem)


def _stretched(axis: "Axis", bad: Any, fails: Callable[[Any], bool]) -> tuple[Any, Any]:
    """Where a range begins to fail and the end to which it does; only the value itself where neither end is so."""
    for good, end in ((axis.min_value, axis.max_value), (axis.max_value, axis.min_value)):
        if fails(end) and not fails(good):
            return _bisected(good, bad, axis.is_integer, fails), end
    return bad, bad


def _bisected(good: Any, bad: Any, whole: bool, fails: Callable[[Any], bool]) -> Any:
    """The value nearest to `good` that fails."""
    for _ in range(64 if whole else STEPS):
        middle = (good + bad) // 2 if whole else (good + bad) / 2
        if middle in (good, bad):
            # Of two neighbours the mean is the lower one; the other was tried already.
            break
        good, bad = (good, middle) if fails(middle) else (middle, bad)
    return bad
