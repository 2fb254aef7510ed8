"""The card of an export says what is in it, and shows how it is called."""

import re
from pathlib import Path

import pytest
import yaml

import specs
import zoo
from specs.render.mermaid import MAX_MODEL, model_drawn
from zoo.exports.card import card
from zoo.exports.manifest import SERVING, described, read_manifest, serving_signature
from zoo.exports.origin import Data, Needs, Origin


def _fresh(document: specs.Document, **classes: tuple[str, ...]) -> str:
    needs = Needs(params=1, macs=None, memory=None)
    origin = Origin(needs=needs, data=(Data(name="csv", licence="<b>mine|", source=None),))
    graph, formats = specs.lower(document), {"saved_model": "saved_model.pb"}
    signatures = {SERVING: serving_signature(graph)}
    return card(described(graph, signatures, classes or None, {}, origin, {}, formats), document)


def test_the_card_tells_the_origin(run: zoo.Run, exported: zoo.ExportReport) -> None:
    text = (exported.directory / "README.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    assert yaml.safe_load(front)["metrics"] == list(run.metrics["test"])
    for told in (
        f"| accuracy | {run.metrics['test']['accuracy']:.4f} |",
        run.metrics["data"]["fingerprint"],
        "digits; licence: CC-BY-4.0; see https://archive.ics.uci.edu/dataset/80",
        f"{run.fit.model.count_params():,} parameters",
        f"keras {run.metrics['versions']['keras']}",
        "seed 0",
        "| input | `input` | batch×8×8×1 | float32 |",
        "`output`: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
        'n0["input<br/>8×8×1"] --> n1',
    ):
        assert told in body
    assert read_manifest(exported.directory).origin.runs[0].model_dump() == run.metrics


def test_the_example_of_the_card_runs(
    exported: zoo.ExportReport, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (exported.directory / "README.md").read_text(), re.DOTALL)
    monkeypatch.chdir(exported.directory)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.count(".") >= 10


def test_what_people_wrote_is_no_markup() -> None:
    text = "{name: two, summary: 'a <script>|', input: {shape: [null, 4]}, body: [Dense: {units: 2}]}"
    found = _fresh(specs.loads(text), output=("`a`\n# b", "c"))
    assert "fresh: nobody has trained" in found
    assert "&#96;a&#96; # b, c" in found
    assert "licence: &lt;b&gt;mine&#124;" in found
    assert "<script>" not in found
    assert "tf.zeros((1, 64, 4), tf.float32)" in found


def test_a_drawing_can_be_read_whatever_the_model(tmp_path: Path) -> None:
    layers = ", ".join(f"Dense: {{units: {number}}}" for number in range(1, 200))
    found = model_drawn(specs.loads(f"{{name: long, input: {{shape: [3]}}, body: [{layers}]}}"))
    assert 10 < len(found.splitlines()) <= MAX_MODEL + 1
    resnet = model_drawn(specs.load("resnet50"))
    assert resnet == model_drawn(specs.load("resnet50"))
    assert resnet.count("stage<br/>") == 4
    aside = """
name: two
inputs: {left: {shape: [3]}, right: {shape: [3]}}
body: [{Dense: {units: 2}, name: a, from: left}, {Dense: {units: 2}, name: b, from: right}, {Add, from: [a, b]}]
"""
    assert model_drawn(specs.loads(aside)).splitlines()[1:] == [
        '    n0["left<br/>3"] --> n2',
        '    n1["right<br/>3"] --> n3',
        '    n2["Dense 2<br/>2, 8 params"] --> n4',
        '    n3["Dense 2<br/>2, 8 params"] --> n4',
        '    n4["Add<br/>2"]',
    ]
