"""Large search spaces part by part: what fails is found, exactly where all is proven, and never more than fails."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from specs.boxes import MAX_REGIONS, surveyed
from specs.errors import Mark, Problem
from specs.growing import FINEST
from specs.points import Space, Survey, space_of, survey
from specs.regions import Interval
from specs.sections import Axis

Fails = Callable[[Mapping[str, Any]], bool]
MANY = Axis(min_value=1, max_value=1000)
RATE = Axis(min_value=0.0, max_value=1.0)


def corners(values: Mapping[str, Any], whole: bool = False) -> Iterator[dict[str, Any]]:
    """The points at the ends of ranges, or all of their integers."""
    ranges = {n: range(int(v.low), int(v.high) + 1) for n, v in values.items() if whole and isinstance(v, Interval)}
    each = {n: ranges.get(n, (v.low, v.high) if isinstance(v, Interval) else (v,)) for n, v in values.items()}
    yield from (dict(zip(each, point, strict=True)) for point in product(*each.values()))


def work(
    fails: Fails, space: Space, budget: int = 5000, *, start: Mapping[str, Any] | None = None, judged: str = "corners"
) -> Survey:
    """The survey of a space; a range is judged by its ends, by all of its integers, or never."""

    own = {name: axis.values[0] if axis.values else axis.min_value for name, axis in space.axes.items()}

    def judge(values: Mapping[str, Any]) -> bool | None:
        found = {fails({**own, **point}) for point in corners(values, judged == "whole")}
        return found.pop() if len(found) == 1 and judged != "never" else None

    def attempt(point: Mapping[str, Any]) -> Problem | None:
        for name, value in point.items():
            axis = space.axes[name]
            if axis.values is not None:
                assert value in axis.values, "nothing outside the space is tried"
            else:
                assert axis.min_value is not None and axis.max_value is not None
                assert axis.min_value <= value <= axis.max_value, "nothing outside the space is tried"
        return Problem(Mark("a.yaml", 1, 1), "body", str(dict(point))) if fails({**own, **point}) else None

    return surveyed(space, budget, attempt, judge, start or {})


def values_of(found: Survey) -> list[dict[str, Any]]:
    return [dict(region.values) for region in found.regions]


def test_values_of_a_list_and_a_range_are_one_region_in_the_order_of_the_space() -> None:
    def fails(point: Mapping[str, Any]) -> bool:
        return bool(point["kind"] != "z" and point["a"] >= 371)

    axes = {"a": MANY, "kind": Axis(values=("x", "y", "z"))}
    turned = dict(reversed(axes.items()))
    found, other = (work(fails, space_of(each, frozenset(axes), lines=frozenset("a"))) for each in (axes, turned))
    assert [list(region) for region in values_of(other)] == [["kind", "a"]]
    (region,) = found.regions
    assert list(region.values.items()) == [("a", Interval(371, 1000)), ("kind", ("x", "y"))]
    assert (found.proven, found.points) == (1.0, 3000)
    assert eval(region.problem.message)["a"] == 371, "said of the first point that fails"


def test_a_range_of_floats_is_known_to_where_it_begins_to_fail() -> None:
    axes = {"rate": RATE, "a": MANY}
    space = space_of(axes, frozenset(axes), lines=frozenset(axes))
    for fails, low, high in (
        (lambda p: p["rate"] > 0.3 and p["a"] >= 500, 0.3, 1.0),
        (lambda p: p["rate"] < 0.3 and p["a"] >= 500, 0.0, 0.3),
    ):
        found = work(fails, space)
        regions = [region for region in values_of(found) if "rate" in region]
        assert all(region["a"] == Interval(500, 1000) for region in regions)
        assert min(region["rate"].low for region in regions) == (low if low == 0 else min_close(regions, low))
        assert max(region["rate"].high for region in regions) == (high if high == 1 else max_close(regions, high))
        assert found.points is None


def min_close(regions: list[dict[str, Any]], wanted: float) -> float:
    found: float = min(region["rate"].low for region in regions)
    assert wanted < found <= wanted + 2 * FINEST
    return found


def max_close(regions: list[dict[str, Any]], wanted: float) -> float:
    found: float = max(region["rate"].high for region in regions)
    assert wanted - 2 * FINEST <= found < wanted
    return found


def test_ends_stand_for_no_range_between_them() -> None:
    axes = {"a": MANY, "b": RATE}
    found = work(lambda p: p["a"] >= 371, space_of(axes, frozenset(axes), lines=frozenset("a")))
    assert all("b" in region for region in values_of(found))
    assert found.proven == 0


def test_more_values_than_can_be_proven_are_looked_at_evenly_and_stay_open() -> None:
    axes = {"a": MANY, "kind": Axis(values=tuple(range(100)))}
    space = space_of(axes, frozenset(axes), lines=frozenset("a"))
    everywhere = work(lambda p: p["a"] >= 371, space)
    assert all("kind" in region for region in values_of(everywhere))
    one = work(lambda p: p["kind"] == 98 and p["a"] >= 371, space)
    assert values_of(one) == [{"a": Interval(371, 1000), "kind": (98,)}]
    assert 0 < one.proven < 1


def test_values_that_do_not_multiply_are_tried_too() -> None:
    axes = {"a": MANY, "b": MANY, "c": Axis(values=(0.0, 0.5, 1.0))}
    found = work(lambda p: p["c"] > 0.2, space_of(axes, frozenset("ab"), lines=frozenset("ab")))
    assert values_of(found) == [{"c": (0.5, 1.0)}]


def test_what_nobody_can_judge_is_said_of_the_points_that_were_tried() -> None:
    """From the spec's own values, moved into the space: the ends of each range, and a sample within."""
    axes = {"a": MANY, "b": MANY, "kind": Axis(values=("x", "y"))}
    space = space_of(axes, frozenset(axes), lines=frozenset("ab"))
    start = {"a": 5000, "b": -1, "kind": "w"}

    def at_an_end(point: Mapping[str, Any]) -> bool:
        return bool(point["a"] == 1000 and point["b"] == 1)

    def within(point: Mapping[str, Any]) -> bool:
        return bool(300 < point["a"] < 700 and 300 < point["b"] < 700)

    for fails in (at_an_end, within):
        found = work(fails, space, 12, start=start, judged="never")
        assert found.regions
        assert found.proven < 0.5
        for region in values_of(found):
            assert {"a", "b"} <= region.keys()
            ends = {name: each if isinstance(each, Interval) else each[0] for name, each in region.items()}
            assert all(fails(point) for point in corners(ends))


