"""A searched param that changes nothing in the built model is reported, and one that does is not."""

from pathlib import Path

import pytest

import specs
from specs.load import read_text

HEAD = """
name: net
params: {units: 8, rate: 0.1, depth: 1, order: conv-norm-act, size: small, limit: 5000, seed: 1, floor: 4}
input: {shape: [8, 8, 1]}
"""
SHADOWED = """
defaults: {Dense: {units: $units}}
body:
  - Flatten
  - Dense: {units: 10}
"""
BLOCK = """
blocks:
  head:
    params: {units: 8}
    body: [Dense: {units: $units}]
body:
  - Flatten
  - head: {units: 10}
"""
NEVER = """
body:
  - Flatten
  - Dropout: {rate: $rate}
    when: false
  - Dense: {units: 10}
"""
UNREPEATED = """
body:
  - Flatten
  - Dense: {units: $units}
    repeat: 0
  - Dense: {units: 10}
"""
CLIPPED = """
body:
  - Flatten
  - Dense: {units: "$(max(units, 100))"}
  - Dense: {units: 10}
"""
DEPENDS = """
body:
  - Flatten
  - Dropout: {rate: $rate}
    when: $(size == 'large')
  - Dense: {units: 10}
"""
LIMITED = """
limits: {params: $limit}
body:
  - Flatten
  - Dense: {units: 10}
"""
TRAINED = """
body:
  - Flatten
  - Dense: {units: 10}
train: {data: {npz: {path: a.npz}}, optimizer: {Adam: {learning_rate: $rate}}}
"""
OVERWRITTEN = """
defaults: {conv: {order: $order}}
body:
  - conv: {filters: 4, kernel_size: 3, order: conv-norm-act}
  - Flatten
  - Dense: {units: 10}
"""
ITSELF = """
body:
  - Flatten
  - Dense: {units: 10}
"""

RATE = "rate: {min_value: 0.0, max_value: 0.5}"
UNITS = "units: {min_value: 4, max_value: 64}"


def told(body: str, space: str, more: str = "") -> list[str]:
    """The searched params that are said to change nothing."""
    proof = specs._check(*read_text(f"{HEAD}{body}search: {{space: {{{space}}}{more}}}\n", "net.yaml"), {})
    assert all("changes nothing" in problem.message for problem in proof.problems), proof.problems
    return [problem.path.removeprefix("search.space.") for problem in proof.problems]


@pytest.mark.parametrize(
    ("body", "space", "found"),
    [
        (SHADOWED, UNITS, ["units"]),
        (SHADOWED.replace("{units: 10}", "{}"), UNITS, []),
        (BLOCK, "units: {values: [8, 16]}", ["units"]),
        (BLOCK.replace("units: 10", "units: $units"), "units: {values: [8, 16]}", []),
        (NEVER, RATE, ["rate"]),
        (NEVER.replace("false", "true"), RATE, []),
        (UNREPEATED, UNITS, ["units"]),
        (UNREPEATED.replace("repeat: 0", "repeat: 1"), UNITS, []),
        (CLIPPED, UNITS, ["units"]),
        (CLIPPED.replace("100", "50"), UNITS, []),
        (DEPENDS, RATE, ["rate"]),
        (DEPENDS, f"{RATE}, size: {{values: [small, large]}}", []),
        (DEPENDS, f"{RATE}, size: {{values: [small, tiny]}}", ["rate", "size"]),
        (LIMITED, "limit: {values: [5000, 6000]}", ["limit"]),
        (TRAINED, RATE.replace("0.0", "0.1"), []),
        (OVERWRITTEN, "order: {values: [conv-norm-act, norm-act-conv]}", ["order"]),
        (OVERWRITTEN.replace(", order: conv-norm-act}", "}"), "order: {values: [conv-norm-act, norm-act-conv]}", []),
        (ITSELF, "seed: {values: [1, 2]}", ["seed"]),
    ],
)
def test_what_changes_nothing_is_told(body: str, space: str, found: list[str]) -> None:
    assert told(body, space, ", seed: $seed" if body == ITSELF else "") == found


def test_between_two_ends_that_give_the_same_a_param_may_act() -> None:
    body = CLIPPED.replace("max(units, 100)", "100 + (units - 4) * (64 - units)")
    assert told(body, UNITS) == []


BROKEN = """
name: net
params: {units: 8, rate: 0.1, window: 3, idle: 1}
input: {shape: [8, 8, 1]}
body:
  - Conv2D: {filters: 4, kernel_size: $window}
  - Dropout: {rate: $rate}
  - Flatten
  - Dense: {units: $units}
search:
  objective: val_accuracy
  space:
    units: {min_value: 9, max_value: 2}
    window: {values: [3, 9]}
    rate: {values: [0.1, 1.5]}
    idle: {values: [1, 2]}
    unit: {values: [1]}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("min_value: 9", "min_value: 9"),
        ("{min_value: 9, max_value: 2}", "[1, 2]"),
        ("val_accuracy", "val_acc"),
        ("min_value: 9", "min_value: 0"),
    ],
)
def test_one_broken_axis_hides_nothing_of_the_others(old: str, new: str, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(BROKEN.replace(old, new))
    found = {problem.path for problem in specs.check(path).problems}
    assert {"search.space.window.values[1]", "search.space.rate.values[1]", "search.space.unit"} <= found
    assert "search.space.idle" in found
    assert len(found) == 5 + (new == "val_acc"), "units by itself, and what else is wrong"
