"""Shipped models, in the settings that were published, have the published figures: of the whole and layer by layer.

tests/reference/<family>.json holds, by shipped name, one setting or a list of them: `params` put into the spec, the
figures `total`, `trainable` and `macs`, and the `id` under which reference.json and layer_tables.json have them, or
where there is none, the `source`. The figures are checked everywhere; that they are the reference's, and that the
layers are those of its tables, where ../shared/reference lies beside the project, or where SPECZOO_REFERENCE says.
"""

import json
import math
import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import specs
from specs.graph import Graph, Node

TESTS = Path(__file__).parents[1]
REFERENCE = Path(os.environ.get("SPECZOO_REFERENCE", TESTS.parents[1] / "shared" / "reference"))
OURS = ("detection", "digits", "tabular", "text", "series")
"""Families of models that are nobody else's."""
FIGURES = ("total", "trainable", "macs")

Row = tuple[tuple[int | None, ...], int, int, int]
"""Output shape without leading ones, trainable weights, others, multiply-accumulates."""


def settings() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every shipped name with each of its settings."""
    for path in sorted((TESTS / "reference").glob("*.json")):
        for name, found in json.loads(path.read_text(encoding="utf-8")).items():
            for setting in found if isinstance(found, list) else [found]:
                yield name, setting


def _label(name: str, setting: dict[str, Any]) -> str:
    return f"{name}-{setting.get('id', 'source')}"


SETTINGS = list(settings())
each_setting = pytest.mark.parametrize(("name", "setting"), SETTINGS, ids=[_label(*each) for each in SETTINGS])


@cache
def _read(file: str) -> Any:
    if not (REFERENCE / file).exists():
        pytest.skip(f"{REFERENCE} holds no {file}: the reference does not lie beside the project")
    return json.loads((REFERENCE / file).read_text(encoding="utf-8"))


@cache
def _with(name: str, params: str) -> Graph:
    return specs.lower(specs.load(name, **json.loads(params)))


def _lowered(name: str, setting: dict[str, Any]) -> Graph:
    return _with(name, json.dumps(setting.get("params", {})))


@each_setting
def test_figures_are_the_published_ones(name: str, setting: dict[str, Any]) -> None:
    graph = _lowered(name, setting)
    found = graph.params, graph.trainable, graph.macs
    assert found == tuple(setting[figure] for figure in FIGURES)
    assert setting.keys() <= {"id", "source", "params", *FIGURES}
    assert ("id" in setting) != ("source" in setting)


def test_every_model_has_figures_from_elsewhere() -> None:
    ours = {name for name, path in specs.shipped().items() if path.parent.name in OURS}
    assert {name for name, _ in SETTINGS} == specs.shipped().keys() - ours


@each_setting
def test_figures_are_copied_right(name: str, setting: dict[str, Any]) -> None:
    if "id" not in setting:
        pytest.skip(f"not in the reference: {setting['source']}")
    model = _read("reference.json")["models"][setting["id"]]
    assert [setting[figure] for figure in FIGURES] == [model["params_total"], model["params_trainable"], model["macs"]]


@each_setting
def test_layers_are_those_of_the_reference(name: str, setting: dict[str, Any]) -> None:
    tables = _read("layer_tables.json")
    if setting.get("id") not in tables:
        pytest.skip("the reference has no table of its layers")
    assert Counter(rows_of(_lowered(name, setting))) == Counter(rows_of_table(tables[setting["id"]]))


def rows_of_table(table: list[dict[str, Any]]) -> Iterator[Row]:
    """The rows of a reference table that have weights or multiply-accumulates, a norm in a row of its own."""
    for row in table:
        out, trainable, others = _without_ones(row["out"]), row["trainable"], row["non_trainable"]
        norm = (1 if "noscale" in row["desc"] else 2) * row["out"][-1] if "bn=" in row["desc"] and others else 0
        if norm:
            yield out, norm, others, 0
        if trainable > norm or row["macs"] or (others and not norm):
            yield out, trainable - norm, 0 if norm else others, row["macs"]


def rows_of(graph: Graph) -> Iterator[Row]:
    """The same rows of a graph."""
    nodes = {node.name: node for node in graph.nodes}
    for node in graph.nodes:
        trainable, macs = node.trainable, node.macs or 0
        if node.op == "SeparableConv2D":
            depthwise = _depthwise_row(node, nodes[node.inputs[0]])
            yield depthwise
            trainable, macs = trainable - depthwise[1], macs - depthwise[3]
        if trainable or node.non_trainable or macs:
            yield _without_ones(node.output_shape), trainable, node.non_trainable, macs


def _depthwise_row(node: Node, before: Node) -> Row:
    """The tables give the two halves of a separable convolution a row each."""
    args: Any = node.args
    channels = (before.output_shape[-1] or 0) * args.depth_multiplier
    weights = math.prod(args.kernel_size) * channels
    positions = [size or 0 for size in node.output_shape[:-1]]
    return (*positions, channels), weights, 0, weights * math.prod(positions)


def _without_ones(shape: Any) -> tuple[int | None, ...]:
    """A dense layer's (10,) is (1, 1, 10) in the tables."""
    sizes = list(shape)
    while len(sizes) > 1 and sizes[0] == 1:
        del sizes[0]
    return tuple(sizes)
