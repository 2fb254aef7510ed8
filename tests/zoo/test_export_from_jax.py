"""A model on JAX goes through a Keras file and a process on TensorFlow, which is held to JAX's answers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import specs
import zoo
from specs.errors import UserError
from zoo.building import build
from zoo.exports import elsewhere
from zoo.exports.verifying import golden_inputs, golden_outputs

pytest.importorskip("jax")

ROOT = Path(zoo.__file__).parents[1]

SPEC = """
name: from_jax
input: {shape: [8, 8, 3]}
body:
  - Rescaling: {scale: $(1 / 255)}
  - conv: {filters: 6, kernel_size: 3, padding: same}
  - residual: {body: [conv: {filters: 6, kernel_size: 3, padding: same}]}
  - GlobalAveragePooling2D
  - Dense: {units: 4, activation: softmax}
"""

DRIVER = """
import zoo
report = zoo.export("from_jax.yaml", "out", formats=["saved_model", "onnx", "keras"])
print(report.name, report.trained, sorted(report.differences), report.difference < 1e-5)
"""


def test_an_export_from_jax_answers_as_jax_does(tmp_path: Path) -> None:
    (tmp_path / "from_jax.yaml").write_text(SPEC)
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "from_jax False ['keras', 'onnx', 'saved_model'] True"
    manifest = json.loads((tmp_path / "out" / "speczoo.json").read_text())
    assert manifest["formats"] == {"saved_model": "saved_model.pb", "onnx": "model.onnx", "keras": "model.keras"}
    assert {path.name for path in tmp_path.iterdir()} == {"from_jax.yaml", "out"}


def test_other_answers_than_jax_s_are_refused(tmp_path: Path) -> None:
    graph = specs.lower(specs.loads(SPEC))
    model = build(graph)
    answers = golden_outputs(model, graph, golden_inputs(graph))
    np.savez(tmp_path / elsewhere.ANSWERS, allow_pickle=False, **answers)
    handed = elsewhere.Handed(tmp_path)
    handed.check(answers)
    key = next(iter(answers))
    with pytest.raises(zoo.ExportError, match=f"{key}: TensorFlow computes other values than .*: off by"):
        handed.check({**answers, key: answers[key] + np.float32(0.5)})
    with pytest.raises(zoo.ExportError, match="off by nan"):
        handed.check({**answers, key: np.full_like(answers[key], np.nan)})


def test_what_is_refused_there_is_refused_here(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    document = specs.loads(SPEC)
    graph = specs.lower(document)
    model = build(graph)
    answers = golden_outputs(model, graph, golden_inputs(graph))
    with pytest.raises(UserError, match=r"out: is not an export of speczoo: it has no speczoo\.json"):
        elsewhere.hand_over(
            document,
            model,
            answers,
            target=str(tmp_path / "out"),
            formats=("saved_model",),
            optimize=False,
            quantize=None,
        )
