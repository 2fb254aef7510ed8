"""Several tasks at once: what digits have to be learnt, and weights of losses that are learnt with the model."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from zoo.backend import keras
from zoo.building import build
from zoo.data import load_data
from zoo.run_directory import METRICS
from zoo.tasks import TaskModel, Uncertain, weighing_tasks

SPEC = """
name: tasks
extends: digits_tasks
params: {units: 8, batch_size: 256, learning_rate: 1e-2}
train: {epochs: 3, early_stopping: null}
"""


def test_each_output_learns_what_it_is_told_of_a_digit() -> None:
    text = SPEC.replace("epochs: 3", "data: {digits: {target: {digit: odd, ink: ink}}}, epochs: 3")
    document = specs.loads(text.replace("params:", "body: {digit: {Dense: {units: 2}}}\nparams:"))
    data = load_data(document)
    examples = data.train.examples
    digit = load_data(specs.load("digits_mlp")).train.examples.y["output"]
    np.testing.assert_array_equal(examples.y["digit"], digit % 2)
    assert dict(data.classes) == {"digit": ("even", "odd")}
    pixels = examples.x["input"].take(np.arange(len(digit)))
    np.testing.assert_allclose(examples.y["ink"], pixels.mean(axis=(1, 2, 3)) / 255, rtol=1e-4)


def test_a_learnt_weight_is_what_the_paper_says() -> None:
    s = keras.Variable(0.7)
    y, p = np.array([[1.0], [2.0]], "float32"), np.array([[0.0], [0.0]], "float32")
    loss = Uncertain(keras.losses.MeanSquaredError(), s, 0.5)
    assert float(loss(y, p)) == pytest.approx(0.5 * np.exp(-0.7) * 2.5 + 0.35, rel=1e-5)
    assert float(loss(y, p, np.array([0.0, 1.0], "float32"))) == pytest.approx(np.exp(-0.7) + 0.35, rel=1e-5)


def test_weights_are_learnt_reported_and_survive_a_stop(tmp_path: Path) -> None:
    document, told = specs.loads(SPEC), "log_variance_ink"
    whole = zoo.train(document, tmp_path / "whole")
    assert whole.fit.history[-1][told] < whole.fit.history[0][told] < 0
    assert whole.fit.history[-1]["log_variance_digit"] != whole.fit.history[-1][told]

    def stop(epoch: int, logs: Any) -> None:
        if epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        zoo.train(document, tmp_path / "cut", on_epoch=stop)
    assert not (tmp_path / "cut" / METRICS).exists()
    shutil.copytree(tmp_path / "cut", tmp_path / "copy")
    again = zoo.resume(tmp_path / "copy")
    assert again.fit.history == whole.fit.history


def test_a_run_keeps_the_model_without_them(tmp_path: Path) -> None:
    document = specs.loads(SPEC.replace("epochs: 3", "epochs: 1"))
    run = zoo.train(document, tmp_path / "run")
    assert isinstance(run.fit.model, TaskModel)
    kept = keras.models.load_model(tmp_path / "run" / "model.keras", compile=False)
    graph = specs.lower(document)
    assert kept.count_params() == graph.params == run.fit.model.count_params() - 2
    found = zoo.evaluate(run.directory).metrics
    assert found["accuracy"] == pytest.approx(run.metrics["test"]["accuracy"])
    assert document.train is not None
    plain = document.train.model_copy(update={"task_weights": "fixed"})
    model = build(graph)
    assert weighing_tasks(model, graph, plain) is model
