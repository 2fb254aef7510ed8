"""`$name` and `$(expression)`: values, refusals, bounds."""

import operator
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import specs
from specs.expressions import MAX_LENGTH, ExpressionError, divisible, evaluate
from tests.machine import slowness

NAMES: dict[str, Any] = {"a": 3, "b": 0.5, "flag": True, "text": "relu", "big": 10**17}


def lookup(name: str) -> Any:
    try:
        return NAMES[name]
    except KeyError:
        raise ExpressionError(f"no param is named {name!r}", name) from None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("7 // 2", 3), ("-7 // 2", -4), ("7 / 2", 3.5), ("7 % 4", 3),
        ("2 ** 10", 1024), ("2 ** -1", 0.5), ("-a", -3), ("+a", 3), ("not flag", False), ("a * b", 1.5),
        ("a == 3", True), ("1 < a <= 3", True), ("a != 3 or flag", True), ("a > 5 and flag", False),
        ("text == 'relu'", True), ("'x' if a > 2 else 'y'", "x"), ("min(a, 2)", 2), ("max(a, 2, 9)", 9),
        ("round(2.6)", 3), ("round(2.567, 1)", 2.6), ("int(2.9)", 2), ("floor(-2.5)", -3), ("ceil(2.1)", 3),
        ("divisible(37, 8)", 40), ("true", True), ("false or true", True), ("text != 3", True), (" a ", 3),
    ],
)  # fmt: skip
def test_values(text: str, expected: object) -> None:
    found = evaluate(text, lookup)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 / 0", "divides by zero"),
        ("1 // 0", "divides by zero"),
        ("a % 0", "divides by zero"),
        ("0 ** -1", "divides by zero"),
        ("divisible(1, 0)", "divides by zero"),
        ("", "is not an arithmetic expression"),
        ("a +", "is not an arithmetic expression"),
        ("a = 3", "is not an arithmetic expression"),
        ("a; b", "is not an arithmetic expression"),
        ("(" * 190, "is not an arithmetic expression"),
        ("a\0b", "is not an arithmetic expression"),
        ("9 ** 9 ** 9", "has an exponent above 64"),
        ("2 ** 65", "has an exponent above 64"),
        ("10 ** 19", "gives a value above 1e+18"),
        ("big * big", "gives a value above 1e+18"),
        ("1e300 * 2", "gives a value above 1e+18"),
        ("1e999 - 1e999", "gives a value above"),
        ("(-8) ** 0.5", "gives a value that is no number"),
        ("missing", "no param is named 'missing'"),
        ("text * 3", "calculates with 'relu', which is no number"),
        ("text + text", "calculates with 'relu', which is no number"),
        ("'%s' % 3", "which is no number"),
        ("max('a', 'b')", "which is no number"),
        ("-text", "cannot be evaluated"),
        ("text < 3", "compares 'relu' with 3"),
        ("min()", "cannot be evaluated"),
        ("min(1)", "cannot be evaluated"),
        ("round(1, 2, 3)", "cannot be evaluated"),
        ("floor()", "cannot be evaluated"),
        ("+".join("1" * MAX_LENGTH), "is longer than 200 characters"),
        *(
            (text, "holds more than arithmetic")
            for text in (
                "open('x')", "__import__('os')", "a.real", "a[0]", "[1, 2]", "{1: 2}", "lambda: 1", "(1, 2)", "x := 1",
                "f'{a}'", "[i for i in (1,)]", "min(*a)", "min(x=1)", "b'x'", "1j", "None", "...", "a & 1", "a << 2",
                "a @ a", "~a", "a is a", "a in a", "eval('1')", "min.__class__", "(lambda: 1)()", "yield_ if 1 else {}",
            )
            if text not in ("x := 1", "yield_ if 1 else {}")
        ),
    ],
)  # fmt: skip
def test_refusals(text: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as found:
        evaluate(text, lookup)
    assert reason in str(found.value)


@given(st.text(alphabet="ab0123456789.+-*/%()<>=! ,'eminxroudlftc", max_size=60))
def test_any_text_is_evaluated_or_refused_quickly(text: str) -> None:
    began = time.process_time()
    try:
        value = evaluate(text, lookup)
    except ExpressionError:
        pass
    else:
        assert isinstance(value, (bool, int, float, str))
    took = time.process_time() - began
    assert took < 0.5 or took < 0.5 * slowness()


def test_nesting_is_bounded() -> None:
    assert evaluate("-" * 150 + "1", lookup) == 1
    with pytest.raises(ExpressionError):
        evaluate("not " * 49 + "min()", lookup)


OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv, "%": operator.mod}


