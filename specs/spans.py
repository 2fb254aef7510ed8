"""Numbers known only by the range they lie in, so that the ordinary rules can be run once for many points.

A Span stands for the value that a number has at each point of a part of a search space. It goes through expressions,
shape rules and sums like the integer it is a kind of: arithmetic gives the range of the result, and a comparison gives
an answer only where that is the same at every point. Everything else raises UndecidedError, so that what comes through
holds for all points. Two Spans of the same origin (the same param, the same arithmetic on the same Spans) have the same
`key` and are equal at every point, which is what the merging of two branches of `$width` channels needs.
"""

import math
import operator
from collections.abc import Callable, Iterable
from typing import Any, Never


class UndecidedError(Exception):
    """The answer is not the same at every point, or not known to be."""


Key = int | tuple[str, float]
Origins = dict[tuple[Any, ...], int]
"""What was computed from what → its number; one for each run."""


class Span(int):
    """A number from `low` to `high`, both included; of integers alone where both ends are integers.

    As an int it is its low end, which is what pydantic sees of it.

    >>> width = Span(8, 64, 1, {})
    >>> [2 * width, width // 3, width - width, width > 4, width == 65]
    [Span(16, 128), Span(2, 21), 0, True, False]
    """

    low: float
    high: float
    key: Key
    origins: Origins

    def __new__(cls, low: float, high: float, key: Key, origins: Origins) -> "Span":
        """A range that is not empty; `origins` is shared by all Spans of a run."""
        self = super().__new__(cls, math.floor(low))
        self.low, self.high, self.key, self.origins = low, high, key, origins
        return self

    def __repr__(self) -> str:
        return f"Span({self.low}, {self.high})"

    def beside(self, value: float) -> "Span":
        """A float as a Span: to the left of one it would calculate with its low end, and Python asks no Span."""
        return Span(value, value, _key(value), self.origins)

    @property
    def is_whole(self) -> bool:
        """Whether it holds integers alone."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def _undecided(self, *_: object) -> Never:
        raise UndecidedError

    # What would read the low end as if it were the number.
    __hash__ = __int__ = __index__ = __float__ = __complex__ = _undecided
    __and__ = __or__ = __xor__ = __lshift__ = __rshift__ = __invert__ = __divmod__ = __rdivmod__ = _undecided
    __rand__ = __ror__ = __rxor__ = __rlshift__ = __rrshift__ = _undecided

    def __add__(self, other: Any) -> Any:
        return _corners(self, operator.add, self, other)

    def __sub__(self, other: Any) -> Any:
        return 0 if _same(self, other) else _corners(self, operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _corners(self, operator.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return _corners(self, operator.mul, self, other)

    __radd__, __rmul__ = __add__, __mul__

    def __floordiv__(self, other: Any) -> Any:
        return _divided(self, operator.floordiv, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _divided(self, operator.floordiv, other, self)

    def __truediv__(self, other: Any) -> Any:
        return _divided(self, operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _divided(self, operator.truediv, other, self)

    def __mod__(self, other: Any) -> Any:
        if _same(self, other):
            return 0
        if isinstance(other, Span) or not isinstance(other, int) or other < 1 or not self.is_whole:
            raise UndecidedError
        if self.low // other == self.high // other:
            return _of(self, self.low % other, self.high % other, ("mod", self.key, other))
        return _of(self, 0, other - 1, ("mod", self.key, other))

    __rmod__ = _undecided

    def __pow__(self, other: Any, modulus: Any = None) -> Any:
        if _ends(self)[0] <= 0 or _ends(other)[0] < 0:
            raise UndecidedError
        return _corners(self, operator.pow, self, other)

    def __rpow__(self, other: Any, modulus: Any = None) -> Any:
        if _ends(other)[0] <= 0 or self.low < 0:
            raise UndecidedError
        return _corners(self, operator.pow, other, self)

    def __neg__(self) -> Any:
        return _of(self, -self.high, -self.low, ("neg", self.key))

    def __pos__(self) -> "Span":
        return self

    def __abs__(self) -> Any:
        return self if self.low >= 0 else -self if self.high <= 0 else self._undecided()

    def __trunc__(self) -> Any:
        return _rounded(self, math.trunc)

    def __floor__(self) -> Any:
        return _rounded(self, math.floor)

    def __ceil__(self) -> Any:
        return _rounded(self, math.ceil)

    def __round__(self, digits: Any = None) -> Any:
        return _rounded(self, round) if digits is None else self._undecided()

    def __bool__(self) -> bool:
        return self.low > 0 or self.high < 0 or self._undecided()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (int, float)) or isinstance(other, bool):
            return False
        low, high = _ends(other)
        if _same(self, other) or low > self.high or high < self.low:
            return _same(self, other)
        raise UndecidedError

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> bool:
        low, high = _ends(other)
        if self.high < low or self.low >= high or _same(self, other):
            return bool(self.high < low)
        raise UndecidedError

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def __gt__(self, other: Any) -> bool:
        low, high = _ends(other)
        if self.low > high or self.high <= low or _same(self, other):
            return bool(self.low > high)
        raise UndecidedError

    def __le__(self, other: Any) -> bool:
        return not self > other


def has_span(value: object) -> bool:
    """Whether a Span is in a value, or somewhere inside it."""
    if isinstance(value, dict):
        return any(map(has_span, value.values()))
    return any(map(has_span, value)) if isinstance(value, (tuple, list)) else isinstance(value, Span)


def _ends(value: Any) -> tuple[Any, Any]:
    if isinstance(value, Span):
        return value.low, value.high
    if isinstance(value, (int, float)):
        return value, value
    raise UndecidedError


def _same(one: Span, other: object) -> bool:
    return isinstance(other, Span) and one.key == other.key


def _key(value: Any) -> Key:
    return value.key if isinstance(value, Span) else (type(value).__name__, value)


def _of(span: Span, low: Any, high: Any, origin: tuple[Any, ...]) -> Any:
    if low == high:
        return low
    return Span(low, high, span.origins.setdefault(origin, len(span.origins) + FIRST_COMPUTED), span.origins)


FIRST_COMPUTED = 1_000
"""Keys from here on are of what was computed; those below are the params'."""


def _corners(span: Span, operation: Callable[[Any, Any], Any], one: Any, other: Any) -> Any:
    """The range of an operation that goes up or down in each of the two, whatever the other is."""
    try:
        found = [operation(a, b) for a in _ends(one) for b in _ends(other)]
    except OverflowError:
        # At one end, perhaps; not at all points.
        raise UndecidedError from None
    keys: Iterable[Key] = (_key(one), _key(other))
    # A sum and a product are the same in either order.
    keys = sorted(keys, key=repr) if operation in (operator.add, operator.mul) else keys
    return _of(span, min(found), max(found), (operation.__name__, *keys))


def _divided(span: Span, operation: Callable[[Any, Any], Any], one: Any, other: Any) -> Any:
    low, high = _ends(other)
    if low <= 0 <= high:
        raise UndecidedError
    return 1 if isinstance(one, Span) and _same(one, other) else _corners(span, operation, one, other)


def _rounded(span: Span, rounding: Callable[[Any], int]) -> Any:
    return span if span.is_whole else _of(span, rounding(span.low), rounding(span.high), (rounding.__name__, span.key))
