"""Ranges through the ordinary rules: an answer is given only where it is the same at every point."""

import math
import operator
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import pytest

import specs
from specs.expressions import evaluate
from specs.load import read_text
from specs.span_run import fails_everywhere
from specs.spans import Span, UndecidedError

BINARY = [operator.add, operator.sub, operator.mul, operator.floordiv, operator.truediv, operator.mod, operator.pow]
COMPARE = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
UNARY = [operator.neg, operator.pos, abs, round, math.floor, math.ceil, math.trunc, bool]
RANGES = [(low, low + wide) for low in range(-3, 4) for wide in (0, 1, 3)]

Points = list[tuple[int, int]]


def holds(found: Callable[[], Any], right: Callable[[int, int], Any], points: Points) -> bool:
    """Whether what is answered, where anything is, is right at every point."""
    try:
        answer = found()
    except UndecidedError:
        return True
    low, high = (answer.low, answer.high) if isinstance(answer, Span) else (answer, answer)
    return all(low <= right(a, b) <= high for a, b in points)


def cases() -> Iterator[tuple[Any, Any, Points]]:
    """Two ranges, of which one may be a number, and all their points."""
    for first, second in product(RANGES, RANGES):
        origins: dict[Any, int] = {}
        one, two = (
            Span(ends[0], ends[1], key, origins) if ends[0] < ends[1] else ends[0]
            for key, ends in enumerate((first, second))
        )
        points = list(product(range(first[0], first[1] + 1), range(second[0], second[1] + 1)))
        if isinstance(one, Span) or isinstance(two, Span):
            yield one, two, points


@pytest.mark.parametrize("does", BINARY + COMPARE)
def test_what_is_answered_holds_at_every_point(does: Any) -> None:
    for one, two, points in cases():
        if does in (operator.floordiv, operator.truediv, operator.mod) and any(b == 0 for _, b in points):
            with pytest.raises((UndecidedError, ZeroDivisionError)):
                does(one, two)
        elif does is not operator.pow or all(a != 0 or b >= 0 for a, b in points):
            assert holds(partial(does, one, two), does, points), (one, two)


@pytest.mark.parametrize("does", [operator.sub, operator.floordiv, operator.truediv])
def test_what_differs_by_its_order_is_not_the_same(does: Any) -> None:
    """Of two numbers that are equal at every point the difference is 0; of others it is not."""
    for one, two, points in cases():
        if all(a and b for a, b in points):

            def between(a: Any, b: Any) -> Any:
                return does(a, b) - does(b, a)

            def equal(a: Any, b: Any) -> bool:
                return bool(does(a, b) == does(b, a))

            assert holds(partial(between, one, two), between, points), (one, two)
            assert holds(partial(equal, one, two), lambda a, b: between(a, b) == 0, points)


@pytest.mark.parametrize("does", UNARY)
def test_what_is_answered_of_one_holds_at_every_point(does: Any) -> None:
    for one, two, points in cases():
        for value in (lambda a, b: a, lambda a, b: a / 2, lambda a, b: a + b, lambda a, b: b - a * 0.25):

            def right(a: Any, b: Any, value: Any = value) -> Any:
                return does(value(a, b))

            # A float to the left of a Span: see the expressions below.
            if isinstance(one, Span):
                assert holds(partial(right, one, two), right, points), (one, two)


EXPRESSIONS = [
    *(f"0.5 {sign} a" for sign in ("+", "-", "*", "/", "//", "**", "<", "<=", ">", ">=", "==", "!=")),
    *(f"a {sign} 2.5" for sign in ("+", "-", "*", "/", "//", "**", "<", "<=", ">", ">=", "==", "!=")),
    *("max(a, 2.5)", "max(2.5, a)", "min(a, 2.5)", "min(2.5, a)", "int(0.5 * a)", "divisible(a, 2)", "2.5 <= a <= 9"),
    *("0.5 * (a + 0.5)", "-(0.5 * a)", "2 if 2.5 < a else 1", "not 0.5 * a", "divisible(0.3 * a, 4)", "0.5 % a"),
]


@pytest.mark.parametrize("text", EXPRESSIONS)
@pytest.mark.parametrize("ends", [(1, 2), (1, 9), (3, 4), (6, 60)])
def test_floats_in_expressions_read_no_end(text: str, ends: tuple[int, int]) -> None:
    span = Span(*ends, 1, {})
    points = [(value, 0) for value in range(ends[0], ends[1] + 1)]
    assert holds(
        lambda: evaluate(text, {"a": span}.__getitem__), lambda a, _: evaluate(text, {"a": a}.__getitem__), points
    )


def test_what_is_the_same_in_either_order_is_known_to_be() -> None:
    origins: dict[Any, int] = {}
    one, two = Span(1, 5, 1, origins), Span(2, 9, 2, origins)
    assert [one + two == two + one, one * two == two * one, one - one, one / one, one % one] == [True, True, 0, 1, 0]


@pytest.mark.parametrize(
    "use",
    [hash, int, float, math.sqrt, lambda x: {x}, lambda x: min(x, 9), lambda x: x == 9, lambda x: x in (None, 9)],
)
def test_what_would_read_one_end_is_refused(use: Callable[[Any], Any]) -> None:
    with pytest.raises(UndecidedError):
        use(Span(8, 16, 1, {}))


