"""A training as a directory."""

import csv
import errno
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from specs.errors import RunError, UserError
from tests.zoo.conftest import TINY
from zoo import run_directory, run_files
from zoo.backend import keras
from zoo.epochs import Watch

FILES = [
    "classes.json", "confusion.svg", "curves.svg", "evaluation.json", "history.csv", "history.json", "logs",
    "metrics.json", "model.keras", "run.json", "spec.yaml",
]  # fmt: skip


def test_the_directory_holds_everything(run: zoo.Run) -> None:
    assert sorted(path.name for path in run.directory.iterdir()) == FILES
    assert json.loads((run.directory / "classes.json").read_text()) == {"output": list("0123456789")}
    rows = json.loads((run.directory / "history.json").read_text())
    assert rows == [{"epoch": epoch, **logs} for epoch, logs in enumerate(run.fit.history, start=1)]
    with (run.directory / "history.csv").open() as file:
        assert [float(row["val_loss"]) for row in csv.DictReader(file)] == [row["val_loss"] for row in rows]


def test_the_metrics_tell_how_they_came_about(run: zoo.Run, tiny: Document, dataset: zoo.Dataset) -> None:
    metrics = json.loads((run.directory / "metrics.json").read_text())
    assert metrics == run.metrics
    assert metrics["params"] == {"units": 16, "learning_rate": 0.01}
    assert metrics["data"]["fingerprint"] == dataset.fingerprint
    assert metrics["data"]["examples"] == {"train": 1168, "validation": 270, "test": 359}
    assert metrics["versions"]["keras"] == keras.__version__
    assert (metrics["epochs"], metrics["best_epoch"]) == (4, run.fit.best_epoch + 1)
    assert metrics["validation"]["loss"] == pytest.approx(run.fit.history[-1]["val_loss"], rel=1e-4)
    assert metrics["test"]["accuracy"] > 0.8


def test_the_spec_of_a_run_makes_the_same_model(run: zoo.Run, tiny: Document) -> None:
    again = specs.load(run.directory / "spec.yaml")
    assert again.params == tiny.params
    assert specs.lower(again).params == specs.lower(tiny).params


def test_params_are_kept_in_the_spec(tiny: Document, tmp_path: Path) -> None:
    run = zoo.train(tiny, out=tmp_path / "run", units=3)
    assert specs.load(run.directory / "spec.yaml").params["units"] == 3
    assert run.fit.model.get_layer("dense1").units == 3


def test_runs_are_numbered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo.run_directory import new_directory

    monkeypatch.chdir(tmp_path)
    for expected in ("runs/tiny", "runs/tiny-2", "runs/tiny-3"):
        with new_directory("tiny", None) as directory:
            assert directory == Path(expected)


def test_a_directory_that_is_there_is_refused_before_training(tiny: Document, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="exists already; name a new directory"):
        zoo.train(tiny, out=tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot be made \(Not a directory\)"):
        zoo.train(tiny, out=tmp_path / "file" / "run")


def test_a_full_disk_is_said(tiny: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run_files, "write_text_atomically", full)
    with pytest.raises(RunError, match=r"run: cannot be written \(No space left on device\)$"):
        zoo.train(tiny, out=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_training_that_is_interrupted_in_its_first_epoch_leaves_nothing(
    tiny: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(self: Watch, batch: int, logs: object) -> None:
        assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["run.json", "spec.yaml"]
        raise KeyboardInterrupt

    monkeypatch.setattr(Watch, "_batch", interrupt)
    with pytest.raises(KeyboardInterrupt):
        zoo.train(tiny, out=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


EARLY = "early_stopping: {monitor: val_loss, patience: 9}"


@pytest.mark.parametrize("stopping", ["", EARLY])
def test_a_training_that_is_interrupted_later_keeps_what_there_is(
    dataset: zoo.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopping: str
) -> None:
    """In the third epoch: the weights are those at the end of the second, without the batches that came after."""
    batch_end = Watch._batch

    def interrupt(self: Watch, batch: int, logs: Any) -> None:
        batch_end(self, batch, logs)
        if (self.epoch, batch) == (2, 5):
            raise KeyboardInterrupt

    document = specs.loads(f"{TINY}  {stopping}\n", file="tiny.yaml")
    monkeypatch.setattr(Watch, "_batch", interrupt)
    with pytest.raises(
        run_directory.Interrupted,
        match=r"stopped; .*without metrics\.json; go on with: zoo train --resume .*run$",
    ):
        zoo.train(document, out=tmp_path / "run")
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == sorted(
        {*FILES, "checkpoint.npz"} - {"confusion.svg", "evaluation.json", "metrics.json"}
    )
    rows = json.loads((tmp_path / "run" / "history.json").read_text())
    assert [row["epoch"] for row in rows] == [1, 2]
    model = zoo.build(specs.load(tmp_path / "run" / "spec.yaml"))
    model.load_weights(tmp_path / "run" / "model.keras")
    whole = zoo.fit(document, dataset, epochs=2).model
    for one, other in zip(model.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_errors_after_an_epoch_keep_their_kind_and_say_what_is_kept(tiny: Document, tmp_path: Path) -> None:
    """An OSError of the caller's, such as of a pipe that nobody reads, says nothing about the directory."""

    def gone(epoch: int, logs: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    def diverge(epoch: int, logs: object) -> None:
        raise zoo.Diverged("tiny", epoch, "loss", float("nan"))

    with pytest.raises(BrokenPipeError) as pipe:
        zoo.train(tiny, out=tmp_path / "a", on_epoch=gone)
    with pytest.raises(zoo.Diverged, match=r"a lower learning_rate; .*b holds what there is, without metrics\.json$"):
        zoo.train(tiny, out=tmp_path / "b", on_epoch=diverge)
    assert pipe.value.__notes__ == [f"{tmp_path / 'a'} holds what there is, without metrics.json"]
    assert all((tmp_path / name / "model.keras").is_file() for name in "ab")


def test_numbers_that_are_not_finite_are_null_in_json(
    tiny: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Watch._end

    def strange(self: Watch, epoch: int, logs: Any) -> None:
        append(self, epoch, {**logs, "accuracy": math.nan})

    monkeypatch.setattr(Watch, "_end", strange)
    document = replace(tiny, params={**tiny.params, "unused": math.inf})
    run = zoo.train(document, out=tmp_path / "run")
    metrics = json.loads((run.directory / "metrics.json").read_text())
    assert metrics == run.metrics
    assert metrics["params"] == {**tiny.params, "unused": None}
    rows = json.loads((run.directory / "history.json").read_text())
    assert [row["accuracy"] for row in rows] == [None] * 4


def test_the_spec_of_a_run_finds_its_data_again(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    labels = np.arange(40) % 2
    np.savez(tmp_path / "data" / "two.npz", x=labels[:, None, None] * np.full((40, 4, 4), 255.0), y=labels)
    text = "{name: two, input: {shape: [4, 4, 1]}, body: [Flatten, Dense: {units: 2, activation: softmax}]}"
    data = "{train: {epochs: 1, data: {npz: {path: data/two.npz}}}}"
    (tmp_path / "two.yaml").write_text(f"{text[:-1]}, {data[1:]}")
    run = zoo.train(str(tmp_path / "two.yaml"), out=tmp_path / "deep" / "runs" / "two")
    again = specs.load(run.directory / "spec.yaml")
    assert zoo.load_data(again).fingerprint == run.metrics["data"]["fingerprint"]
