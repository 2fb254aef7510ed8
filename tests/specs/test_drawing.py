"""Pictures of models: complete, alike each time, and without one thing on top of another."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import specs
from cli import main
from specs.drawing.layered import GAP, layered
from specs.drawing.nested import nested
from specs.drawing.rows import overview
from specs.drawing.svg import drawing

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", sorted(specs.shipped()))
def test_every_shipped_model_is_drawn_with_all_its_layers(name: str) -> None:
    document = specs.load(name)
    graph = specs.lower(document)
    rows = [row for row in overview(graph).rows if not row.is_stage]
    stages = [row for row in overview(graph).rows if row.is_stage]
    drawn = [node.name for row in rows for item in row.items for node in item.nodes]
    assert len(drawn) == len(set(drawn))
    # Of stages that are built alike, one after the other, the first is shown.
    hidden = {node.name for row in stages for item in row.items[1:] for node in item.nodes}
    assert {*drawn, *hidden} == {node.name for node in graph.nodes}
    assert hidden or (sum(row.params for row in rows), sum(row.macs for row in rows)) == (graph.params, graph.macs or 0)
    assert len(rows) <= 60
    unfolded = list(leaves(nested(document, graph)["parts"]))
    assert sorted(part["number"] for part in unfolded) == list(range(len(graph.nodes)))
    assert sum(part["params"] for part in unfolded) == graph.params
    picture = ET.fromstring(drawing(document, graph))
    assert picture.tag == f"{SVG}svg"
    assert {row.says for row in rows if not row.letter} <= {each.text for each in picture.iter(f"{SVG}text")}


def leaves(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield from leaves(part["inside"]) if "inside" in part else [part]


def plans(name: str) -> dict[str, set[str]]:
    """Of each plan the blocks that have it."""
    found = overview(specs.lower(specs.load(name)))
    return {f"{number}": {item.name for item in uses} for number, uses in enumerate(found.plans)}


def test_blocks_of_one_kind_have_one_plan() -> None:
    dense = plans("densenet121")
    assert sorted(map(len, dense.values())) == [3, 58]
    inception = plans("inception_v3")
    assert inception["0"] == {"mixed0", "mixed1", "mixed2"}
    assert inception["2"] == {"mixed4", "mixed5", "mixed6", "mixed7"}
    assert sorted(map(len, plans("resnet50").values())) == [1, 3, 12], "projections, with strides, and identities"


def test_repeats_are_one_row() -> None:
    rows = [(row.name, len(row.items)) for row in overview(specs.lower(specs.load("resnet50"))).rows if row.level]
    assert rows[:4] == [("bottleneck1", 1), ("bottleneck2…3", 2), ("bottleneck1", 1), ("bottleneck2…4", 3)]


def test_connections_that_leave_rows_out_are_arcs() -> None:
    picture = ET.fromstring(drawing(document := specs.load("unet"), specs.lower(document)))
    assert sum(each.get("class") == "skip" for each in picture.iter(f"{SVG}path")) == 4
    picture = ET.fromstring(drawing(document := specs.load("vgg16"), specs.lower(document)))
    assert not [each for each in picture.iter(f"{SVG}path") if each.get("class") == "skip"]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_box_stands_on_another_and_arrows_go_down(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 14))
    widths = data.draw(st.lists(st.integers(8, 120), min_size=count, max_size=count))
    pairs = st.tuples(st.integers(0, count - 2), st.integers(1, count - 1)).filter(lambda pair: pair[0] < pair[1])
    edges = sorted(data.draw(st.sets(pairs, max_size=25)))
    found = layered(widths, edges)
    assert all(found.layers[start] < found.layers[end] for start, end in edges)
    assert all(len(found.routes[a, b]) == found.layers[b] - found.layers[a] - 1 for a, b in edges)
    for layer in set(found.layers):
        here = sorted((found.centres[box], widths[box]) for box in range(count) if found.layers[box] == layer)
        for (left, one), (right, other) in pairwise(here):
            assert right - left >= (one + other) / 2 + GAP - 1e-6
    assert all(
        x - width / 2 >= -1e-6 and x + width / 2 <= found.width + 1e-6
        for x, width in zip(found.centres, widths, strict=True)
    )


def test_the_same_model_gives_the_same_file_in_every_process(tmp_path: Path) -> None:
    texts = set()
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.svg"
        code = f"from cli import main; main(['show', 'inception_v3', '--svg', {str(out)!r}])"
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            cwd=Path(specs.__file__).parents[1],
        )
        texts.add(out.read_text())
    assert len(texts) == 1


def test_names_are_no_markup(tmp_path: Path) -> None:
    text = "name: a\nsummary: '<script>'\nsource: '<b>&'\ninput: {shape: [4]}\nbody: [Dense: {units: 2}]\n"
    (tmp_path / "a.yaml").write_text(text)
    done = CliRunner().invoke(main, ["show", str(tmp_path / "a.yaml"), "--svg", str(tmp_path / "a.svg")])
    assert done.exit_code == 0 and done.output.startswith("wrote ")
    written = (tmp_path / "a.svg").read_text()
    assert "<b>" not in written and "&lt;b&gt;&amp;" in written
    done = CliRunner().invoke(main, ["show", str(tmp_path / "a.yaml"), "--svg", str(tmp_path / "none" / "a.svg")])
    assert (done.exit_code, "cannot be written (No such file or directory)" in done.output) == (2, True)
