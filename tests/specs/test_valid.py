"""Every shipped model and every spec in tests/valid has the table that tests/golden holds."""

from pathlib import Path

import pytest

import specs
from specs.ops import OPS
from specs.render import graph_table
from tests.specs.golden import assert_golden

TESTS = Path(__file__).parents[1]
SPECS = {path.stem: path for path in (*sorted((TESTS / "valid").glob("*.yaml")), *specs.shipped().values())}


@pytest.mark.parametrize("name", SPECS)
def test_table(name: str) -> None:
    graph = specs.lower(specs.load(SPECS[name]))
    assert graph.name == name or name == "scalars"
    assert_golden(TESTS / "golden" / f"{name}.txt", graph_table(graph) + "\n")


def test_no_table_without_a_spec() -> None:
    assert {path.stem for path in (TESTS / "golden").glob("*.txt")} == set(SPECS)


def test_every_layer_is_in_some_valid_spec() -> None:
    used = {node.op for path in SPECS.values() for node in specs.lower(specs.load(path)).nodes}
    assert used == set(OPS)


@pytest.mark.parametrize("name", SPECS)
def test_names_are_unique_and_inputs_come_before(name: str) -> None:
    graph = specs.lower(specs.load(SPECS[name]))
    seen: set[str] = set()
    for node in graph.nodes:
        assert node.name not in seen
        assert node.name.isidentifier()
        assert set(node.inputs) <= seen
        seen.add(node.name)


@pytest.mark.parametrize("name", SPECS)
def test_names_are_the_same_each_time(name: str) -> None:
    first, second = (specs.lower(specs.load(SPECS[name])) for _ in range(2))
    assert first == second


def test_every_shipped_model_states_its_figures() -> None:
    for name in specs.shipped():
        expects = specs.load(name).expects
        assert expects is not None, name
        assert None not in (expects.params, expects.macs, expects.output), name
