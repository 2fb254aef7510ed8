"""Which parts of a large search space do not fit: proven part by part, split where neither is known.

A box gives every searched param that shapes depend on a value, or a range where a Span can stand for it
(specs.span_run). The whole space comes first; what is neither right nor wrong as a whole is halved, down to single
points. What fails is grown as far as it is proven to fail: params that do not matter leave it, and ranges are stretched
by bisection. When the work runs out, the rest is open: its corners and a sample are tried, and the Survey says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, product
from math import log, prod
from random import Random
from typing import TYPE_CHECKING, Any

from specs.errors import Problem
from specs.growing import FINEST, MAX_COMBINATIONS, Box, Fails, Growing, Values
from specs.points import Point, Space, Survey, Try, ends, is_listed
from specs.regions import Interval, Region, joined
from specs.widening import widened

if TYPE_CHECKING:
    from specs.sections import Axis

MAX_REGIONS = 40
"""Regions after which no more are looked for."""
LARGE = 1 / 8
"""Part of the space from which on the upper corner of a box is tried before the box is split."""
SAMPLE = 20
"""Points that are tried in what stays open."""


@dataclass(slots=True)
class Large(Growing):
    """The work on one space."""

    cornered: bool = False
    open: bool = False
    """Whether anything was left undecided; the parts of the whole may not sum up to 1."""
    proven: float = 0.0

    def survey(self) -> None:
        """Finds regions until all is proven or the work runs out."""
        for name, values in self.neutral.items():
            for value in values:
                self._look({**self._nearest(), name: value})
        heap: list[tuple[float, int, dict[str, Values]]] = []
        number = count()
        combinations = list(product(*self.listed.values()))
        share = 1 / max(1, len(combinations))
        for values in _spread(combinations, MAX_COMBINATIONS):
            box: dict[str, Values] = {
                **{name: (value,) for name, value in zip(self.listed, values, strict=True)},
                **self.lines,
            }
            heappush(heap, (-share, next(number), box))
        while heap and self.left > 0 and len(self.found) < MAX_REGIONS:
            weight, _, whole = heappop(heap)
            for part, size in self._decided(whole, -weight):
                heappush(heap, (weight * size, next(number), part))
        self.open = self.open or bool(heap) or len(combinations) > MAX_COMBINATIONS
        self._sample([box for _, _, box in heap])

    def _decided(self, box: dict[str, Values], share: float) -> list[tuple[dict[str, Values], float]]:
        """The halves of a box, with their sizes, where it could not be decided."""
        if any(_inside(box, region) for region in self.found):
            self.proven += share
            return []
        split, corner = self._split(box), _corner(box, 0)
        fails = self._judged(box) if split else self._wrong(corner) is not None
        if fails is None and (share >= LARGE or not self.cornered):
            # A region grown from the worst corner is wider than what halving comes upon.
            if not self.cornered:
                self.cornered = True
                self._corners()
            self._look(_corner(box, 1))
            return self._split(box)
        if fails is None:
            return split
        # A range of floats too narrow to be split further is known at its corner alone.
        point = all(isinstance(v, tuple) or v.low == v.high for v in box.values())
        self.proven += share if split or point else 0
        self.open = self.open or not (split or point)
        if fails:
            self._grow(corner, box if split else {name: (value,) for name, value in corner.items()})
        return []

    def _judged(self, box: Box) -> bool | None:
        self.left -= 1
        return self.judge({name: v if isinstance(v, Interval) else v[0] for name, v in box.items()})

    def _wrong(self, point: Point) -> Problem | None:
        self.left -= 1
        self.tried += 1
        return self.attempt(point)

    def _split(self, box: dict[str, Values]) -> list[tuple[dict[str, Values], float]]:
        """Two parts of a box, cut where a known region begins, else through its widest range; none of a point."""
        wide = {n: v for n, v in box.items() if isinstance(v, Interval) and self._width(n, v) > FINEST}
        cut = self._edge(box, wide)
        if cut is None:
            if not wide:
                return []
            name = max(wide, key=lambda each: _size(wide[each]))
            low, high = wide[name].low, wide[name].high
            cut = name, (low + high) // 2 if self._counts(name) else (low + high) / 2
        name, at = cut
        values, step = wide[name], 1 if self._counts(name) else 0
        parts = Interval(values.low, at), Interval(at + step, values.high)
        total = values.high - values.low + step
        return [({**box, name: part}, (part.high - part.low + step) / total) for part in parts]

    def _edge(self, box: Box, wide: Mapping[str, Interval]) -> tuple[str, Any] | None:
        """Where the one param of a region that sticks out of it can be cut."""
        for region in self.found:
            out = [name for name in region.values if name not in box or not _inside(box, region, name)]
            if len(out) == 1 and out[0] in wide and isinstance(region.values[out[0]], Interval):
                name, inner, outer = out[0], region.values[out[0]], wide[out[0]]
                step = 1 if self._counts(name) else 0
                if outer.low < inner.low <= outer.high:  # type: ignore[union-attr]
                    return name, inner.low - step  # type: ignore[union-attr]
                if outer.low <= inner.high < outer.high:  # type: ignore[union-attr]
                    return name, inner.high  # type: ignore[union-attr]
        return None

    def _width(self, name: str, values: Interval) -> float:
        """The part of its range, 0 for a single value."""
        return (values.high - values.low) / (self.lines[name].high - self.lines[name].low)

    def _nearest(self) -> dict[str, Any]:
        """The spec's own values, moved into the space where they lie outside."""
        found = {name: self.start.get(name) for name in (*self.listed, *self.lines)}
        for name, values in self.listed.items():
            found[name] = found[name] if found[name] in values else values[0]
        for name, line in self.lines.items():
            found[name] = found[name] if found[name] in line else line.low
        return found

    def _corners(self) -> None:
        """Each end alone beside the spec's own values; all low; all high."""
        start = self._nearest()
        ends = {**{n: tuple(dict.fromkeys((v[0], v[-1]))) for n, v in self.listed.items()}}
        ends |= {name: (line.low, line.high) for name, line in self.lines.items()}
        for name, values in ends.items():
            for value in values:
                self._look({**start, name: value})
        for side in (-1, 0):
            self._look({name: values[side] for name, values in ends.items()})

    def _look(self, point: dict[str, Any]) -> None:
        """Tries one point, and grows a region from it where it fails."""
        if self.left > 0 and not any(region.holds(point) for region in self.found) and self._wrong(point) is not None:
            self._grow(point, {name: (value,) for name, value in point.items()})

    def _sample(self, rest: list[dict[str, Values]]) -> None:
        """Tries the corners of what is open, and points within; the largest parts first."""
        drawn = Random(0)  # noqa: S311
        for number in range(SAMPLE if rest else 0):
            box = rest[number % len(rest)]
            self.left = max(self.left, len(self.axes))
            self._look({name: self._draw(name, values, drawn) for name, values in box.items()})

    def _draw(self, name: str, values: Values, drawn: Random) -> Any:
        if isinstance(values, tuple):
            return values[0]
        return (
            drawn.randint(*map(int, (values.low, values.high)))
            if self._counts(name)
            else drawn.uniform(values.low, values.high)
        )


