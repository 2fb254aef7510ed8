"""The proof over a search space finds the points that do not fit, all of them and no others."""

import json
from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import specs
from specs.errors import Mark, Problem
from specs.points import MAX_POINTS, Survey, space_of, survey
from specs.reach import reach
from specs.reader import read
from specs.regions import Interval, Region
from specs.sections import Axis

WRONG = Problem(Mark("a.yaml", 1, 1), "body", "does not fit")
names = ("a", "b", "c")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_regions_are_exactly_the_failing_points(sizes: list[int], drawn: Any) -> None:
    axes = {name: Axis(values=tuple(range(size))) for name, size in zip(names, sizes, strict=False)}
    points = [dict(zip(axes, each, strict=True)) for each in product(*(range(size) for size in sizes))]
    failing = [point for point in points if drawn.random() < 0.4]
    space = space_of(axes, frozenset(axes))
    found = survey(space, 1, lambda point: WRONG if dict(point) in failing else None, unasked, {}).regions
    for point in points:
        assert any(region.holds(point) for region in found) == (point in failing)
    for region in found:
        for name in region.values:
            wider = Region({key: each for key, each in region.values.items() if key != name}, WRONG)
            assert not all(point in failing for point in points if wider.holds(point)), f"{name} does not matter"


def unasked(values: Any) -> bool | None:
    raise AssertionError("every point of a small space is tried")


def large(fails: Any, axes: dict[str, Axis]) -> tuple[Survey, int]:
    """The survey of ranges of which every one can be judged as a whole, and how often the spec was looked at."""
    looks = [0]

    def judge(values: Any) -> bool | None:
        looks[0] += 1
        corners = product(*((v.low, v.high) if isinstance(v, Interval) else (v,) for v in values.values()))
        found = {fails(dict(zip(values, each, strict=True))) for each in corners}
        return found.pop() if len(found) == 1 else None

    def attempt(point: Any) -> Problem | None:
        looks[0] += 1
        return WRONG if fails({"a": 1, "b": 1, "c": 1} | dict(point)) else None

    space = space_of(axes, frozenset(axes), lines=frozenset(axes))
    assert space.count > MAX_POINTS
    return survey(space, 1, attempt, judge, {"a": 1, "b": 1, "c": 1}), looks[0]


def test_a_large_space_is_proven_to_where_it_begins_to_fail() -> None:
    axes = {name: Axis(min_value=1, max_value=1000) for name in names}
    found, looks = large(lambda point: point["a"] >= 371 and point["b"] >= 12, axes)
    (region,) = found.regions
    assert dict(region.values) == {"a": Interval(371, 1000), "b": Interval(12, 1000)}
    assert (found.proven, found.points) == (1.0, 10**9)
    assert looks < MAX_POINTS


def test_what_is_not_proven_is_said() -> None:
    axes = {name: Axis(min_value=1, max_value=1000) for name in names}
    found, looks = large(lambda point: point["a"] * point["b"] * point["c"] > 10**6, axes)
    assert 0 < found.proven < 1
    assert looks < 2 * MAX_POINTS
    assert found.regions
    for region in found.regions:
        lowest = {name: v.low if isinstance(v, Interval) else v[0] for name, v in region.values.items()}
        least = {"a": 1, "b": 1, "c": 1} | lowest
        assert least["a"] * least["b"] * least["c"] > 10**6
    assert found.text().endswith("tried")


def test_neutral_params_do_not_multiply() -> None:
    axes = {name: Axis(min_value=0.0, max_value=1.0) for name in "abcdefgh"}
    tried: list[Any] = []
    space = space_of(axes, frozenset("a"), monotone=frozenset(axes))
    assert space.count == 4

    def attempt(point: Any) -> Problem | None:
        tried.append(point)
        return WRONG if point.get("c") == 1.0 else None

    (region,) = survey(space, 1, attempt, unasked, {}).regions
    assert set(region.values) == {"c"}
    assert len(tried) < 40


TEXT = """
name: net
params: {width: 8, half: $(width // 2), rate: 0.1, low: 0.1, more: 0.1, unused: 1, idle: $unused, order: conv-norm-act}
input: {shape: [8, 8, 1]}
blocks:
  stage:
    params: {filters: required, rate: 0.0}
    body:
      - conv: {filters: $filters, kernel_size: 3, order: $order}
      - Dropout: {rate: $rate}
body:
  - stage: {filters: $half, rate: $rate}
  - Dropout: {rate: $(low + more)}
  - Flatten
  - Dense: {units: 10}
"""


