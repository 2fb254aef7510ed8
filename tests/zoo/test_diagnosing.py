"""`zoo diagnose`: broken set-ups are named by their cause, healthy ones pass."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import zoo
from cli import main

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
    return made


BROKEN = {"zero_init": ("initial weights", 5)}
"""By spec: the check that names the cause, and the line of the value that should change."""

HEALTHY = ("healthy_regression",)


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named(name: str, folder: Path) -> None:
    found = zoo.diagnose(folder / f"{name}.yaml")
    check, line = BROKEN[name]
    assert found.verdict == "broken"
    assert found.main is not None
    assert found.main.check == check
    assert found.main.suggestion is not None
    assert found.main.suggestion.mark is not None
    assert (Path(found.main.suggestion.mark.file).name, found.main.suggestion.mark.line) == (f"{name}.yaml", line)


@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_healthy_passes(name: str, folder: Path) -> None:
    found = zoo.diagnose(folder / f"{name}.yaml")
    assert {each.check: each.verdict for each in found.findings if each.verdict != "fine"} == {}


def test_the_command_tells_the_place_and_fails_where_something_is_broken(folder: Path) -> None:
    done = CliRunner().invoke(main, ["diagnose", str(folder / "zero_init.yaml")])
    assert done.exit_code == 1
    assert done.stdout.startswith("zero_init: broken: initial weights: ")
    assert f"{folder / 'zero_init.yaml'}:5:31: defaults.Dense.kernel_initializer: I03" in done.stdout


def test_the_command_prints_one_object(folder: Path) -> None:
    done = CliRunner().invoke(main, ["diagnose", str(folder / "zero_init.yaml"), "--json"])
    found = json.loads(done.stdout)
    assert (done.exit_code, found["verdict"], found["main"]) == (1, "broken", "initial weights")
    assert found["findings"][0]["suggestion"]["mark"]["line"] == 5
