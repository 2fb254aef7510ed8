"""Trials in processes of their own, which may die, hang, and eat up the memory."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from multiprocessing import forkserver
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import zoo
from specs.errors import UserError
from tests.tuner.kills import difference
from tests.tuner.made_up import rows
from tests.tuner.poison import Poisoned, document_of, without_keras_tuner
from tuner import conducting, workers
from tuner.conducting import Event, conduct
from tuner.errors import SearchError
from tuner.plan import register, registered
from tuner.study import Study, Trial
from tuner.workers import WorkerBug, Workers

ROOT = Path(__file__).parents[2]
NOTHING: tuple[Mapping[str, str], ...] = ({},)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tuner.oracles", None)
    without_keras_tuner()
    for limit in ("MAX_STARTS", "MAX_DEATHS"):  # real kills lift them, for this test alone
        monkeypatch.setattr(conducting, limit, getattr(conducting, limit))
    # A process has one forkserver for all its workers; that of an earlier test may hold TensorFlow.
    forkserver._forkserver._stop()  # type: ignore[attr-defined]  # for which there is no public name


def searched(
    make: Poisoned,
    trials: int,
    environments: Any = NOTHING,
    limit: float | None = None,
    on_event: Any = lambda event: None,
    at_once: int = 1,
) -> tuple[Trial, ...]:
    """Searches in worker processes, which import nothing of Keras."""
    document = document_of()
    assert document.search is not None
    search = document.search.model_copy(update={"trials": trials})
    with Study.open(make.folder / "study.sqlite") as study:
        with Workers(make, environments, limit, preloaded=["tests.tuner.poison"], at_once=at_once) as pool:
            conduct(study, search, document.params, 3, pool, on_event)
        return study.trials()


def test_seven_kinds_of_poison_fail_their_own_trial_alone(tmp_path: Path) -> None:
    """keras-tuner #915, #873: what one trial does to its process is the end of neither the search nor other trials."""
    kinds = {2: "segfault", 3: "abort", 4: "kill", 5: "hang", 6: "exit", 7: "memory", 8: "device"}
    make, begun = Poisoned(tmp_path, kinds), time.monotonic()
    found = {trial.id: trial for trial in searched(make, 10, NOTHING * 2, limit=5.0)}
    assert time.monotonic() - begun < 600, (
        "one that hangs is ended after five seconds; the rest is what the machine takes"
    )
    died = "its worker was killed by {} (attempt 2 of 2)"
    assert {number: found[number].reason for number in kinds} == {
        2: died.format("SIGSEGV"),
        3: died.format("SIGABRT"),
        4: died.format("SIGKILL (the system does that when memory runs out)"),
        5: "took longer than search.trial_seconds, 5 s",
        6: "its worker exited with code 3 (attempt 2 of 2)",
        7: "out of memory:",
        8: "out of memory: CUDA out of memory",
    }
    assert {number for number, trial in found.items() if trial.status == "done"} == {1, 9, 10}
    attempts = [int(run[0]) for run in make.runs()]
    assert {number: attempts.count(number) for number in (1, 2, 3, 4, 5, 6)} == {1: 1, 2: 2, 3: 2, 4: 2, 5: 1, 6: 2}


def test_where_a_worker_dies_with_several_trials_each_is_tried_alone(tmp_path: Path) -> None:
    make = Poisoned(tmp_path, {2: "segfault"})
    found = searched(make, 6, at_once=3)
    assert [trial.id for trial in found if trial.status == "failed"] == [2]
    assert [run[0] for run in make.runs()] == ["1", "2", "1", "2", "3", "4", "5", "6"]


def test_a_worker_that_dies_by_chance_costs_nothing_but_time(tmp_path: Path) -> None:
    """keras-tuner #915: a trial is not lost with its worker."""
    killed: list[int] = []

    def kill_once(event: Event) -> None:
        if event.kind == "epoch" and event.trial.id == 2 and not killed:
            killed.append(int(make.runs()[-1][1]))
            os.kill(killed[0], signal.SIGKILL)

    make = Poisoned(tmp_path / "a", always="sleep")
    calm = Poisoned(tmp_path / "b")
    for each in (make, calm):
        each.folder.mkdir()
    assert rows(searched(make, 3, on_event=kill_once)) == rows(searched(calm, 3))
    assert [run[0] for run in make.runs()] == ["1", "2", "2", "3"]


def test_a_healthy_worker_runs_many_trials_and_each_sees_its_own_gpu(tmp_path: Path) -> None:
    """keras-tuner #220: several GPUs, a trial on each."""
    make = Poisoned(tmp_path, always="sleep")
    environments = [{"CUDA_VISIBLE_DEVICES": name} for name in ("0", "3")]
    assert [trial.status for trial in searched(make, 8, environments)] == ["done"] * 8
    pairs = {(process, gpu) for _, process, gpu in make.runs()}
    assert {gpu for _, gpu in pairs} == {"0", "3"}
    assert len(pairs) == 2, "one process for each GPU"


