"""From an export alone come the spec and the model that it was made from, and whether it still is what was written."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from specs.errors import RunError, UserError
from zoo.exports.golden import GOLDEN
from zoo.exports.manifest import MANIFEST
from zoo.exports.trust import sign
from zoo.files import sha256_of

MANY = """
name: many
inputs: {words: {shape: [], dtype: string}, numbers: {shape: [3]}}
blocks:
  branch: {body: [Dense: {units: 3}, BatchNormalization, ReLU]}
body:
  - {TextVectorization: {output_sequence_length: 4, vocabulary: [one, two, three]}, from: words}
  - Embedding: {input_dim: 5, output_dim: 2}
  - {GlobalAveragePooling1D, name: text}
  - {Normalization: {mean: [1, 2, 3], variance: [4, 4, 4]}, from: numbers}
  - {branch: {}, name: branch}
  - {Concatenate, from: [branch, text]}
  - Dropout: {rate: 0.5}
  - {Dense: {units: 2, activation: softmax}, name: main}
  - {Dense: {units: 2}, name: side, from: text}
outputs: {main: main, side: {from: side, loss_weight: 0.3, auxiliary: true}}
"""


def _rewritten(folder: Path, **changes: object) -> None:
    """What the manifest says otherwise, in the name of whoever wrote the export."""
    found = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**found, **changes}))
    sign(folder)


def _files(folder: Path) -> dict[str, str]:
    names = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: sha256_of(path) for name, path in names.items() if not name.startswith("speczoo.")}


def test_a_run_comes_back_as_it_was(run: zoo.Run, exported: zoo.ExportReport, tmp_path: Path) -> None:
    found = zoo.recover(exported.directory, tmp_path / "back")
    assert (found.name, found.finished, found.fresh) == ("tiny", True, ())
    assert found.difference <= 1e-6
    assert zoo.evaluate(found.directory) == zoo.evaluate(run.directory)
    for name in ("spec.yaml", "metrics.json", "classes.json"):
        assert (found.directory / name).read_text() == (run.directory / name).read_text()
    again = zoo.build(specs.load(found.directory / "spec.yaml"), weights=found.directory)
    for one, other in zip(again.weights, run.fit.model.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(again.trainable_variables) == len(run.fit.model.trainable_variables)
    with pytest.raises(UserError, match="back: exists already"):
        zoo.recover(exported.directory, tmp_path / "back")


def test_statistics_tables_and_fresh_weights_come_back(tmp_path: Path, spec: Callable[[str], Document]) -> None:
    report = zoo.export(spec(MANY), tmp_path / "many")
    found = zoo.recover(report.directory, tmp_path / "back")
    assert (found.finished, found.fresh) == (False, ("side",))
    assert sorted(path.name for path in found.directory.iterdir()) == ["model.keras", "spec.yaml"]
    assert zoo.verify_export(report.directory).difference == 0
    assert zoo.build(specs.load(found.directory / "spec.yaml"), weights=found.directory).get_layer("main")


def test_what_was_changed_since_is_told(exported: zoo.ExportReport, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(exported.directory, folder)
    variables = folder / "variables" / "variables.data-00000-of-00001"
    content = bytearray(variables.read_bytes())
    content[40] ^= 0x80  # the sign of a weight
    variables.write_bytes(content)
    for ask in (zoo.recover, zoo.verify_export):
        with pytest.raises(UserError, match="was changed after the export"):
            ask(folder)
    _rewritten(folder, files=_files(folder))
    with pytest.raises(UserError, match="variables: cannot be read"):  # TensorFlow has sums of its own
        zoo.recover(folder)


def test_other_answers_than_those_that_were_kept_are_told(exported: zoo.ExportReport, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(exported.directory, folder)
    with np.load(folder / GOLDEN) as kept:
        other = {name: value + 0.001 if name.startswith("expected/") else value for name, value in kept.items()}
    np.savez(folder / GOLDEN, allow_pickle=False, **other)
    _rewritten(folder, files=_files(folder))
    with pytest.raises(RunError, match="computes other values than the model"):
        zoo.verify_export(folder)
    with pytest.raises(RunError, match="computes other values than the model"):
        zoo.recover(folder, tmp_path / "back")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_weights_of_another_model_are_not_taken(exported: zoo.ExportReport, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(exported.directory, folder)
    spec = (folder / "spec.yaml").read_text()
    (folder / "spec.yaml").write_text(spec.replace("units: 16", "units: 17"))
    _rewritten(folder, files=_files(folder))
    with pytest.raises(UserError, match="has other weights than its spec; it was optimised, or is of another model"):
        zoo.recover(folder, tmp_path / "back")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
