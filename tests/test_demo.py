"""The demo says so where something goes wrong. A made-up `zoo` stands in for the real one, which takes minutes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ZOO = """#!/bin/sh
echo "a line of $1"
if [ "$1" = "$FAILS" ]; then echo "$1 failed" >&2; exit 1; fi
if [ "$1" = train ]; then echo "test accuracy $ACCURACY, loss 0.1000 after 9 epochs"; fi
if [ "$1" = predict ]; then echo "digit.png: 3 0.9990"; fi
"""


def demo(folder: Path, fails: str = "", accuracy: str = "0.9833") -> subprocess.CompletedProcess[str]:
    (folder / "examples" / "digits").mkdir(parents=True)
    script = shutil.copy(ROOT / "examples" / "digits" / "demo.sh", folder / "examples" / "digits")
    (folder / "bin").mkdir()
    (folder / "bin" / "zoo").write_text(ZOO)
    (folder / "bin" / "zoo").chmod(0o755)
    settings = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "FAILS": fails, "ACCURACY": accuracy}
    return subprocess.run(["sh", script], capture_output=True, text=True, check=False, env=settings)


@pytest.mark.parametrize("accuracy", ["0.9700", "1.0000"])
def test_it_ends_with_what_came_out(tmp_path: Path, accuracy: str) -> None:
    done = demo(tmp_path, accuracy=accuracy)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("a line of ") == 5
    last = done.stdout.splitlines()[-3:]
    assert last[0] == f"test accuracy {accuracy}, loss 0.1000 after 9 epochs"
    assert last[2] == "served from it: digit.png: 3 0.9990"


@pytest.mark.parametrize("command", ["validate", "tune", "train", "export", "predict"])
def test_a_command_that_fails_ends_it(tmp_path: Path, command: str) -> None:
    done = demo(tmp_path, fails=command)
    assert done.returncode == 1
    assert done.stderr == f"{command} failed\n"
    assert done.stdout.splitlines()[-1] == f"a line of {command}"


@pytest.mark.parametrize("accuracy", ["0.9699", "0.1000", "nan", ""])
def test_a_low_accuracy_is_a_failure(tmp_path: Path, accuracy: str) -> None:
    done = demo(tmp_path, accuracy=accuracy)
    assert done.returncode == 1
    assert done.stderr.startswith("demo: the test accuracy is below 0.97 (got ")