def test_regions_are_not_without_end() -> None:
    axes = {"a": Axis(min_value=1, max_value=200)}
    found = work(lambda p: bool(p["a"] % 2), space_of(axes, frozenset(axes), lines=frozenset(axes)), judged="whole")
    assert MAX_REGIONS <= len(found.regions) < MAX_REGIONS + 20
    assert all(isinstance(region["a"], tuple) for region in values_of(found)), "a range of one value is that value"
    assert len(found.regions) < found.tried < 200
    assert 0 < found.proven < 1


def test_steps_count_as_the_points_that_they_make() -> None:
    axes = {"a": MANY, "s": Axis(min_value=8, max_value=4096, step=8)}
    assert work(lambda p: False, space_of(axes, frozenset(axes), lines=frozenset(axes))).points == 512_000


boxes = st.lists(st.tuples(*[st.tuples(st.integers(1, 9), st.integers(1, 9)).map(sorted)] * 2), min_size=1, max_size=3)


@settings(max_examples=25, deadline=None)
@given(boxes, st.sampled_from([20, 3000]))
def test_every_point_of_boxes_that_fail_is_known(failing: list[Any], budget: int) -> None:
    axes = {name: Axis(min_value=1, max_value=9) for name in "ab"}

    def fails(point: Mapping[str, Any]) -> bool:
        return any(all(low <= point[n] <= high for n, (low, high) in zip("ab", box, strict=True)) for box in failing)

    found = work(fails, space_of(axes, frozenset(axes), lines=frozenset(axes)), budget, judged="whole")
    assert found.proven == 1 or budget == 20
    for a, b in product(range(1, 10), repeat=2):
        point = {"a": a, "b": b}
        inside = any(region.holds(point) for region in found.regions)
        assert inside <= fails(point), "what lies in a region fails"
        assert found.proven < 1 or inside == fails(point), "and the other way round where all is proven"


