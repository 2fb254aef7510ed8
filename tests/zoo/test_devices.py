"""Two devices, and two processes on loopback, train to what one device does; what cannot be spread is refused."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import specs
import zoo
from specs.errors import UserError
from specs.recipe import batch_size_of
from specs.replicas import spread
from specs.sections import Train
from zoo.distributing import task

ROOT = Path(__file__).parents[2]


def start(*arguments: str | Path, driver: str = "devices_driver", **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"tests.zoo.{driver}", *map(str, arguments)]
    pipe = subprocess.PIPE
    environ = {**os.environ, "CUDA_VISIBLE_DEVICES": "", **environment}
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=ROOT, env=environ)


def answer(process: subprocess.Popen[str]) -> tuple[dict[str, Any], str]:
    out, err = process.communicate()
    assert process.returncode == 0, err
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found, err


def close(found: Any) -> Any:
    """The same numbers within what sums in another order come to."""
    if isinstance(found, dict):
        return {name: close(each) for name, each in found.items()}
    if isinstance(found, list):
        return [close(each) for each in found]
    return pytest.approx(found, rel=1e-4, abs=1e-5)


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    return answer(start("devices", tmp_path_factory.mktemp("devices")))


def test_two_devices_train_as_one(devices: tuple[dict[str, Any], str]) -> None:
    found, told = devices
    assert found["two"] == close(found["one"])
    assert "batches of 16 over 2 replicas, 8 each\n" in told


def test_a_training_on_two_devices_goes_on_where_it_was(devices: tuple[dict[str, Any], str]) -> None:
    assert devices[0]["again"] == close(devices[0]["two"])


def test_a_batch_for_each_replica_with_a_larger_rate(devices: tuple[dict[str, Any], str]) -> None:
    found, told = devices
    assert found["each"] == {"rate": pytest.approx(0.02), "steps": 2 * 2}
    assert "batches of 32 over 2 replicas, 16 each; the learning rate times 2\n" in told


def test_two_workers_train_as_one(devices: tuple[dict[str, Any], str], tmp_path: Path) -> None:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        workers = [f"127.0.0.1:{each.getsockname()[1]}" for each in (one, other)]
    config = {"cluster": {"worker": workers}}
    tasks = [json.dumps({**config, "task": {"type": "worker", "index": index}}) for index in (0, 1)]
    started = [start("worker", tmp_path, TF_CONFIG=each) for each in tasks]
    chief, other_one = (answer(each)[0] for each in started)
    assert (chief.pop("told"), chief.pop("kept")) == (f"run: {tmp_path / 'run'}", True)
    assert (other_one.pop("told"), other_one.pop("kept")) == ("worker 1: worker 0 keeps the run", False)
    assert chief == other_one == close(devices[0]["one"])
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert (tmp_path / "run" / "metrics.json").is_file()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "over: workers needs the environment variable TF_CONFIG, such as {"),
        ("{", r"TF_CONFIG: must be as .* \(got {\)"),
        ('{"cluster": {"worker": ["a:1"], "ps": ["b:1"]}, "task": {"type": "worker", "index": 0}}', "must be workers"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}', "below the number of workers, 1"),
    ],
)
def test_a_config_that_does_not_say_which_worker_this_is(text: str | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        task(text)


def test_a_batch_that_does_not_divide() -> None:
    train = Train.model_validate({"batch_size": 50, "distribution": {"over": "devices"}})
    with pytest.raises(UserError, match="a batch of 50 does not divide over 4 replicas; make it 48 or 52, or write"):
        spread(train, 4)
    growing = {"batch_size": 32, "epochs": 9, "batch_growth": {"every_epochs": 2, "max_batch_size": 99}}
    train = Train.model_validate({**growing, "distribution": {"over": "devices"}})
    with pytest.raises(UserError, match=r"train\.batch_growth: a batch of 99 does not divide over 2 replicas"):
        spread(train, 2)
    each = Train.model_validate({**growing, "distribution": {"over": "devices", "batch": "per_replica"}})
    assert [batch_size_of(spread(each, 2), epoch, 2) for epoch in (0, 2, 4)] == [64, 128, 198]


def test_every_rate_of_a_schedule_is_scaled() -> None:
    cosine = {
        "CosineDecay": {"initial_learning_rate": 0.1, "decay_epochs": 5, "warmup_target": 0.5, "warmup_epochs": 1}
    }
    wanted = {"over": "workers", "batch": "per_replica", "scale_learning_rate": True}
    train = Train.model_validate({"optimizer": {"SGD": {"learning_rate": cosine}}, "distribution": wanted})
    schedule = spread(train, 4).schedule
    assert schedule is not None
    assert schedule.args.model_dump(include={"initial_learning_rate", "warmup_target", "decay_epochs"}) == {
        "initial_learning_rate": pytest.approx(0.4), "warmup_target": pytest.approx(2.0), "decay_epochs": 5.0,
    }  # fmt: skip


def test_a_search_is_one_process(tmp_path: Path) -> None:
    import tuner

    text = "train: {data: digits, distribution: {over: workers}}\nextends: digits_mlp\nname: mine\n"
    with pytest.raises(UserError, match="mine: zoo tune is one process"):
        tuner.search(specs.loads(text, file="mine.yaml"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_run_on_another_number_of_replicas_does_not_go_on(
    run: zoo.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("spec.yaml", "run.json"):
        (tmp_path / name).write_text((run.directory / name).read_text().replace('"replicas": 1', '"replicas": 2'))
    with pytest.raises(UserError, match=r"was begun on 2 replicas; go on with as many \(got 1\)"):
        zoo.resume(tmp_path)
