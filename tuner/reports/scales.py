"""Where a value stands between the ends of what it can be, as a number from 0 to 1, and what is written there."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from specs.sections.search import Axis, Search, Value
from tuner.reports.words import short

TICKS = 5
"""Numbers along an axis, about."""

FEW = 12
"""Integers of a range that each have a place of their own, like the values of a list."""

NEAT = (1, 2, 5, 10)
"""Distances between numbers along an axis, times a power of ten."""

Sampling = Literal["linear", "log", "reverse_log"]


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`; what lies outside stands at the nearer end.

    >>> Range(0.001, 0.1, "log").at(0.01)
    0.5
    """

    low: float
    high: float
    sampling: Sampling = "linear"
    whole: bool = False
    """Whether there are only integers."""

    def at(self, value: object) -> float | None:
        """The place of a value, None where it is no number."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
            return None
        if self.high <= self.low:
            return 0.5
        number = min(max(float(value), self.low), self.high)
        if self.sampling == "linear":
            return (number - self.low) / (self.high - self.low)
        span = math.log(self.high / self.low)
        if self.sampling == "log":
            return math.log(number / self.low) / span
        return 1 - math.log((self.high + self.low - number) / self.low) / span

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Places with the neat numbers that stand there."""
        numbers = self._decades() if self.sampling == "log" else self._even()
        return tuple((place, short(number)) for number in numbers if (place := self.at(number)) is not None)

    def _even(self) -> list[float]:
        if self.high <= self.low:
            return [self.low]
        rough = (self.high - self.low) / TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * neat for neat in NEAT if power * neat >= rough * 0.8)
        step = max(1.0, step) if self.whole else step
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        numbers = [round(index * step, 12) for index in range(first, last + 1)]
        return [int(number) for number in numbers] if self.whole else numbers

    def _decades(self) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        neat = (1,) if last - first > 2 else (1, 2, 5)
        every = max(1, math.ceil((last - first) / TICKS))
        numbers = [factor * 10.0**power for power in range(first, last + 1, every) for factor in neat]
        inside = [number for number in numbers if self.low * 0.999 <= number <= self.high * 1.001]
        return inside if len(inside) > 1 else [self.low, self.high]


@dataclass(frozen=True, slots=True)
class Choice:
    """A list of values, each with a place of its own.

    >>> Choice(("before", "after")).ticks()
    ((0.25, 'before'), (0.75, 'after'))
    """

    values: tuple[Value, ...]
    _places: Mapping[tuple[type, object], float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places = {_key(value): (index + 0.5) / len(self.values) for index, value in enumerate(self.values)}
        object.__setattr__(self, "_places", places)

    def at(self, value: object) -> float | None:
        """The place of a value, None where it is none of the list."""
        return self._places.get(_key(value))

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Every value at its place."""
        return tuple(((index + 0.5) / len(self.values), short(value)) for index, value in enumerate(self.values))


Scale = Range | Choice


def scales_of(search: Search, values: Iterable[Mapping[str, Any]]) -> dict[str, Scale]:
    """The scale of each searched param; a listed one also has the values of trials that are in no list (defaults)."""
    seen = list(values)
    return {name: _scale(axis, [each[name] for each in seen if name in each]) for name, axis in search.space.items()}


def _scale(axis: Axis, seen: Sequence[Any]) -> Scale:
    if axis.values is not None:
        return Choice(tuple({_key(value): value for value in (*axis.values, *seen)}.values()))
    assert axis.min_value is not None and axis.max_value is not None
    every = sorted({int(axis.min_value), int(axis.max_value), *(value for value in seen if isinstance(value, int))})
    if axis.is_integer and every[-1] - every[0] < FEW:
        return Choice(tuple(range(every[0], every[-1] + 1)))
    return Range(axis.min_value, axis.max_value, axis.sampling, axis.is_integer)


def fence(costs: Sequence[float]) -> float:
    """The cost from which on one is far off from the rest: Tukey's upper fence, 1.5 times the spread of the middle half
    above it (Exploratory Data Analysis, 1977, section 2D).

    >>> fence([1, 2, 3, 4, 1000])
    7.0
    """
    ordered = sorted(costs)
    lower, upper = (_quantile(ordered, part) for part in (0.25, 0.75))
    return upper + 1.5 * (upper - lower)


def _quantile(ordered: Sequence[float], part: float) -> float:
    place = part * (len(ordered) - 1)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


def _key(value: object) -> tuple[type, object]:
    """True is not 1; 1 and 1.0 are the same number."""
    return (bool if isinstance(value, bool) else str if isinstance(value, str) else float), value