def test_a_rate_fails_from_its_bound_on() -> None:
    """The end that fails is widened to where failing begins; nothing is widened where both ends fail, or unproven."""

    def regions(low: float, high: float, fails: Callable[[float], bool], **kinds: Any) -> list[dict[str, Any]]:
        space = space_of({"rate": Axis(min_value=low, max_value=high)}, frozenset(), **kinds)

        def attempt(point: Mapping[str, Any]) -> Problem | None:
            wrong = "rate" in point and fails(point["rate"])
            return Problem(Mark("a.yaml", 1, 1), "body[0].Dropout.rate", "") if wrong else None

        return [dict(each.values) for each in survey(space, 1, attempt, lambda values: None, {}).regions]

    known = {"direct": frozenset({"rate"}), "monotone": frozenset({"rate"})}
    (above,) = regions(0.0, 2.0, lambda rate: rate >= 1, **known)
    assert above["rate"].high == 2.0 and 1 <= above["rate"].low < 1.001
    (below,) = regions(-1.0, 0.5, lambda rate: rate < 0, **known)
    assert below["rate"].low == -1.0 and -0.001 < below["rate"].high < 0
    assert regions(0.0, 2.0, lambda rate: rate >= 1) == [{"rate": (2.0,)}]
    assert {str(each) for each in regions(-1.0, 2.0, lambda rate: not 0 <= rate < 1, **known)} == {
        "{'rate': (-1.0,)}",
        "{'rate': (2.0,)}",
    }


def test_a_bound_that_others_move_is_not_taken_for_theirs() -> None:
    """Where failing begins was found with the spec's own values: it is said only where the others' all agree."""
    axes = {"rate": Axis(min_value=0.0, max_value=2.0), "low": Axis(values=(0.5, 0.0))}

    def said(fails: Callable[[float, float], bool], kind: str) -> list[dict[str, Any]]:
        known = {kind: frozenset({"rate"}), "arguments": {"rate": frozenset({"rate"})}}

        def attempt(point: Mapping[str, Any]) -> Problem | None:
            wrong = "rate" in point and fails(point["rate"], point.get("low", 0.5))
            return Problem(Mark("a.yaml", 1, 1), "body[0].Dropout.rate", "") if wrong else None

        found = survey(space_of(axes, frozenset({"low"}), **known), 1, attempt, lambda values: None, {})
        return [dict(region.values) for region in found.regions]

    for kind in ("direct", "monotone"):
        assert said(lambda rate, low: rate + low > 1, kind) == [{"rate": (2.0,)}]
        (region,) = said(lambda rate, low: rate > 0.9, kind)
        assert region["rate"].high == 2.0 and 0.9 < region["rate"].low < 0.901
        assert {"rate": (2.0,)} in said(lambda rate, low: rate > 0.9 or (low == 0 and rate < 0.1), kind)


def test_a_range_of_integers_is_known_to_the_number() -> None:
    space = space_of({"units": Axis(min_value=1, max_value=5000)}, frozenset(), direct=frozenset({"units"}))

    def attempt(point: Mapping[str, Any]) -> Problem | None:
        assert isinstance(point.get("units", 1), int)
        return Problem(Mark("a.yaml", 1, 1), "body", "") if point.get("units", 1) > 1234 else None

    (region,) = survey(space, 1, attempt, lambda values: None, {}).regions
    assert dict(region.values) == {"units": Interval(1235, 5000)}
