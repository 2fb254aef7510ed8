"""What is said of a search space is what trying each point of it gives: exactly, or soundly where not all is proven."""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import specs
from specs import search_space
from specs.boxes import surveyed
from specs.load import read_text
from specs.points import Survey

RANGES = {"window": (1, 7), "pool": (1, 6), "stride": (1, 3), "width": (2, 6), "depth": (0, 3)}
OWN = {"window": 1, "pool": 1, "stride": 1, "width": 4, "depth": 1}

WINDOWS = st.sampled_from(
    ["$window", "$(window + 1)", "$(2 * window - 1)", "$(8 - window)", "$(round(0.5 + window))", 3]
)
WIDTHS = st.sampled_from(["$width", "$(2 * width)", "$(width // 2)", "$(max(width, 4))", "$(int(1.5 * width))", 4])
PADDING = st.sampled_from(["valid", "same"])


def convolution(filters: Any, window: Any, padding: str, strides: Any) -> dict[str, Any]:
    sizes = {"filters": filters, "kernel_size": window, "strides": strides}
    return {"conv": {**sizes, "padding": padding, "norm": "none"}}


CONVS = st.builds(convolution, WIDTHS, WINDOWS, PADDING, st.sampled_from([1, 1, "$stride"]))
SAME = st.builds(convolution, WIDTHS, WINDOWS, st.just("same"), st.just(1))
POOLS = st.sampled_from(["$pool", 2]).map(lambda size: {"MaxPooling2D": {"pool_size": size}})
STEPS = st.one_of(
    CONVS,
    CONVS,
    POOLS,
    POOLS,
    st.builds(lambda b: {"residual": {"shortcut": "auto", "body": [b]}}, SAME),
    st.builds(lambda b: {"residual": {"body": [{"conv": {**b["conv"], "filters": "$width"}}]}}, SAME),
    st.builds(lambda b: {"residual": {"shortcut": "projection", "body": [b]}}, CONVS),
    st.lists(st.lists(SAME, max_size=2), min_size=2, max_size=2).map(lambda b: {"parallel": {"branches": b}}),
    st.builds(lambda a: {"parallel": {"branches": [[a], [convolution(4, 1, "same", 1)]], "merge": "add"}}, SAME),
    st.builds(lambda a, b: {"parallel": {"branches": [[a], [b]]}}, CONVS, CONVS),
    st.builds(lambda b: {"stage": {"filters": b}, "repeat": "$depth"}, WIDTHS),
    st.builds(lambda b: {**b, "when": "$(width > 3)"}, SAME),
    st.builds(lambda b: {"dense": {"repeat": 2, "body": [b]}}, SAME),
)
STAGE = {"params": {"filters": "required"}, "body": [convolution("$filters", 3, "valid", 1), "MaxPooling2D"]}
HEADS = st.sampled_from([["GlobalAveragePooling2D"], ["Flatten"], ["BatchNormalization", "Flatten"]])


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A spec with three searched params; at its own values it mostly fits."""
    body = [*draw(st.lists(STEPS, min_size=2, max_size=5)), *draw(HEADS), {"Dense": {"units": 10}}]
    used = [name for name in RANGES if re.search(rf"\b{name}\b", json.dumps(body))]
    names = draw(st.permutations(used or ["width"]))[:3]
    limits = draw(st.sampled_from([None, {"params": 6000}, {"macs": 200_000}, {"memory": "1MiB"}]))
    axes = {name: {"min_value": RANGES[name][0], "max_value": RANGES[name][1]} for name in names}
    found = {"name": "net", "params": OWN, "input": {"shape": [14, 14, 4]}, "blocks": {"stage": STAGE}, "body": body}
    return {**found, **({"limits": limits} if limits else {}), "search": {"space": axes}}


def points(document: dict[str, Any]) -> Iterator[dict[str, int]]:
    names = list(document["search"]["space"])
    for each in product(*(range(RANGES[name][0], RANGES[name][1] + 1) for name in names)):
        yield dict(zip(names, each, strict=True))


def brute_force(document: dict[str, Any]) -> list[tuple[dict[str, int], bool]]:
    """Every point, and whether the spec fits there, asked of the whole checker each time."""
    text = json.dumps({key: value for key, value in document.items() if key != "search"})
    found = []
    for point in points(document):
        try:
            specs.loads(text, "net.yaml", **point)
        except specs.SpecError:
            found.append((point, False))
        else:
            found.append((point, True))
    return found


def surveys(document: dict[str, Any], monkeypatch: pytest.MonkeyPatch, budget: int | None) -> Survey | None:
    """What is said of the space; with a budget as if it were too large to try every point."""
    with monkeypatch.context() as patch:
        if budget is not None:
            patch.setattr(
                search_space,
                "survey",
                lambda space, nodes, attempt, judge, start: surveyed(space, budget, attempt, judge, start),
            )
        return specs._check(*read_text(json.dumps(document), "net.yaml"), {}).survey


laws = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


@laws
@given(documents())
def test_a_small_space_is_known_exactly(document: dict[str, Any]) -> None:
    survey = surveys(document, pytest.MonkeyPatch(), None)
    assume(survey is not None)
    assert survey is not None and survey.proven == 1
    for point, fits in brute_force(document):
        assert any(region.holds(point) for region in survey.regions) != fits, (point, survey.regions)


@laws
@given(documents(), st.sampled_from([5, 60, 400]))
def test_a_large_space_is_known_soundly(document: dict[str, Any], budget: int) -> None:
    survey = surveys(document, pytest.MonkeyPatch(), budget)
    assume(survey is not None)
    assert survey is not None
    for point, fits in brute_force(document):
        inside = any(region.holds(point) for region in survey.regions)
        assert not (inside and fits), f"{point} fits, but lies in {[str(each) for each in survey.regions]}"
        # Where all is proven, what lies in no region fits.
        assert survey.proven < 1 or inside != fits, (point, [str(each) for each in survey.regions])