def _corner(box: Box, side: int) -> dict[str, Any]:
    return {n: v[0] if isinstance(v, tuple) else (v.low, v.high)[side] for n, v in box.items()}


def _inside(box: Box, region: Region, only: str | None = None) -> bool:
    """Whether a box, or one of its params, lies wholly in a region."""
    return all(
        name in box and all(each in region.values[name] for each in _ends(box[name]))
        for name in ([only] if only else region.values)
    )


def _ends(values: Values) -> tuple[Any, ...]:
    return (values.low, values.high) if isinstance(values, Interval) else values


def _size(values: Interval) -> float:
    """How wide a range is: by the ratio of its ends, because sizes multiply."""
    return log(values.high / values.low) if values.low > 0 else values.high - values.low


def _spread(items: list[Any], most: int) -> Iterator[Any]:
    """At most so many of the items, evenly."""
    step = max(1, -(-len(items) // most))
    return iter(items[::step])


def surveyed(space: Space, budget: int, attempt: Try, judge: Fails, start: Point) -> Survey:
    """The Survey of a space too large to try every point of it."""
    axes = {name: space.axes[name] for name in space.structural}
    lines = {name: Interval(*ends(axes[name])) for name in axes if name in space.lines}
    listed = {name: values for name, values in space.structural.items() if name not in lines}
    whole = frozenset(name for name in listed if is_listed(space.axes[name]))
    work = Large(space.axes, lines, listed, whole, space.neutral, start, attempt, judge, budget)
    work.survey()
    counts = [_count(axis) for axis in axes.values()]
    points = None if None in counts else prod(each for each in counts if each is not None)
    regions = tuple(joined(widened(region, space, attempt) for region in work.found))
    known = whole >= listed.keys() and space.is_known
    proven = 0.0 if not known else min(work.proven, 0.9999) if work.open else 1.0
    return Survey(regions, points, proven, work.tried)


def _count(axis: "Axis") -> int | None:
    if axis.values is not None:
        return len(axis.values)
    if not axis.is_integer or axis.min_value is None or axis.max_value is None:
        return None
    return int((axis.max_value - axis.min_value) // (axis.step or 1)) + 1
