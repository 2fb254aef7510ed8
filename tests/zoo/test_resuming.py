"""A training that is killed and taken up again ends as if it had not been."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from specs.errors import RunError, UserError
from tests.zoo.conftest import TINY
from zoo import running
from zoo.backend import keras
from zoo.epochs import Watch

EARLY = TINY.replace("epochs: 4", "epochs: 6").replace("units: 16", "units: 4")
EARLY += "  early_stopping: {monitor: val_accuracy, patience: 1, min_delta: 0.03}\n"
TIMES = {"seconds"}
"""What of the metrics may differ."""


def cut_off_at(monkeypatch: pytest.MonkeyPatch, epoch: int, step: int) -> None:
    """Ends the process' training in the middle of an epoch with nothing but what is on the disk."""
    batch_end = Watch._batch

    def interrupt(self: Watch, batch: int, logs: Any) -> None:
        batch_end(self, batch, logs)
        if (self.epoch, batch) == (epoch, step):
            raise MemoryError

    monkeypatch.setattr(Watch, "_batch", interrupt)


@pytest.mark.parametrize("text", [TINY, EARLY], ids=["all epochs", "early stopping"])
def test_the_result_is_that_of_a_training_in_one_go(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = specs.loads(text, file="tiny.yaml")
    whole = zoo.train(document, out=tmp_path / "whole")
    for number, place in enumerate([(1, 0), (2, 30)]):
        with monkeypatch.context() as patch, pytest.raises(MemoryError):
            cut_off_at(patch, *place)
            zoo.resume(tmp_path / "cut") if number else zoo.train(document, out=tmp_path / "cut")
        assert not (tmp_path / "cut" / "metrics.json").exists()
    again = zoo.resume(tmp_path / "cut")
    assert again.fit.history == whole.fit.history
    assert without(again.metrics) == without(whole.metrics)
    for one, other in zip(again.fit.model.get_weights(), whole.fit.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert sorted(path.name for path in (tmp_path / "cut").iterdir()) == sorted(
        path.name for path in (tmp_path / "whole").iterdir()
    )


def without(metrics: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metrics.items() if name not in TIMES}


def test_killed_after_the_last_epoch(tiny: Document, run: zoo.Run, tmp_path: Path, monkeypatch: Any) -> None:
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(running, "_metrics", lambda *arguments: 1 / 0)
        zoo.train(tiny, out=tmp_path / "cut")
    assert without(zoo.resume(tmp_path / "cut").metrics) == without(run.metrics)


def test_what_cannot_go_on(run: zoo.Run, tiny: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"is no run that could go on: it has no run\.json"):
        zoo.resume(tmp_path)
    with pytest.raises(UserError, match="is complete; there is nothing to go on with"):
        zoo.resume(run.directory)
    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        cut_off_at(patch, 1, 0)
        zoo.train(tiny, out=tmp_path / "cut")
    begun = tmp_path / "cut" / "run.json"
    kept = begun.read_text()
    begun.write_text(json.dumps({**json.loads(kept), "fingerprint": "0"}))
    with pytest.raises(UserError, match="the data is not what the training was begun with"):
        zoo.resume(tmp_path / "cut")
    begun.write_text(kept)
    (tmp_path / "cut" / "checkpoint.npz").write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(RunError, match=r"checkpoint\.npz: is damaged"):
        zoo.resume(tmp_path / "cut")


def test_one_process_at_a_time(tiny: Document, tmp_path: Path) -> None:
    def another(epoch: int, logs: object) -> None:
        with pytest.raises(UserError, match="another process is at work in it"):
            zoo.resume(tmp_path / "run")

    zoo.train(tiny, out=tmp_path / "run", on_epoch=another)


PROGRAM = """
import sys, zoo, specs
document = specs.loads({text!r}, file="tiny.yaml")
print("ready", flush=True)
zoo.train(document, out={out!r}, on_epoch=lambda epoch, logs: print(epoch, flush=True))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_a_real_kill(run: zoo.Run, tmp_path: Path) -> None:
    """KILLS=20 pytest -k real_kill kills as often, at random places of the training."""
    random = np.random.default_rng(0)
    for number in range(int(os.environ.get("KILLS", "1"))):
        out = tmp_path / f"cut{number}"
        program = PROGRAM.format(text=TINY, out=str(out))
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(1 + random.integers(1, 4)):
            process.stdout.readline()
        try:
            process.wait(random.uniform(0, 0.5))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        if (out / "metrics.json").exists():
            continue
        assert without(zoo.resume(out).metrics) == without(run.metrics)


DETERMINISTIC = """
import specs, zoo
from zoo.backend import tensorflow

for more in ("", "  deterministic: true\\n"):
    document = specs.loads({text!r} + more, file="tiny.yaml")
    zoo.fit(document, zoo.load_data(document), epochs=1)
    tensorflow.random.set_seed(None)
    try:
        print(tensorflow.random.uniform([1]).shape)
    except RuntimeError as error:
        print(error)
"""


def test_operations_are_deterministic_where_it_is_asked_for() -> None:
    """TensorFlow then refuses what would be random in each process."""
    program = DETERMINISTIC.format(text=TINY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    one, other = done.stdout.splitlines()
    assert one == "(1,)"
    assert other.startswith("Random ops require a seed")


def test_a_rate_that_was_lowered_stays_lowered(tmp_path: Path) -> None:
    """The optimizer's own variables come back: its steps, its slots, its learning rate."""
    from zoo import checkpoint

    def made() -> Any:
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(2)])
        model.compile("adam", "mse")
        return model

    model, plateau = made(), keras.callbacks.ReduceLROnPlateau()
    plateau.wait, plateau.best = 3, 0.25
    model.fit(np.ones((8, 3)), np.ones((8, 2)), verbose=0)
    model.optimizer.learning_rate = 0.125
    checkpoint.write(tmp_path / "c.npz", model, [plateau], epochs=1, finished=False, history=[{"loss": 1.0}])
    other, fresh = made(), keras.callbacks.ReduceLROnPlateau()
    kept = checkpoint.read(tmp_path / "c.npz")
    assert kept is not None
    kept.restore(other, [fresh])
    assert (fresh.wait, fresh.best) == (3, 0.25)
    assert float(other.optimizer.learning_rate) == 0.125
    for one, two in zip(model.optimizer.variables, other.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, two)
    one, two = (each.fit(np.ones((8, 3)), np.ones((8, 2)), verbose=0).history for each in (model, other))
    assert one == two
