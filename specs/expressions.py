"""`$name` and `$(expression)`: arithmetic over params, parsed with `ast` and walked over an allow-list."""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Number = int | float | bool | str

MAX_LENGTH = 200
"""Characters of one expression."""
MAX_MAGNITUDE = 1e18
"""Largest absolute value anywhere in an expression."""
MAX_EXPONENT = 64

REFERENCE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)|\$\((.*)\)", re.DOTALL)


class ExpressionError(ValueError):
    """An expression that cannot be evaluated; the text is the reason. `name` is set where a name is unknown."""

    def __init__(self, reason: str, name: str | None = None, hint: str | None = None) -> None:
        super().__init__(reason)
        self.name = name
        self.hint = hint


def divisible(value: float, divisor: int) -> int:
    """The multiple of the divisor nearest to the value, not below 90 % of it nor below the divisor.

    Source: MobileNetV2's reference code, arXiv:1801.04381.

    >>> divisible(37, 8), divisible(11, 8), divisible(3, 8)
    (40, 16, 8)
    """
    nearest = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return int(nearest + divisor if nearest < value * 0.9 else nearest)


def rounded(value: float, digits: int = 0) -> float:
    """The value rounded half to even, with so many digits after the point; without any, an integer.

    Python would work for hours on a power of ten that it is given.

    >>> rounded(2.5), rounded(0.125, 2), rounded(1234, -2)
    (2, 0.12, 1200)
    """
    if abs(digits) > MAX_EXPONENT:
        raise ExpressionError(f"rounds to more than {MAX_EXPONENT} digits")
    return round(value, digits) if digits else round(value)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "round": rounded,
    "int": math.trunc,  # the same for numbers, and known to specs.spans
    "floor": math.floor,
    "ceil": math.ceil,
    "divisible": divisible,
}
_BINARY: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE: Mapping[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
ALLOWED = "numbers, params, + - * / // % **, comparisons, and, or, not, if else, " + ", ".join(FUNCTIONS)
_UNARY: Mapping[type, Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_}
OPERATORS: tuple[type, ...] = (*_BINARY, *_COMPARE, *_UNARY)
"""Every operator, besides `and`, `or` and `a if condition else b`."""


def evaluate(text: str, lookup: Callable[[str], Number]) -> Number:
    """The value of an expression; names are asked of `lookup`, which raises ExpressionError for those it lacks.

    >>> evaluate("4 * filters", {"filters": 64}.__getitem__)
    256
    >>> evaluate("min(depth, 3) > 2 and width != 8", {"depth": 5, "width": 4}.__getitem__)
    True
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"is longer than {MAX_LENGTH} characters")
    tree = _parsed(text.strip())
    try:
        value: Number = _value(tree.body, lookup)
    except ZeroDivisionError:
        raise ExpressionError("divides by zero") from None
    except RecursionError:
        raise ExpressionError("is nested too deeply") from None
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError(f"cannot be evaluated: {error}") from None
    return value


@lru_cache(maxsize=1024)
def _parsed(text: str) -> ast.Expression:
    """A block that is used a hundred times asks a hundred times."""
    try:
        return ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionError("is not an arithmetic expression") from None


def _value(node: ast.expr, lookup: Callable[[str], Number]) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return _bounded(value)
        case ast.Name(id=name):
            return {"true": True, "false": False}[name] if name in ("true", "false") else _bounded(lookup(name))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _UNARY[type(op)](_value(operand, lookup))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _binary(type(op), _value(left, lookup), _value(right, lookup))
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARE for op in ops):
            values = _alike([_value(each, lookup) for each in (left, *others)])
            return all(_compared(type(op), a, b) for op, a, b in zip(ops, values, values[1:], strict=False))
        case ast.BoolOp(op=op, values=parts):
            values = [_value(part, lookup) for part in parts]
            return all(values) if isinstance(op, ast.And) else any(values)
        case ast.IfExp(test=test, body=body, orelse=other):
            return _value(body if _value(test, lookup) else other, lookup)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            return _bounded(FUNCTIONS[name](*_numbers([_value(each, lookup) for each in arguments])))
    raise ExpressionError("holds more than arithmetic", hint=f"it may hold {ALLOWED}")


def _compared(op: type, left: Any, right: Any) -> bool:
    if isinstance(left, str) != isinstance(right, str) and op not in (ast.Eq, ast.NotEq):
        raise ExpressionError(f"compares {left!r} with {right!r}: text with a number")
    return _COMPARE[op](left, right)


def _binary(op: type, left: Any, right: Any) -> Any:
    left, right = _numbers([left, right])
    if op is ast.Pow and abs(right) > MAX_EXPONENT:
        raise ExpressionError(f"has an exponent above {MAX_EXPONENT}")
    return _bounded(_BINARY[op](left, right))


def _numbers(values: list[Any]) -> list[Any]:
    """The values, all of them numbers: text can be compared, but not calculated with."""
    for value in values:
        if not isinstance(value, (int, float)):
            raise ExpressionError(f"calculates with {value!r}, which is no number")
    return _alike(values)


def _alike(values: list[Any]) -> list[Any]:
    """The values, with floats beside a Span made Spans: a float takes it for the int that it is a kind of."""
    span: Any = next((each for each in values if isinstance(each, int) and type(each) not in (int, bool)), None)
    return values if span is None else [span.beside(each) if isinstance(each, float) else each for each in values]


def _bounded(value: Any) -> Any:
    if isinstance(value, complex) or value != value:
        raise ExpressionError("gives a value that is no number")
    if isinstance(value, (int, float)) and abs(value) > MAX_MAGNITUDE:
        raise ExpressionError(f"gives a value above {MAX_MAGNITUDE:g}")
    return value