def test_a_worker_that_has_grown_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """keras-tuner #873: memory that trials do not give back."""
    monkeypatch.setattr(workers, "GROWTH", 0)
    make = Poisoned(tmp_path, always="grow")
    assert [trial.status for trial in searched(make, 5)] == ["done"] * 5
    assert len({run[1] for run in make.runs()}) > 1


def test_a_worker_without_a_sign_of_life_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SILENCE", 6.0)
    monkeypatch.setattr(conducting, "MAX_DEATHS", 1)
    found = searched(Poisoned(tmp_path, {1: "stop"}), 2)
    assert [trial.reason for trial in found] == ["its worker gave no sign of life for 6 s (attempt 1 of 1)", None]


def test_workers_that_never_begin_blame_no_trial(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="3 workers in a row exited with code 5 before they could run a trial"):
        searched(Poisoned(tmp_path, dies_early=True), 2)
    with Study.open(tmp_path / "study.sqlite") as study:
        assert [(trial.status, trial.starts, trial.deaths) for trial in study.trials()] == [("running", 0, 0)]


@pytest.mark.parametrize(
    ("poison", "kind", "said"),
    [
        ("bug", WorkerBug, "ZeroDivisionError: a bug"),
        ("disk", SearchError, r"^7\.state\.npz: No space left on device$"),
    ],
)
def test_what_is_not_a_trials_own_ends_the_search_and_blames_none(
    tmp_path: Path, poison: str, kind: type[Exception], said: str
) -> None:
    """keras-tuner #481: the disk."""
    with pytest.raises(kind, match=said):
        searched(Poisoned(tmp_path, {2: poison}), 3)
    assert [trial.status for trial in searched(Poisoned(tmp_path), 3)] == ["done"] * 3


def alive(process: str) -> bool:
    try:
        return "\nState:\tZ" not in Path("/proc", process, "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_workers_end_with_the_search(tmp_path: Path, number: signal.Signals) -> None:
    """A program without an `if __name__ == "__main__"`, which workers do not run again."""
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(
            f"""
            import signal
            from pathlib import Path
            signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background begin without it
            from tests.tuner.poison import Poisoned, without_keras_tuner
            from tests.tuner.test_workers import searched
            without_keras_tuner()
            print(searched(Poisoned(Path({str(tmp_path)!r}), {{1: "hang", 2: "hang"}}), 3, ({{}}, {{}})))
            """
        )
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    with subprocess.Popen(
        [sys.executable, program], env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as search:
        try:
            until(lambda: (tmp_path / "log").exists() and len(Poisoned(tmp_path).runs()) == 2)
            processes = [run[1] for run in Poisoned(tmp_path).runs()]
            if number == signal.SIGKILL:
                search.kill()
            else:
                os.killpg(search.pid, number)  # as a terminal and a scheduler do
            _, errors = search.communicate(timeout=60)
        finally:
            search.kill()
    assert number == signal.SIGKILL or "stopped in trials 1, 2; 0 are recorded, the same command goes on" in errors
    until(lambda: not any(map(alive, processes)))
    with Study.open(tmp_path / "study.sqlite") as study:
        assert [trial.starts for trial in study.trials()] == [int(number == signal.SIGKILL)] * 2


def until(holds: Any) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_real_kills_at_random_instants_change_nothing() -> None:
    """keras-tuner #915; more of them: tests/tuner/kills.py."""
    came = difference(kills=4, trials=6, epochs=2, seed=3)
    assert came.wrong == ""
    assert came.search + came.workers >= 2


def test_layers_go_along_but_for_those_of_the_program_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType("zoo.registering")
    module.REGISTERED = [(Poisoned, Study, conduct)]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "zoo.registering", module)
    assert registered() == ((Poisoned, Study, conduct),)
    monkeypatch.setattr(Poisoned, "__module__", "__main__")
    with pytest.raises(UserError, match="Poisoned: is defined in the program itself"):
        registered()


def test_a_layer_whose_module_makes_it_known_itself_is_not_made_known_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker imports the module of a layer when it takes up what it is sent."""
    own, other = (Poisoned, Study, conduct), (Poisoned, Study, registered)
    module, calls = ModuleType("zoo.registering"), []
    module.REGISTERED = [own]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "zoo.registering", module)
    monkeypatch.setattr(zoo, "register", lambda *layer: calls.append(layer), raising=False)
    register((own, other))
    assert calls == [other]
