"""An export in several formats: each is asked by its own runtime, in a process without Keras, before it is there."""

import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from specs.errors import UserError
from zoo.exports import client, exporting, formats
from zoo.exports.formats import FORMATS
from zoo.exports.program import write_program

OTHERS = tuple(name for name in FORMATS if name != "saved_model")


@pytest.fixture(scope="module")
def every(run: zoo.Run, tmp_path_factory: pytest.TempPathFactory) -> zoo.ExportReport:
    """The trained run without a SavedModel, in every other format."""
    return zoo.export(run.directory, tmp_path_factory.mktemp("formats") / "tiny", formats=OTHERS)


def test_all_lie_in_one_directory_and_the_manifest_lists_them(every: zoo.ExportReport) -> None:
    manifest = json.loads((every.directory / "speczoo.json").read_text())
    assert manifest["formats"] == {name: FORMATS[name].files[0] for name in OTHERS}
    expected = {file for name in OTHERS for file in FORMATS[name].files}
    beside = {"spec.yaml", "README.md", "golden.npz"}
    assert set(manifest["files"]) == expected | beside
    assert {path.name for path in every.directory.iterdir()} >= {*expected, *beside, "speczoo.json"}


def test_every_format_has_passed_its_gate(every: zoo.ExportReport) -> None:
    assert set(every.differences) == set(OTHERS)
    assert all(each <= FORMATS[name].tolerance for name, each in every.differences.items())
    assert every.difference == max(every.differences.values())


@pytest.mark.parametrize("name", OTHERS)
def test_each_is_asked_at_any_batch_size(
    name: str, every: zoo.ExportReport, run: zoo.Run, dataset: zoo.Dataset
) -> None:
    ask = client.OPEN[name](str(every.directory / FORMATS[name].files[0]))
    for count in (1, 3, 32, 2):
        x = dataset.test.all().x["input"][:count].astype("float32")
        answer = ask("serving_default", {"input": x})["output"]
        np.testing.assert_allclose(answer, run.fit.model(x, training=False), rtol=0, atol=1e-5)


def test_predict_asks_the_format_that_is_there(every: zoo.ExportReport, exported: zoo.ExportReport) -> None:
    image = "examples/digits/digit.png"
    ours, theirs = (zoo.predict(each.directory, [image])[0].outputs["output"].top for each in (every, exported))
    assert [each.label for each in ours] == [each.label for each in theirs]
    assert [each.value for each in ours] == pytest.approx([each.value for each in theirs], abs=1e-5)


def test_formats_that_are_not_there_are_named(tiny: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"no such format \(got tflite, pb\); there are saved_model, onnx, litert"):
        zoo.export(tiny, tmp_path / "out", formats=["tflite", "onnx", "pb"])
    there = importlib.util.find_spec

    def find(name: str, package: str | None = None) -> object:
        return None if name in ("tf2onnx", "onnxruntime", "ai_edge_litert") else there(name, package)

    monkeypatch.setattr(formats, "importlib", SimpleNamespace(util=SimpleNamespace(find_spec=find)))
    with pytest.raises(UserError) as caught:
        zoo.export(tiny, tmp_path / "out", formats=list(FORMATS))
    assert str(caught.value) == (
        "onnx needs tf2onnx and onnxruntime; litert needs ai_edge_litert, not installed here; "
        "run: pip install 'speczoo[onnx,litert]'"
    )
    assert not list(tmp_path.iterdir())


TEXTS = """
name: words
input: {shape: [], dtype: string}
body:
  - TextVectorization: {vocabulary: [good, bad], output_sequence_length: 4}
  - Embedding: {input_dim: 4, output_dim: 2}
  - GRU: {units: 2}
  - Dense: {units: 1}
"""


def test_what_a_format_cannot_express_is_refused_by_layer_and_format(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        zoo.export(specs.loads(TEXTS), tmp_path / "words", formats=["onnx", "keras", "saved_model"])
    assert str(caught.value) == (
        "words: onnx cannot express the input 'input', text; leave out what cannot from --format"
    )
    series = specs.loads("{name: steps, input: {shape: [3, 1]}, body: [GRU: {units: 2}]}")
    with pytest.raises(UserError, match="litert cannot express the layer 'gru1', GRU"):
        zoo.export(series, tmp_path / "steps", formats=["litert"])
    assert not list(tmp_path.iterdir())


DEEP = """
name: deep
input: {shape: [6]}
body:
  - {Dense: {units: 5}, name: first}
  - {Dense: {units: 4}, name: second}
  - residual: {body: [Dense: {units: 4}, Dense: {units: 4}]}
  - {Dense: {units: 3}, name: last}
"""


def test_the_first_layer_that_differs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_other(model: zoo.backend.keras.Model, *arguments: Any, frozen: bool) -> Any:
        if "dense1" in {layer.name for layer in model.layers}:
            weight = model.get_layer("dense1").kernel
            weight.assign(weight + 0.01)
        return write_program(model, *arguments, frozen=frozen)

    monkeypatch.setattr(exporting, "write_program", write_other)
    with pytest.raises(zoo.ExportError) as caught:
        zoo.export(specs.loads(DEEP, file="deep.yaml"), tmp_path / "deep", formats=["onnx"])
    assert str(caught.value).startswith("onnx: the export computes other values than the model: off by ")
    assert str(caught.value).endswith("\nthe first layer that differs is 'dense1', Dense (deep.yaml:7:23)")
    assert not list(tmp_path.iterdir())


def test_an_answer_that_changes_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "asked.npz", allow_pickle=False, **{"serving_default/1/x": np.zeros(2, np.float32)})
    answers = iter((1.0, 1.0 + 1e-12))
    with pytest.raises(SystemExit, match="serving_default/1/y: the same question got another answer the second time"):
        client.answer(
            lambda _, inputs: {"y": np.array([next(answers)])}, str(tmp_path / "asked.npz"), str(tmp_path / "answered")
        )
    assert not (tmp_path / "answered.npz").exists()


def test_a_keras_file_with_layers_of_ours_is_loaded_with_them(tmp_path: Path) -> None:
    report = zoo.export(
        specs.loads("{name: most, input: {shape: [4]}, body: [Maxout: {units: 2, pieces: 2}]}"),
        tmp_path / "most",
        formats=["keras"],
    )
    assert client.has_ours(str(report.directory / "model.keras"))
    assert sys.modules["keras"] is not None
