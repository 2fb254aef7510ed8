"""The search space as data: what each searched param may be, apart from any oracle.

An oracle sees a coded value: for a list of values and for stepped ranges the index, for the other ranges the number
itself. So every value reaches the spec with the type it was written with, which keras-tuner would change (True
becomes 1, and 32 beside 0.5 is refused).
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from specs.errors import UserError
from specs.sections.search import Axis, Value

MAX_VALUES = 10_000
"""Values of one stepped axis, at most; they are held in memory."""

GRID_VALUES = 10
"""Values that a grid takes from a range that has no step and is not a linear range of integers, as in keras-tuner."""

Code = int | float
Values = Mapping[str, Value]
Codes = Mapping[str, Code]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One searched param: `values` where they can be listed, else the range from `low` to `high`."""

    name: str
    values: tuple[Value, ...] | None
    low: int | float = 0
    high: int | float = 0
    sampling: str = "linear"

    @property
    def is_integer(self) -> bool:
        """Whether the codes are integers."""
        return self.values is not None or isinstance(self.low, int)

    @property
    def count(self) -> int | None:
        """Number of different values, None where it is a continuum."""
        if self.values is not None:
            return len(self.values)
        return int(self.high - self.low + 1) if self.is_integer else None

    def codes(self) -> range:
        """Every code of a dimension that can be counted."""
        assert self.count is not None
        return range(self.count) if self.values is not None else range(int(self.low), int(self.high) + 1)

    def decode(self, code: Code) -> Value:
        """The value of a code, kept inside the range: keras-tuner steps over an end by rounding, or by one."""
        if self.values is not None:
            return self.values[int(code)]
        clipped = min(max(code, self.low), self.high)
        return int(clipped) if self.is_integer else float(clipped)

    def encode(self, value: object) -> Code | None:
        """The code of a value, None where it has none; in a continuum a number outside has the nearer end's."""
        if self.values is not None:
            return next((i for i, known in enumerate(self.values) if same(known, value)), None)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        if self.is_integer:
            return int(value) if self.low <= value <= self.high and value == int(value) else None
        return float(min(max(value, self.low), self.high))


def is_ordered(dimension: Dimension) -> bool:
    """Whether its values are numbers; words and switches have no order.

    >>> is_ordered(Dimension("units", (8, 16))), is_ordered(Dimension("bias", (True, False)))
    (True, False)
    """
    return not any(isinstance(value, (bool, str)) for value in dimension.values or ())


@dataclass(frozen=True, slots=True)
class Space:
    """All searched params, by name: the order in which a person wrote them changes no trial."""

    dimensions: tuple[Dimension, ...]

    @property
    def count(self) -> int | None:
        """Number of different points, None where there is no end of them."""
        counts = [dimension.count for dimension in self.dimensions]
        return None if None in counts else math.prod(count for count in counts if count is not None)

    def points(self) -> Iterator[dict[str, Code]]:
        """Every coded point of a space that can be counted."""
        names = [dimension.name for dimension in self.dimensions]
        for codes in itertools.product(*(dimension.codes() for dimension in self.dimensions)):
            yield dict(zip(names, codes, strict=True))

    def first(self) -> dict[str, Code]:
        """The coded point of all first values and lower ends."""
        return {each.name: 0 if each.values is not None else each.low for each in self.dimensions}

    def decode(self, codes: Codes) -> dict[str, Value]:
        """The params' values of a coded point."""
        return {dimension.name: dimension.decode(codes[dimension.name]) for dimension in self.dimensions}

    def encode(self, values: Mapping[str, object]) -> dict[str, Code] | None:
        """The coded point of the searched params among `values`, None where one of them has no code."""
        codes: dict[str, Code] = {}
        for dimension in self.dimensions:
            code = dimension.encode(values.get(dimension.name))
            if code is None:
                return None
            codes[dimension.name] = code
        return codes


def space_of(axes: Mapping[str, Axis], *, grid: bool = False) -> Space:
    """The space of a `search:` section; a grid needs every axis as a list.

    Raises UserError where an axis has more than MAX_VALUES values to list.

    >>> space = space_of({"rate": Axis(min_value=0.1, max_value=0.5, step=0.2), "units": Axis(values=(8, 16))})
    >>> space.count, space.decode({"rate": 2, "units": 1})
    (6, {'rate': 0.5, 'units': 16})
    """
    return Space(tuple(_dimension(name, axes[name], grid) for name in sorted(axes)))


def _dimension(name: str, axis: Axis, grid: bool) -> Dimension:
    if axis.values is not None:
        return Dimension(name, axis.values)
    low, high = _ends(axis)
    if axis.step is None and not grid:
        return Dimension(name, None, low, high, axis.sampling)
    count = _listed(axis, low, high)
    if count > MAX_VALUES:
        raise UserError(
            f"search.space.{name}: has {count} values to list, at most {MAX_VALUES} are possible; use a larger step"
        )
    whole = axis.is_integer
    values = (_neat(_value(axis, low, high, index), low, high, whole) for index in range(count))
    return Dimension(name, tuple(dict.fromkeys(values)))


def _ends(axis: Axis) -> tuple[int | float, int | float]:
    assert axis.min_value is not None and axis.max_value is not None
    if axis.is_integer:
        return axis.min_value, axis.max_value
    return float(axis.min_value), float(axis.max_value)


def _listed(axis: Axis, low: float, high: float) -> int:
    """How many values a stepped or gridded axis has; the small addend lets rounding keep the last one."""
    if axis.sampling == "linear" and (axis.step is not None or axis.is_integer):
        return int((high - low) / (axis.step or 1) + 1e-9) + 1
    if axis.step is not None:
        return int(math.log(high / low, axis.step) + 1e-9) + 1
    return GRID_VALUES


def _value(axis: Axis, low: float, high: float, index: int) -> float:
    if axis.sampling == "linear":
        step = axis.step or (1 if axis.is_integer else (high - low) / (GRID_VALUES - 1))
        return low + index * step
    factor: float = axis.step or (high / low) ** (1 / (GRID_VALUES - 1))
    distance: float = low * factor**index
    return distance if axis.sampling == "log" else high + low - distance


def _neat(value: float, low: float, high: float, whole: bool) -> Value:
    """The value as a person would write it: 0.3, not 0.30000000000000004."""
    if whole:
        return round(value)
    return min(max(float(f"{value:.12g}"), low), high)


def same(known: object, value: object) -> bool:
    """Whether two values of a param are one; true is not 1."""
    return isinstance(known, bool) == isinstance(value, bool) and known == value
