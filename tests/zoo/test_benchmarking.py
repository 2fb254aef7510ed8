"""`zoo benchmark` measures what a format does, in a process of its own, and nothing else."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zoo
from specs.errors import RunError, UserError
from zoo.exports import benchmarking, stopwatch
from zoo.exports.benchmarking import batch_sizes_of, benchmark
from zoo.exports.manifest import Manifest
from zoo.printing import benchmark_json, benchmark_lines

SLEEPY = """
import time
def sleepy(file):
    calls = []
    def ask(signature, inputs):
        time.sleep(0.002 * len(inputs["input"]) + (0.03 if len(calls) % 10 == 9 else 0))
        calls.append(signature)
        print("a runtime says this")
    return ask
OPEN = {"saved_model": sleepy}
"""


@pytest.fixture
def sleepy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is timed sleeps 2 ms a row, and every tenth time 30 ms longer."""
    shutil.copy(stopwatch.__file__, tmp_path / "stopwatch.py")
    (tmp_path / "client.py").write_text(SLEEPY)
    monkeypatch.setattr(stopwatch, "__file__", str(tmp_path / "stopwatch.py"))


def test_latency_and_throughput_are_those_of_the_calls(fresh: Path, sleepy: None) -> None:
    one, eight = benchmark([fresh], (1, 8), 1.0)
    assert [(each.export, each.format, each.batch_size) for each in (one, eight)] == [
        (str(fresh), "saved_model", 1),
        (str(fresh), "saved_model", 8),
    ]
    assert 0.002 <= one.median < 0.02
    assert 0.016 <= eight.median < 0.05
    assert one.percentile95 > 0.03
    assert 50 < one.rows_per_second < 500
    assert eight.rows_per_second > one.rows_per_second * 0.8
    assert one.memory > 5e6
    program = ("saved_model.pb", "fingerprint.pb", "variables", "assets")
    files = [path for path in fresh.rglob("*") if path.is_file()]
    mine = [path for path in files if path.relative_to(fresh).parts[0] in program]
    assert one.size == sum(path.stat().st_size for path in mine)


def test_a_format_that_cannot_be_run_says_why(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stopwatch.py").write_text("import sys; sys.exit('no such runtime')")
    monkeypatch.setattr(stopwatch, "__file__", str(tmp_path / "stopwatch.py"))
    with pytest.raises(RunError, match="saved_model cannot be run:\nno such runtime"):
        benchmark([fresh], (1,), 0.1)


def test_formats_take_turns(fresh: Path, sleepy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[str] = []
    original = benchmarking._Runner.run

    def noted(self: benchmarking._Runner, batch: int, seconds: float) -> None:
        turns.append(self.export)
        original(self, batch, seconds)

    monkeypatch.setattr(benchmarking._Runner, "run", noted)
    other = fresh / "." / ".." / fresh.name
    benchmark([fresh, other], (1,), 0.1)
    assert turns == [str(fresh), str(other)] * benchmarking.ROUNDS


def test_a_format_is_as_large_as_its_own_files(tmp_path: Path) -> None:
    sizes = {"saved_model.pb": 1, "variables/a": 2, "model.onnx": 4, "model.xml": 8, "model.bin": 16, "spec.yaml": 32}
    for name, size in sizes.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b" " * size)
    read: dict[str, Any] = {"files": dict.fromkeys(sizes, "")}  # what is read of it
    manifest = Manifest.model_construct(**read)
    found = {kind: benchmarking._size(tmp_path, kind, manifest) for kind in ("saved_model", "onnx", "openvino")}
    assert found == {"saved_model": 3, "onnx": 4, "openvino": 24}


@pytest.mark.parametrize("text", ["", "0", "1,x", "8,8", "1.5"])
def test_batch_sizes_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="--batch-size: must be whole numbers from 1 on, each once"):
        batch_sizes_of(text)


def test_the_command_prints_a_table_and_json(fresh: Path) -> None:
    command = [sys.executable, "-m", "cli", "benchmark", str(fresh), "--seconds", "0.2", "--cores", "1"]
    done = subprocess.run(
        [*command, "--batch-size", "1,4", "--json"], cwd=Path(zoo.__file__).parents[1], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    figures = [benchmarking.Figures(**each) for each in json.loads(done.stdout)["figures"]]
    assert [each.batch_size for each in figures] == [1, 4]
    assert all(0 < each.median <= each.percentile95 < 60 for each in figures)
    assert figures[0].memory > 1e8, "TensorFlow is not smaller"
    assert json.loads(json.dumps(benchmark_json(figures))) == json.loads(done.stdout)
    assert [line.split()[1:3] for line in benchmark_lines(figures).splitlines()[2:]] == [
        ["saved_model", "1"],
        ["saved_model", "4"],
    ]