RESIDUAL = """
name: net
params: {width: 8, window: 3, pool: 2}
input: {shape: [16, 16, 3]}
body:
  - conv: {filters: $width, kernel_size: 3, padding: same}
  - residual: {body: [{conv: {filters: $width, kernel_size: $window, padding: same}}]}
  - residual: {shortcut: projection, body: [{conv: {filters: $(2 * width), kernel_size: 3, padding: same, strides: 2}}]}
  - MaxPooling2D: {pool_size: $pool}
  - Conv2D: {filters: 4, kernel_size: 3}
  - GlobalAveragePooling2D
  - Dense: {units: 10}
search:
  space:
    width: {min_value: 8, max_value: 4000}
    window: {min_value: 1, max_value: 9}
    pool: {min_value: 1, max_value: 8}
"""


def test_a_residual_net_of_any_width_is_proven() -> None:
    proof = specs._check(*read_text(RESIDUAL, "net.yaml"), {})
    assert proof.survey is not None
    assert (proof.survey.proven, proof.survey.points) == (1.0, 3993 * 9 * 8)
    assert [str(region) for region in proof.survey.regions] == ["pool 3 to 8"]
    assert [problem.mark.line for problem in proof.problems] == [17]
    assert "line 10: body[4].Conv2D.kernel_size: a window of 3" in proof.problems[0].message


def judged(line: str, head: str = "", **values: Any) -> bool | None:
    """What one run says of a step behind a Flatten, at all points of ranges of its params."""
    text = f"name: net\nparams: {{a: 4, b: 2}}\ninput: {{shape: [16, 16, 4]}}\n{head}body:\n  - {line}\n"
    tree, file = read_text(text, "net.yaml")
    origins: dict[Any, int] = {}
    spans = {name: Span(ends[0], ends[1], key, origins) for key, (name, ends) in enumerate(values.items())}
    try:
        return fails_everywhere(tree, file, spans, frozenset(re.findall(r"(\w+): [^,:{}]*\$", line)))
    except UndecidedError:
        return None


@pytest.mark.parametrize(
    ("line", "ends", "expected"),
    [
        ("Conv2D: {filters: $a, kernel_size: 3}", (1, 9), False),
        ("Conv2D: {filters: $a, kernel_size: 3}", (-9, 9), None),
        ("Conv2D: {filters: $(a / 2), kernel_size: 3}", (2, 9), None),
        ("Conv2D: {filters: $a, kernel_size: 3}", (2, 10**12), None),
        ("Conv2D: {filters: $(4 * a), kernel_size: 3, groups: 4}", (1, 9), None),
        ("Conv2D: {filters: 4, kernel_size: 3, strides: $a, dilation_rate: 2}", (1, 9), None),
        ("Conv2D: {filters: 4, kernel_size: $a}", (1, 16), False),
        ("Conv2D: {filters: 4, kernel_size: $a}", (17, 99), True),
        ("Conv2D: {filters: 4, kernel_size: [$a, 1]}", (17, 99), True),
        ("Conv2D: {filters: 4, kernel_size: [1, $a]}", (16, 17), None),
        ("{Conv2D: {filters: 4, kernel_size: 1}, repeat: $a}", (1, 9), None),
        ("Dropout: {rate: $a}", (0, 1), None),
        ("UpSampling2D: {size: $a}", (1, 9), None),
        ("MaxPooling2D: {pool_size: $a, padding: same}", (1, 9), False),
        ("Conv2D: {filters: $a, kernel_size: 17}", (1, 9), True),
        ("Conv2D: {filters: $a, kernel_size: 0}", (1, 9), True),
        ("conv: {filters: $(a / 2), kernel_size: 3}", (2, 9), None),
        (
            "[{Conv2D: {filters: $a, kernel_size: 1}}, {SpectralNormalization: {layer: {Dense: {units: 4}}}}]",
            (1, 9),
            None,
        ),
        ("[{Conv2D: {filters: $a, kernel_size: 1}}, {Resizing: {height: 8, width: 8}}]", (1, 9), None),
    ],
)
def test_a_part_is_judged_only_where_all_its_points_agree(line: str, ends: tuple[int, int], expected: object) -> None:
    assert judged(line, a=ends) is expected


@pytest.mark.parametrize(("limit", "expected"), [(49, True), (50, None), (499, None), (500, False)])
def test_a_limit_is_held_against_both_ends(limit: int, expected: object) -> None:
    """Behind four channels 10 to 100 units, and one behind them: five weights for each unit."""
    layers = "{Dense: {units: $a, use_bias: false}}, {Dense: {units: 1, use_bias: false}}"
    line = f"[GlobalAveragePooling2D, {layers}]"
    assert judged(line, f"limits: {{params: {limit}}}\n", a=(10, 100)) is expected


def test_more_combinations_than_are_looked_at_are_not_said_to_be_proven() -> None:
    listed = RESIDUAL.replace("{min_value: 1, max_value: 9}", "{values: [1, 2, 3, 4, 5, 6, 7, 8, 9]}")
    listed = listed.replace("{min_value: 1, max_value: 8}", "{values: [1, 2]}")
    for more, proven in ((", window2: {values: [1, 2, 3]}", 1.0), (", window2: {values: [1, 2, 3, 4]}", 0.9999)):
        text = listed.replace("window: 3,", "window: 3, window2: 1,").replace(
            "kernel_size: 3}\n  - Global", "kernel_size: $window2}\n  - Global"
        )
        proof = specs._check(*read_text(f"{text}    {more[2:]}\n", "net.yaml"), {})
        assert proof.survey is not None
        assert (proof.survey.proven == 1, proof.survey.proven <= proven) == (proven == 1, True)