@given(st.integers(-1000, 1000), st.sampled_from(sorted(OPERATORS)), st.integers(1, 1000))
def test_arithmetic_is_pythons(left: int, sign: str, right: int) -> None:
    assert evaluate(f"{left} {sign} {right}", lookup) == OPERATORS[sign](left, right)


@given(st.integers(1, 5000), st.sampled_from([1, 4, 8, 16]))
def test_divisible_is_a_multiple_near_the_value(value: int, divisor: int) -> None:
    found = divisible(value, divisor)
    assert found % divisor == 0
    assert found >= max(divisor, 0.9 * value)
    assert found < value + divisor or found == divisor


def units(params: str, expression: str, **given: Any) -> Any:
    text = f"name: t\nparams: {{{params}}}\ninput: {{shape: [4]}}\nbody:\n  - Dense: {{units: {expression}}}\n"
    return specs.lower(specs.loads(text, **given)).output_shapes()["output"][0]


class TestParams:
    """Params of a document."""

    def test_in_any_order(self) -> None:
        assert units("c: $(b + 1), b: $(2 * a), a: 3", "$c") == 7

    def test_given_from_outside(self) -> None:
        assert units("a: 3, b: $(2 * a)", "$b", a=5) == 10
        assert units("a: 3, b: $(2 * a)", "$b", b=5) == 5

    def test_unknown_param_from_outside(self) -> None:
        with pytest.raises(specs.SpecError, match=r"no param is named 'uints', so it cannot be set .*did you mean"):
            units("units: 3", "$units", uints=5)

    def test_bad_value_from_outside_names_no_line(self) -> None:
        with pytest.raises(specs.SpecError) as found:
            units("units: 3", "$units", units=0)
        assert (
            str(found.value)
            == "<text>:5:20: body[0].Dense.units: must be at least 1 (got 0 from $units, set from outside)"
        )

    def test_number_too_long_to_print(self) -> None:
        for expression in ("$units", "$(units)", "$(units // 10**9)"):
            with pytest.raises(specs.SpecError):
                units("units: 3", expression, units=10**5000)
        with pytest.raises(specs.SpecError, match="a very large integer"):
            specs.loads("name: t\nparams: {a: 3}\ninput: {shape: $a}\nbody: [ReLU]\n", a=10**5000)

    def test_type_that_yaml_lacks(self) -> None:
        with pytest.raises(TypeError, match="has no place in a spec"):
            units("units: 3", "$units", units=object())

    def test_lists_and_mappings_are_put_in_whole(self) -> None:
        text = (
            "name: t\nparams: {window: [1, 3], reg: {l2: $rate}, rate: 0.1}\ninput: {shape: [8, 8, 1]}\n"
            "body:\n  - Conv2D: {filters: 2, kernel_size: $window, kernel_regularizer: $reg}\n"
        )
        node = specs.lower(specs.loads(text)).node("conv2d1")
        assert node.output_shape == (8, 6, 2)
        assert node.args.model_dump(exclude_unset=True)["kernel_regularizer"] == {"l2": 0.1}

    def test_with_params_keeps_what_was_given(self) -> None:
        document = specs.load("digits_mlp", units=64)
        assert specs.with_params(document, dropout=0.3).params["units"] == 64
        assert document.params["dropout"] == 0.2
