"""`zoo diagnose`: broken set-ups are named by their cause, healthy ones pass."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.datasets import load_digits

import zoo
from cli import main
from zoo.diagnosing import running, throughput
from zoo.diagnosing.checks import CHECKS
from zoo.diagnosing.findings import Finding, Verdict
from zoo.diagnosing.printing import diagnosis_lines

SPECS = Path(__file__).parents[1] / "diagnosing"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The specs beside the data that they name."""
    made = tmp_path_factory.mktemp("diagnosing")
    for spec in SPECS.glob("*.yaml"):
        shutil.copy(spec, made)
    random = np.random.default_rng(1)
    x = random.normal(size=(1200, 6)).astype(np.float32) * np.array([1, 5, 20, 0.1, 1, 1], np.float32)
    y = np.stack([x[:, 0] + x[:, 1] / 5, np.tanh(x[:, 2] / 20) * x[:, 4]], 1) + random.normal(size=(1200, 2)) * 0.1
    np.savez(made / "numbers.npz", x=x, y=y.astype(np.float32))
    digits = load_digits()
    np.savez(made / "shuffled.npz", x=digits.images * (255 / 16), y=random.permutation(digits.target))
    return made


BROKEN = {
    "zero_init": ("initial weights", "I03", 5),
    "shuffled_labels": ("labels", "", 11),
    "high_rate": ("learning rate", "T01", 3),
    "unscaled_inputs": ("scale of inputs", "D01", 6),
    "deep_sigmoid": ("signals at the start", "A01", 7),
    "batch_of_two": ("batch norm", "N03", 16),
    "softmax_twice": ("output and loss", "L01", 14),
    "frozen_body": ("frozen layers", "", 13),
}
"""By spec: the check that names the cause, the rule that knows it from the text, and the line that should change."""

LONG = 1000.0
"""Seconds that a busy machine has for what takes a quiet one few."""

HEALTHY = ("healthy_mlp", "healthy_conv", "healthy_regression")


def stop_at_what_is_broken(finding: Finding) -> None:
    """Nothing that comes later can be the main finding."""
    if finding.verdict == "broken":
        raise KeyboardInterrupt


def test_there_is_a_test_for_every_spec() -> None:
    assert {path.stem for path in SPECS.glob("*.yaml")} == {*BROKEN, *HEALTHY}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named(name: str, folder: Path) -> None:
    found = zoo.diagnose(folder / f"{name}.yaml", seconds=LONG, on_finding=stop_at_what_is_broken)
    check, code, line = BROKEN[name]
    assert found.main is not None
    assert (found.verdict, found.main.check) == ("broken", check)
    assert not code or code in found.main.advice
    assert found.main.suggestion is not None
    mark = found.main.suggestion.mark
    assert mark is not None
    assert (Path(mark.file).name, mark.line) == (f"{name}.yaml", line)


@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_healthy_passes(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throughput, "EACH", 0.02)
    found = zoo.diagnose(folder / f"{name}.yaml", seconds=LONG)
    verdicts = {each.check: each.verdict for each in found.findings}
    assert {check for check, verdict in verdicts.items() if verdict != "fine"} <= {"batch norm"}
    assert verdicts["batch norm"] == ("fine" if name == "healthy_conv" else "not asked")
    assert (found.verdict, found.main, found.stopped) == ("fine", None, False)


def finding(check: str, verdict: Verdict) -> Finding:
    return Finding(check, "?", verdict, "a sentence")


def test_the_main_finding_is_the_first_of_the_worst() -> None:
    findings = [finding("a", "suspicious"), finding("b", "broken"), finding("c", "broken"), finding("d", "fine")]
    found = zoo.Diagnosis("tiny", "tiny.yaml", "tensorflow", 1.0, tuple(findings))
    assert found.main is findings[1]
    assert "broken: b: a sentence (2 more below" in diagnosis_lines(found)
    assert [line.split(" ")[0] for line in diagnosis_lines(found).splitlines()[2:]] == [
        "broken", "broken", "suspicious", "fine",
    ]  # fmt: skip


def test_ctrl_c_says_what_was_found_so_far(folder: Path) -> None:
    found = zoo.diagnose(folder / "zero_init.yaml", on_finding=stop_at_what_is_broken)
    assert found.stopped
    assert [each.check for each in found.findings] == [check.name for check in CHECKS]
    assert {each.message for each in found.findings if each.verdict == "not asked"} == {"stopped before it"}


def test_what_there_is_no_time_for_is_not_asked(folder: Path) -> None:
    found = zoo.diagnose(folder / "healthy_mlp.yaml", seconds=1e-3)
    assert {each.verdict for each in found.findings} == {"not asked"}


def test_the_command_tells_the_place_and_fails_where_something_is_broken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHECKS", [check for check in CHECKS if check.name in ("data", "initial weights")])
    done = CliRunner().invoke(main, ["diagnose", str(folder / "zero_init.yaml")])
    assert done.exit_code == 1
    assert done.stdout.startswith("zero_init: broken: initial weights: ")
    assert f"{folder / 'zero_init.yaml'}:5:31: defaults.Dense.kernel_initializer: I03" in done.stdout
    assert "data: fine (" in done.stderr
    done = CliRunner().invoke(main, ["diagnose", str(folder / "zero_init.yaml"), "--json"])
    found = json.loads(done.stdout)
    assert (done.exit_code, found["verdict"], found["main"]) == (1, "broken", "initial weights")
    assert found["findings"][1]["suggestion"]["mark"]["line"] == 5
    done = CliRunner().invoke(main, ["diagnose", str(folder / "healthy_mlp.yaml")])
    assert done.exit_code == 0