def test_reach_follows_params_blocks_and_expressions() -> None:
    every = ("width", "rate", "low", "more", "unused", "order")
    found = reach(read(TEXT, "a.yaml"), every, weighed=False)
    assert found.used == set(every) - {"unused"}
    # low and more stand in one expression: each fits, and both together may not.
    assert found.structural == {"width", "low", "more", "order"}


def test_a_constraint_is_right_or_wrong_by_itself_but_a_range_by_both_its_ends() -> None:
    text = """
params: {kind: NonNeg, most: 2.0, low: 0.5, high: 1.0, cut: 0.1}
body:
  - LSTM: {units: 2, kernel_constraint: $kind, recurrent_dropout: $cut, bias_constraint: {MaxNorm: {max_value: $most}}}
  - Dense: {units: 2, kernel_constraint: {MinMaxNorm: {min_value: $low, max_value: $high}}}
"""
    every = ("kind", "most", "low", "high", "cut")
    found = reach(read(text, "a.yaml"), every, weighed=True)
    assert found.used == set(every)
    assert found.structural == {"low", "high"}


def _net(space: dict[str, Any], **sections: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": "net",
        "params": {"depth": 1, "window": 2, "rate": 0.1, "batch_size": 8},
        "input": {"shape": [16, 16, 1]},
        "body": [
            [{"Conv2D": {"filters": 4, "kernel_size": "$window"}}, "MaxPooling2D"],
            {"Dropout": {"rate": "$rate"}},
            {"GlobalAveragePooling2D": {}},
            {"Dense": {"units": 10}},
        ],
        "train": {"data": {"npz": {"path": "a.npz"}}, "batch_size": "$batch_size"},
        "search": {"space": space},
        **sections,
    }
    document["blocks"] = {"stage": {"body": document["body"].pop(0)}}
    document["body"].insert(0, {"stage": {}, "repeat": "$depth"})
    return document


SPACE: dict[str, dict[str, Any]] = {
    "depth": {"min_value": 0, "max_value": 4},
    "window": {"values": [1, 2, 5]},
    "rate": {"values": [0.0, 1.5]},
    "batch_size": {"values": [8, 64]},
}


def test_every_point_of_a_real_space_is_judged_as_it_is_built() -> None:
    document = _net(SPACE, limits={"memory": "48KiB"})
    plain = specs.loads(json.dumps({**document, "search": {"space": {"rate": {"values": [0.0]}}}}))
    assert plain.search
    values = {"depth": range(5), "window": (1, 2, 5), "rate": (0.0, 1.5), "batch_size": (8, 64)}
    regions = specs.infeasible(replace(plain, search=plain.search.model_copy(update={"space": _axes()})))
    seen = set()
    for each in product(*values.values()):
        point = dict(zip(values, each, strict=True))
        fits = True
        try:
            specs.with_params(plain, **point)
        except specs.SpecError:
            fits = False
        seen.add(fits)
        assert any(region.holds(point) for region in regions) != fits, point
    assert seen == {True, False}


def _axes() -> dict[str, Axis]:
    return {
        name: Axis.model_validate({k: tuple(v) if isinstance(v, list) else v for k, v in each.items()})
        for name, each in SPACE.items()
    }


def test_limits_hold_at_every_point() -> None:
    document = _net({"depth": {"values": [0, 1, 2]}}, limits={"params": 80})
    try:
        specs.loads(json.dumps(document))
    except specs.SpecError as error:
        (problem,) = error.problems
        assert problem.path == "search.space.depth.values[2]"
        assert "limits.params: must be at most 80" in problem.message
    else:
        raise AssertionError


def test_shipped_spaces_fit_and_are_small() -> None:
    for name in ("digits_mlp", "digits_resnet", "digits_inception", "digits_densenet"):
        document = specs.load(name)
        assert document.search
        found = reach(document.tree, document.search.space, weighed=False)
        assert space_of(document.search.space, found.structural).count <= 12, name
        assert specs.infeasible(document) == ()
