"""Lines for whoever watches."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import zoo
from tests.zoo.conftest import TINY
from zoo.progress import say, say_epoch

ROOT = Path(zoo.__file__).parents[1]


def test_an_epoch_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    say_epoch(0, {"loss": 0.5, "val_loss": 0.25})
    assert capsys.readouterr() == ("", "epoch 1: loss 0.5000, val_loss 0.2500\n")


def test_a_reader_that_went_away_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        for text in ("one", "two"):
            say(text, stream)


@pytest.mark.parametrize("command", ["train", "tune"])
def test_a_training_goes_on_when_its_reader_goes_away(tmp_path: Path, command: str) -> None:
    """As in `zoo train … 2>&1 | head -1`, with a reader that leaves at once."""
    search = "search: {trials: 2, epochs: 1, space: {units: {values: [4, 8]}}}\n"
    (tmp_path / "tiny.yaml").write_text(TINY + search)
    reader, writer = os.pipe()
    os.close(reader)
    call = [sys.executable, str(ROOT / "cli.py"), command, str(tmp_path / "tiny.yaml"), "--out", str(tmp_path / "out")]
    done = subprocess.run(call, stdout=writer, stderr=writer, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)})
    os.close(writer)
    assert done.returncode == 0
    assert (tmp_path / "out" / {"train": "metrics.json", "tune": "best.yaml"}[command]).is_file()
