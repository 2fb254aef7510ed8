"""A part of a search space that fails, grown as far as it is proven to fail: see specs.boxes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from specs.points import Point, Try
from specs.regions import Interval, Region

if TYPE_CHECKING:
    from specs.sections import Axis

MAX_COMBINATIONS = 64
"""Combinations of values of params that are no ranges, of which each is proven by itself."""
FINEST = 2**-10
"""Widths of a range of floats, relative to the whole, below which it is split no further."""

Values = tuple[Any, ...] | Interval
Box = Mapping[str, Values]
Fails = Callable[[Mapping[str, Any]], bool | None]
"""Whether the spec fails at all points of values and Intervals (True), at none (False), or what is not known (None)."""


@dataclass(slots=True)
class Growing:
    """A space and what was found in it. `lines` are the ranges, `listed` the other params that shapes depend on."""

    axes: "Mapping[str, Axis]"
    lines: Mapping[str, Interval]
    listed: Mapping[str, tuple[Any, ...]]
    whole: frozenset[str]
    """Those of `listed` of which no value is missing in the list."""
    neutral: Mapping[str, tuple[Any, ...]]
    start: Point
    """The spec's own values."""
    attempt: Try
    judge: Fails
    left: int
    """How often the spec may still be expanded."""
    found: list[Region] = field(default_factory=list)
    tried: int = 0

    def _counts(self, name: str) -> bool:
        return self.axes[name].is_integer

    def _grow(self, point: Point, box: Box) -> None:
        """Adds the region around a box that fails, as wide as is proven."""
        values = dict(box)
        for name in reversed(list(box)):
            fewer = {key: each for key, each in values.items() if key != name}
            values = fewer if self._fails(fewer) else values
        for name in list(values):
            values[name] = self._stretched(name, values) if name in self.lines else self._more(name, values)
        at = {**point, **{name: v.low if isinstance(v, Interval) else v[0] for name, v in values.items()}}
        problem = self.attempt(at) or self.attempt(point)
        if problem is not None:
            order = (name for name in self.axes if name in values)
            kept = {n: _narrow(values[n]) for n in order}
            self.found.append(Region(kept, problem))

    def _more(self, name: str, values: Box) -> Values:
        """The values of a listed param with which the rest fails as well."""
        known = self.listed.get(name) or self.neutral[name]
        return tuple(v for v in known if v in values[name] or self._fails({**values, name: (v,)}))

    def _stretched(self, name: str, values: Box) -> Interval:
        """The range stretched to both sides, by bisection, as far as it is proven to fail."""
        given = values[name]
        low, high = (given.low, given.high) if isinstance(given, Interval) else (given[0], given[0])
        for down in (False, True):
            end = self.lines[name].low if down else self.lines[name].high
            good, bad = (low if down else high), end
            if self._fails({**values, name: Interval(end, high) if down else Interval(low, end)}):
                good = end
            while good != bad and self.left > 0:
                middle = (good + bad + (0 if down else 1)) // 2 if self._counts(name) else (good + bad) / 2
                if abs(bad - good) <= (
                    1 if self._counts(name) else FINEST * (self.lines[name].high - self.lines[name].low)
                ):
                    middle = bad if self._counts(name) else good
                if middle in (good, bad):
                    break
                proven = self._fails({**values, name: Interval(middle, high) if down else Interval(low, middle)})
                good, bad = (middle, bad) if proven else (good, middle)
            low, high = (good, high) if down else (low, good)
        return Interval(low, high)

    def _fails(self, values: Box) -> bool:
        """Whether it is proven that all points with these values fail, whatever the others are."""
        others = {name: each for name, each in self.listed.items() if name not in values}
        sets = {name: each if isinstance(each, tuple) else (each,) for name, each in (others | dict(values)).items()}
        if not self.whole >= others.keys() or prod(map(len, sets.values())) > MAX_COMBINATIONS:
            return False
        lines = {name: line for name, line in self.lines.items() if name not in values}
        for each in product(*sets.values()):
            if self.left <= 0:
                return False
            self.left -= 1
            if self.judge({**dict(zip(sets, each, strict=True)), **lines}) is not True:
                return False
        return True


def _narrow(values: Values) -> Values:
    return (values.low,) if isinstance(values, Interval) and values.low == values.high else values
