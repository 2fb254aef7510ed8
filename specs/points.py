"""Which points of a search space do not fit: all of them tried where there are few, else proven part by part.

Params that reach no shape do not multiply: each of their values is right or wrong by itself, so that all of them are
tried at once, value by value. Among the others every combination is tried if there are at most MAX_POINTS (fewer for
large models), with every integer of a range and both ends of a range of floats. Larger spaces are decided in boxes, see
specs.boxes.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from specs.errors import Problem
from specs.regions import Region, regions
from specs.widening import argument_of, widened

if TYPE_CHECKING:
    from specs.sections import Axis

MAX_POINTS = 1_000
"""Points that are tried, at most."""
MAX_NODES = 6_000
"""Nodes that are built for it, about: half a second."""
MIN_POINTS = 60

Point = Mapping[str, Any]
Try = Callable[[Point], Problem | None]
"""What is wrong with the spec at a point, None where it fits; params that a point lacks have their defaults."""


Judge = Callable[[Mapping[str, Any]], bool | None]
"""Whether the spec fails at every point of some values and Intervals, at none, or (None) is not decided."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a search space: the regions that do not fit, and how much of the rest is proven to fit."""

    regions: tuple[Region, ...] = ()
    points: int | None = None
    """Points of the params that shapes depend on; None where there is no end of them."""
    proven: float = 1.0
    """The part of the space of which it is known whether it fits, from 0 to 1."""
    tried: int = 0
    """Points that were tried one by one."""

    def text(self) -> str:
        """For how much of the space it is known whether it fits, in words.

        >>> Survey(proven=0.4375, tried=73, points=4_000).text(), Survey(proven=0.0, tried=36).text()
        ('proven for 43 % of 4,000 points, 73 tried', 'proven for 0 % of the space, 36 points tried')
        """
        if self.proven >= 1:
            return "proven everywhere"
        if self.points is None:
            return f"proven for {int(100 * self.proven)} % of the space, {self.tried} points tried"
        return f"proven for {int(100 * self.proven)} % of {self.points:,} points, {self.tried} tried"


@dataclass(frozen=True, slots=True)
class Space:
    """The searched params apart: those that multiply, and those that do not, each with the values to try.

    `lines` are those of the first for which a Span can stand; of `direct` ones every use is the param alone, of
    `monotone` ones each goes up or down with it throughout, and none of both decides on more than its own validity.
    """

    axes: "Mapping[str, Axis]"
    structural: Mapping[str, tuple[Any, ...]]
    neutral: Mapping[str, tuple[Any, ...]]
    lines: frozenset[str] = frozenset()
    direct: frozenset[str] = frozenset()
    monotone: frozenset[str] = frozenset()
    arguments: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The names of the arguments that each param ends up in."""

    @property
    def is_known(self) -> bool:
        """Whether it is enough to look at all values, and at both ends of ranges of floats.

        Between the ends nothing is tried; a param that goes one way, and decides on no more than its own validity, is
        right there where both ends are.
        """
        return all(is_listed(axis) or name in self.lines | self.monotone for name, axis in self.axes.items())

    def lists(self, name: str) -> bool:
        """Whether every value of a param can be tried."""
        return is_listed(self.axes[name])

    @property
    def rounds(self) -> int:
        """How often each combination is tried, so that every value of every neutral param comes up."""
        return max((len(values) for values in self.neutral.values()), default=1)

    @property
    def count(self) -> int:
        """Number of points."""
        return prod(len(values) for values in self.structural.values()) * self.rounds


def space_of(axes: "Mapping[str, Axis]", structural: frozenset[str], **kinds: Any) -> Space:
    """The space of a search, with all values of the structural params that can be listed.

    >>> from specs.sections import Axis
    >>> space = space_of({"width": Axis(min_value=8, max_value=10), "rate": Axis(min_value=0.0, max_value=0.5)},
    ...                  frozenset(["width"]))
    >>> dict(space.structural), dict(space.neutral), space.count
    ({'width': (8, 9, 10)}, {'rate': (0.0, 0.5)}, 6)
    """
    multiply = {name: every_value(axis) for name, axis in axes.items() if name in structural}
    others = {name: ends(axis) for name, axis in axes.items() if name not in structural}
    return Space(axes, multiply, others, **kinds)


def every_value(axis: "Axis") -> tuple[Any, ...]:
    """All values of an axis where they can be listed, else the ends of its range."""
    count = _steps(axis)
    if count is None or axis.min_value is None:
        return ends(axis)
    values = (axis.min_value + i * (axis.step or 1) for i in range(count))
    return tuple(int(value) if axis.is_integer else float(f"{value:.12g}") for value in values)


def is_listed(axis: "Axis") -> bool:
    """Whether `every_value` gives all that an axis may be.

    >>> from specs.sections import Axis
    >>> [is_listed(Axis(min_value=1, max_value=high)) for high in (2, 900, 1.5, 10**6)]
    [True, True, False, False]
    """
    return axis.values is not None or _steps(axis) is not None


def _steps(axis: "Axis") -> int | None:
    """How many values a range has; None where they cannot be listed."""
    if axis.min_value is None or axis.max_value is None:
        return None
    if axis.step is None:
        count = int(axis.max_value - axis.min_value) + 1 if axis.is_integer else MAX_POINTS + 1
    else:
        # Factors of a logarithmic range are rounded by the oracle; what lies between is looked at as a whole.
        linear = axis.sampling == "linear"
        count = int((axis.max_value - axis.min_value) / axis.step + 1e-9) + 1 if linear else MAX_POINTS + 1
    return count if count <= MAX_POINTS else None


def ends(axis: "Axis") -> tuple[Any, ...]:
    """The listed values, or both ends of the range."""
    return axis.values if axis.values is not None else (axis.min_value, axis.max_value)


def survey(space: Space, nodes: int, attempt: Try, judge: Judge, start: Point) -> Survey:
    """What does not fit. `nodes` is the size of the model, by which a point costs; `start` are the spec's values."""
    budget = min(MAX_POINTS, max(MIN_POINTS, MAX_NODES // max(1, nodes)))
    endless = {name for name in space.structural if not is_listed(space.axes[name])}
    if space.count <= budget and not endless & space.lines:
        count = prod(map(len, space.structural.values())) if not endless else None
        return Survey(tuple(_all(space, attempt, endless)), count, float(space.is_known), space.count)
    # What proves large spaces is imported only where there is one.
    from specs.boxes import surveyed

    return surveyed(space, budget, attempt, judge, start)


def _all(space: Space, attempt: Try, endless: Collection[str]) -> Iterator[Region]:
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
    yield from (widened(region, space, attempt) for region in regions(space.structural, failing, _kept(space, endless)))
    for (name, value), found in alone.items():
        for region in regions(space.structural, found, _kept(space, endless), failing):
            yield widened(Region({name: (value,), **region.values}, region.problem), space, attempt)


def _kept(space: Space, endless: Collection[str]) -> Callable[[Problem], Collection[str]]:
    """The params that a region names although the points of the grid fail without them: ends stand for no range.

    What is wrong elsewhere than with such a param itself is wrong with all of its values.
    """
    own = frozenset[str]().union(*(space.arguments.get(name, frozenset()) for name in endless))
    mild = all(name in space.monotone for name in endless)
    return lambda problem: endless if not mild or argument_of(problem) in own else ()
