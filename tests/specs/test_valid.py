"""Every shipped model and every spec in tests/valid has the table that tests/golden holds."""

from functools import cache
from pathlib import Path

import pytest

import specs
from specs.ops import OPS
from specs.render import graph_table
from tests.specs.golden import assert_golden

TESTS = Path(__file__).parents[1]
SPECS = {path.stem: path for path in (*sorted((TESTS / "valid").glob("*.yaml")), *specs.shipped().values())}


@cache
def lowered(name: str) -> specs.Graph:
    return specs.lower(specs.load(SPECS[name]))


@pytest.mark.parametrize("name", SPECS)
def test_table(name: str) -> None:
    graph = lowered(name)
    assert graph.name == name or name == "scalars"
    assert_golden(TESTS / "golden" / f"{name}.txt", graph_table(graph) + "\n")


def test_no_table_without_a_spec() -> None:
    assert {path.stem for path in (TESTS / "golden").glob("*.txt")} == set(SPECS)


def test_every_layer_is_in_some_valid_spec() -> None:
    used = {node.op for name in SPECS for node in lowered(name).nodes}
    assert used == set(OPS)


@pytest.mark.parametrize("name", SPECS)
def test_names_are_unique_and_inputs_come_before(name: str) -> None:
    graph = lowered(name)
    seen: set[str] = set()
    for node in graph.nodes:
        assert node.name not in seen
        assert node.name.isidentifier()
        assert set(node.inputs) <= seen
        seen.add(node.name)


@pytest.mark.parametrize("name", SPECS)
def test_names_are_the_same_each_time(name: str) -> None:
    assert specs.lower(specs.load(SPECS[name])) == lowered(name)


def test_every_shipped_model_states_its_figures() -> None:
    for name in specs.shipped():
        expects = specs.load(name).expects
        assert expects is not None, name
        assert None not in (expects.params, expects.macs, expects.output), name
