"""A param that does nothing at a point has one value there, for the oracle and for the record (keras-tuner #331)."""

from typing import Any

import pytest

import specs
from specs.sections.search import OracleName, Search, Value
from tests.tuner.made_up import EPOCHS, ORACLES
from tests.tuner.made_up import settings as search_of
from tuner.fitting import all_fit
from tuner.oracles import Oracle

TEXT = """
name: net
params: {{units: 16, rate: 0.1, size: small, method: plain, momentum: 0.9}}
input: {{shape: [8, 8, 1]}}
body:
  - Flatten
  - {{Dense: {{units: $units}}, when: $(size == 'large')}}
  - {{Dropout: {{rate: $rate}}, when: $(size == 'large')}}
  - Dense: {{units: 10}}
train:
  data: {{npz: {{path: a.npz}}}}
  optimizer: {{SGD: {{momentum: "$(momentum if method == 'heavy' else 0.0)"}}}}
search:
  space: {{size: {{values: [small, large]}}, {}}}
"""
LISTED = "units: {values: [8, 16, 32]}, method: {values: [plain, heavy]}, momentum: {values: [0.5, 0.9]}"
RANGES = "rate: {min_value: 0.0, max_value: 0.5}, units: {min_value: 8, max_value: 64}"


def document_of(space: str) -> specs.Document:
    return specs.loads(TEXT.format(space), "net.yaml")


def proposed(document: specs.Document, name: OracleName, count: int) -> list[dict[str, Value]]:
    assert document.search is not None
    search: Search = search_of(name, count, space=document.search.space)
    oracle = Oracle(search, document.params, EPOCHS, all_fit, settle=specs.settling(document))
    found: list[dict[str, Value]] = []
    while len(found) < count and (proposal := oracle.propose()) is not None:
        found.append(dict(proposal.values))
        oracle.tell(proposal.id, sum(len(str(value)) for value in proposal.values.values()) / 10)
    return found


def key(point: dict[str, Value]) -> tuple[Value, ...]:
    return tuple(point[name] for name in sorted(point))


@pytest.mark.parametrize("name", ["random", "grid", "tpe"])
def test_points_that_differ_only_in_what_is_inactive_are_one_trial(name: OracleName) -> None:
    """24 points: 4 kinds of layers by 3 of optimizers are different, and each of these is tried once."""
    found = proposed(document_of(LISTED), name, 30)
    assert len(found) == len({key(each) for each in found}) == 12
    assert {each["units"] for each in found if each["size"] == "small"} == {16}, "the spec's own"
    assert {each["momentum"] for each in found if each["method"] == "plain"} == {0.9}
    assert {each["units"] for each in found if each["size"] == "large"} == {8, 16, 32}


@pytest.mark.parametrize("name", ORACLES)
def test_a_range_is_inactive_where_both_its_ends_are(name: OracleName) -> None:
    count = 6 if name == "bayesian" else 9
    found = proposed(document_of(RANGES), name, 200 if name == "grid" else count)
    small = [each for each in found if each["size"] == "small"]
    # Hyperband takes a point up again; of the others each has one point without what the large one has.
    assert {key(each) for each in small} == {key({"rate": 0.1, "units": 16, "size": "small"})} or name == "grid"
    assert len(small) == 1 or name in ("hyperband", "grid")
    assert len({each["rate"] for each in found}) > 2
    if name == "grid":
        assert len({key(each) for each in small}) == 1


def test_what_acts_is_left_as_it_is() -> None:
    settle = specs.settling(document_of(f"{LISTED}, rate: {{min_value: 0.0, max_value: 0.5}}"))
    assert settle is not None
    rest: dict[str, Any] = {"size": "small", "units": 16, "method": "plain", "momentum": 0.9, "rate": 0.1}
    other: dict[str, Any] = {"size": "large", "units": 32, "method": "heavy", "momentum": 0.5, "rate": 0.3}
    assert settle(other, rest) == other
    assert settle({**other, "size": "small"}, rest) == {**other, "size": "small", "units": 16, "rate": 0.1}
    assert settle({**other, "method": "plain"}, rest) == {**other, "method": "plain", "momentum": 0.9}


ALONE = """
name: net
params: {units: 16, rate: 0.1}
input: {shape: [4]}
body: [Dropout: {rate: $rate}, Dense: {units: $units}]
search: {space: {units: {min_value: 8, max_value: 64}, rate: {min_value: 0.0, max_value: 0.5}}}
"""


def test_where_no_param_decides_on_another_nothing_is_asked() -> None:
    assert specs.settling(specs.loads(ALONE, "net.yaml")) is None
