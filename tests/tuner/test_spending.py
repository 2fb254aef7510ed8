"""keras-tuner #249: a search holds its budget of time or epochs, whatever it still was to do, and goes on with more."""

import math
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from specs.sections.search import Budget, Confirm, Search
from tests.tuner.made_up import SPACE, good_at
from tests.tuner.poison import Poisoned, without_keras_tuner
from tuner import pools, spending
from tuner.conducting import conduct
from tuner.confirming import confirm
from tuner.pools import InProcess, Pool
from tuner.proposal import Proposal
from tuner.study import Study
from tuner.trial import Outcome
from tuner.workers import Workers

EPOCHS = 3

PARAMS = {"rate": 1e-3, "order": "after"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tuner.oracles", None)
    without_keras_tuner()


class Clock:
    """Time that passes only where a trial says so."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (spending, pools):
        monkeypatch.setattr(module, "time", made)
    return made


def slowly(proposal: Any, digest: str | None, on_epoch: Any) -> Outcome:
    """A trial of three epochs of a second; each fifth fails, and nobody knows of its epochs."""
    logs: list[Mapping[str, float]] = []
    for epoch in range(EPOCHS):
        spending.time.monotonic.__self__.now += 1.0  # type: ignore[attr-defined]
        logs.append({"val_accuracy": 0.5 + proposal.id / 100})
        on_epoch(epoch, logs[-1])
    outcome = good_at(proposal)
    return outcome if outcome.reason else Outcome(outcome.score, 1, None, tuple(logs), test={"accuracy": 0.5})


def search_of(budget: Budget | None, trials: int = 100, confirm: Confirm | None = None) -> Search:
    return Search(space=dict(SPACE), trials=trials, budget=budget, confirm=confirm)


def searched(folder: Path, search: Search, pool: Pool | None = None) -> tuple[list[str], str | None]:
    with Study.open(folder / "study.sqlite") as study:
        note = conduct(study, search, PARAMS, EPOCHS, pool or InProcess(slowly), lambda event: None)
        return [trial.status for trial in study.trials()], note


def confirmed(study: Study, search: Search) -> tuple[str | None, int]:
    note = confirm(study, search, PARAMS, 0, InProcess(slowly), lambda *told: None)
    return note, len(study.repeats())


@pytest.mark.usefixtures("clock")
def test_no_trial_begins_that_could_go_beyond_the_epochs(tmp_path: Path) -> None:
    found, note = searched(tmp_path, search_of(Budget(epochs=8)))
    assert found == ["done"] * 2
    assert note == "search.budget (epochs: 8) is used up; with a larger one the same command goes on"
    assert searched(tmp_path, search_of(Budget(epochs=17))) == (
        ["done", "done", "done", "failed", "done"],
        note.replace("8", "17"),
    )
    assert searched(tmp_path, search_of(None, trials=6)) == (["done", "done", "done", "failed", "done", "done"], None)


@pytest.mark.parametrize("of", ["seconds", "gpu_seconds"])
def test_what_runs_when_the_time_is_up_is_put_back(tmp_path: Path, clock: Clock, of: str) -> None:
    budget = Budget.model_validate({of: 7.5})
    found, note = searched(tmp_path, search_of(budget))
    assert found == ["done", "done"], "another would take three seconds, and there is one and a half"
    assert clock.now == 6.0 and note is not None and of in note
    # What was used is known to the next session.
    assert searched(tmp_path, search_of(budget)) == (found, note)
    assert clock.now == 6.0
    with Study.open(tmp_path / "study.sqlite") as study:
        assert study.spent() == (6.0, 6.0)
    assert len(searched(tmp_path, search_of(Budget.model_validate({of: 10**6}), trials=6))[0]) == 6


class AtOnce:
    """Trains all that are handed over in the time of one."""

    def __call__(self, *trial: Any) -> Outcome:
        return slowly(*trial)

    def several(self, jobs: Any, on_epoch: Any) -> tuple[Outcome, ...]:
        slowly(jobs[0][0], None, partial(on_epoch, jobs[0][0].id))
        return tuple(good_at(proposal) for proposal, _ in jobs)


def test_trials_at_once_share_the_seconds_of_one_gpu(tmp_path: Path, clock: Clock) -> None:
    search = search_of(Budget(gpu_seconds=100.0), trials=3).model_copy(update={"trials_per_step": 3})
    assert searched(tmp_path, search, InProcess(AtOnce(), 3)) == (["done"] * 3, None)
    with Study.open(tmp_path / "study.sqlite") as study:
        assert study.spent() == (3.0, 3.0)


def test_a_trial_that_has_grown_longer_is_cut_off_after_its_epoch(tmp_path: Path, clock: Clock) -> None:
    def longer(proposal: Any, digest: str | None, on_epoch: Any) -> Outcome:
        clock.now += 4.0 if proposal.id == 2 else 0.0
        return slowly(proposal, digest, on_epoch)

    found, note = searched(tmp_path, search_of(Budget(seconds=7.5)), InProcess(longer))
    assert found == ["done", "running"] and note is not None
    assert clock.now == 8.0, "one more epoch: it cannot be left in the middle of one"
    with Study.open(tmp_path / "study.sqlite") as study:
        assert [trial.starts for trial in study.trials()] == [1, 0]


def test_the_confirmation_comes_within_the_time(tmp_path: Path, clock: Clock) -> None:
    search = search_of(Budget(seconds=30.0), confirm=Confirm(trials=1, seeds=2))
    found, _ = searched(tmp_path, search)
    assert found == ["done"] * 3 + ["failed"], "four trainings follow, and time for one is left for what comes between"
    with Study.open(tmp_path / "study.sqlite") as study:
        assert confirmed(study, search) == (None, 4)
        assert clock.now == 24.0
        late = search_of(Budget(seconds=28.0), confirm=Confirm(trials=1, seeds=3))
        note = "search.budget (seconds: 28) is used up; with a larger one the same command goes on"
        assert confirmed(study, late) == (note, 5)
        assert clock.now == 28.0


def test_workers_are_ended_in_time(tmp_path: Path) -> None:
    """One that hangs does not hold the search up, and another takes its place where there is more to do."""
    make = Poisoned(tmp_path, {1: "hang"})
    with Workers(make, ({},), preloaded=["tests.tuner.poison"]) as pool:
        pool.submit(Proposal(1, {"units": 8, "learning_rate": 0.01}), None)
        assert pool.wait(lambda *told: None, time.monotonic() + 2) is None
        pool.submit(Proposal(2, {"units": 8, "learning_rate": 0.01}), None)
        ended = pool.wait(lambda *told: None, math.inf)
    assert ended is not None and ended[0] == 2
