"""Keras on JAX, in a process without TensorFlow: every source trains, two devices train to what one does."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.zoo.test_devices import ROOT, answer, close, start
from zoo.compiling import XLA_FLAG
from zoo.jax_cache import prune

pytest.importorskip("jax")

JAX = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}

LAWS = "layers_all or accumulated or losses"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """What tests/zoo/jax_driver.py found, and what was said meanwhile."""
    flags = f"--xla_force_host_platform_device_count=2 {XLA_FLAG}"
    environment = {**JAX, "XLA_FLAGS": flags, "JAX_ENABLE_COMPILATION_CACHE": "false"}
    return answer(start(tmp_path_factory.mktemp("jax"), driver="jax_driver", **environment))


@pytest.mark.parametrize(
    "source", ["npz", "csv", "image_folder", "digits", "time_series", "pairs", "arrays", "sequence"]
)
def test_every_source_trains(found: tuple[dict[str, Any], str], source: str) -> None:
    first, *_, last = found[0]["learnt"][source]
    assert last < first


def test_policies_and_what_jax_cannot_trace_are_carried_out(found: tuple[dict[str, Any], str]) -> None:
    losses = found[0]["learnt"]["policies"]
    assert len(losses) == 2
    assert all(0 < loss < 100 for loss in losses)


def test_arrays_are_learnt_as_their_file_is(found: tuple[dict[str, Any], str]) -> None:
    learnt = found[0]["learnt"]
    assert learnt["npz"] == learnt["arrays"] == learnt["sequence"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("text", "the input 'input' is text, which only TensorFlow computes: set KERAS_BACKEND=tensorflow (got jax)"),
        ("lookup", "is IntegerLookup, which only TensorFlow computes: set KERAS_BACKEND=tensorflow (got jax)"),
        ("workers", "is spread by TensorFlow: set KERAS_BACKEND=tensorflow or write over: devices (got jax)"),
        ("diverges", "the weights of all layers are no numbers any more; try a lower learning_rate (it is 1e+30)"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(found: tuple[dict[str, Any], str], name: str, message: str) -> None:
    assert message in found[0]["refused"][name]


def test_training_is_deterministic_where_jax_was_started_for_it(found: tuple[dict[str, Any], str]) -> None:
    one, again = found[0]["repeated"]["runs"]
    assert one == again
    assert (
        found[0]["repeated"]["told"] == f"train.deterministic: on JAX it needs XLA_FLAGS={XLA_FLAG} in the environment"
    )


def test_a_diagnosis_sees_gradients_vanish(found: tuple[dict[str, Any], str]) -> None:
    assert found[0]["diagnosed"] == {"deep": ["broken", 14], "shallow": ["fine", 2]}


@pytest.mark.parametrize("devices", ["one", "two"])
def test_a_training_goes_on_where_it_was(found: tuple[dict[str, Any], str], devices: str) -> None:
    assert found[0][f"{devices}_again"] == found[0][devices]


def test_two_devices_train_as_one(found: tuple[dict[str, Any], str]) -> None:
    assert found[0]["two"] == close(found[0]["one"])
    assert "batches of 16 over 2 replicas, 8 each\n" in found[1]


def test_trainings_at_once_come_to_what_each_does_alone(found: tuple[dict[str, Any], str]) -> None:
    together, alone = found[0]["at_once"]["together"], found[0]["at_once"]["alone"]
    assert together[3] is None
    assert "diverged in epoch 1" in together[2] == alone[2]
    for index in (0, 1, 4):
        assert together[index] == close(alone[index])
    assert [len(together[index]["history"]) for index in (0, 1, 4)] == [5, 5, 3]
    assert [epoch for index, epoch in found[0]["at_once"]["epochs"] if index == 1] == [0, 1, 2, 3, 4]


def test_a_search_of_trials_at_once_comes_to_the_same(found: tuple[dict[str, Any], str]) -> None:
    together, single = found[0]["at_once"]["scores"]
    assert len(single) == 7
    assert together == close(single)


def test_tensorflow_is_never_imported(found: tuple[dict[str, Any], str]) -> None:
    assert not found[0]["tensorflow"]


def test_a_backend_that_is_not_there_is_named() -> None:
    script = "import sys; sys.modules['jax'] = None\nfrom zoo.backend import keras"
    environ = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        "specs.errors.UserError: KERAS_BACKEND=jax: jax is not installed beside this Python"
    )


def test_the_next_process_compiles_nothing_whatever_its_numbers(tmp_path: Path) -> None:
    first, other = (
        answer(start(rate, driver="jax_cache_driver", XDG_CACHE_HOME=str(tmp_path), **JAX))[0]
        for rate in ("0.5", "0.25")
    )
    assert first["compiled"] > 0
    assert other["compiled"] == 0
    assert other["history"] != first["history"]


def test_of_what_is_kept_the_least_used_goes_first(tmp_path: Path) -> None:
    for at, name in enumerate(("old", "new", "folder/newest")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"." * 10)
        os.utime(path, (at, at))
    prune(tmp_path, 25)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["new", "newest"]


def test_laws_of_compiled_models_hold() -> None:
    """tests/zoo/test_recompiling.py, as far as it says something of JAX that TensorFlow does not."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/zoo/test_recompiling.py", "-k", LAWS]
    environ = {**os.environ, **JAX, "JAX_ENABLE_COMPILATION_CACHE": "false"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
