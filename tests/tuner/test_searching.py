"""Proposing, recording, running: the search itself, over a made-up objective."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from specs.sections.search import OracleName
from tests.tuner.made_up import DEFAULTS, EPOCHS, good_at, rows, searched, settings
from tuner import conducting
from tuner.conducting import Event, conduct
from tuner.errors import Interrupted
from tuner.objective import rank
from tuner.pools import InProcess
from tuner.proposal import Proposal
from tuner.study import Study, Trial
from tuner.trial import OnEpoch, Outcome


class Calls:
    """A run that remembers what it was asked for, and ends as told."""

    def __init__(self, *ends: BaseException | None) -> None:
        self.proposals: list[Proposal] = []
        self.ends = iter(ends)

    def __call__(self, proposal: Proposal, digest: str | None, on_epoch: OnEpoch) -> Outcome:
        self.proposals.append(proposal)
        end = next(self.ends, None)
        if end is not None:
            raise end
        on_epoch(0, {"val_accuracy": 0.5})
        return good_at(proposal)


def test_a_killed_search_goes_on_as_if_nothing_had_been() -> None:
    """For all oracles: SIGKILL before and after each write and in each run, and at random instants."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    program = [sys.executable, "-m", "tests.tuner.made_up"]
    done = subprocess.run(program, cwd=root, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize(
    ("name", "few", "more"), [("random", 3, 5), ("grid", 3, 5), ("hyperband", 9, 13), ("bayesian", 4, 5)]
)
def test_more_trials_may_be_asked_for_and_the_old_ones_stay(
    tmp_path: Path, name: OracleName, few: int, more: int
) -> None:
    first, further = searched(tmp_path / "a", settings(name, few)), Calls()
    found = searched(tmp_path / "a", settings(name, more), further)
    assert found[:few] == first
    assert [each.id for each in further.proposals] == list(range(few + 1, more + 1))
    assert found == searched(tmp_path / "b", settings(name, more))


def test_a_finished_search_runs_nothing_nor_does_one_that_asks_for_fewer(tmp_path: Path) -> None:
    found = searched(tmp_path, settings("random", 4))
    for trials in (4, 2):
        again = Calls()
        assert searched(tmp_path, settings("random", trials), again) == found
        assert not again.proposals


def test_a_used_up_space_ends_the_search_and_stays_ended(tmp_path: Path) -> None:
    space = {"order": settings("grid", 1).space["order"]}
    search = settings("grid", 10, space=space)
    assert len(searched(tmp_path, search)) == 2
    again = Calls()
    assert len(searched(tmp_path, search, again)) == 2
    assert not again.proposals


def test_a_bug_of_ours_stops_the_search_and_loses_nothing(tmp_path: Path) -> None:
    broken = Calls(None, None, ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError, match="a bug"):
        searched(tmp_path, settings("random", 5), broken)
    mended = Calls()
    found = searched(tmp_path, settings("random", 5), mended)
    assert [each.id for each in mended.proposals] == [3, 4, 5]
    assert mended.proposals[0] == broken.proposals[-1]
    assert len(found) == 5


def test_ctrl_c_says_how_to_go_on_and_stays_a_keyboard_interrupt(tmp_path: Path) -> None:
    with pytest.raises(Interrupted, match="stopped in trial 2; 1 are recorded, the same command goes on") as caught:
        searched(tmp_path, settings("random", 5), Calls(None, KeyboardInterrupt()))
    assert isinstance(caught.value, KeyboardInterrupt)
    for _ in range(conducting.MAX_STARTS + 1):
        with pytest.raises(Interrupted):
            searched(tmp_path, settings("random", 5), Calls(KeyboardInterrupt()))
    assert len(searched(tmp_path, settings("random", 5))) == 5


def test_a_trial_that_kills_the_process_again_and_again_is_given_up(tmp_path: Path) -> None:
    search = settings("random", 3)
    with Study.open(tmp_path / "study.sqlite") as study:
        study.claim({"search": search.model_dump(mode="json", exclude={"trials"})})
        for _ in range(conducting.MAX_STARTS):
            study.start(Trial(1, "running", {"rate": 1e-3, "order": "after"}))
    run = Calls()
    found = searched(tmp_path, search, run)
    assert found[0][1::3] == ("failed", "the process ended 3 times while this trial ran (killed for its memory?)")
    assert [each.id for each in run.proposals] == [2, 3]


def test_events_tell_what_happens(tmp_path: Path) -> None:
    events: list[Event] = []
    for trials in (1, 2):
        with Study.open(tmp_path / "study.sqlite") as study:
            conduct(study, settings("random", trials), DEFAULTS, EPOCHS, InProcess(Calls()), events.append)
    told = [(event.kind, event.trial.id, event.total, event.epoch) for event in events]
    assert told == [
        ("started", 1, 1, 0),
        ("epoch", 1, 1, 1),
        ("ended", 1, 1, 0),
        ("found", 1, 2, 0),
        ("started", 2, 2, 0),
        ("epoch", 2, 2, 1),
        ("ended", 2, 2, 0),
    ]


def test_a_promoted_trial_is_given_the_weights_of_its_round(tmp_path: Path) -> None:
    digests: dict[int, str | None] = {}

    def run(proposal: Proposal, digest: str | None, on_epoch: OnEpoch) -> Outcome:
        digests[proposal.id] = digest
        return Outcome(score=1 - proposal.id / 100, epoch=1, checkpoint=f"weights of {proposal.id}")

    searched(tmp_path, settings("hyperband", 13), run)
    assert [digests[number] for number in (9, 10, 11, 12, 13)] == [
        None,
        "weights of 1",
        "weights of 2",
        "weights of 3",
        "weights of 10",
    ]


def test_weights_that_no_trial_can_use_are_deleted(tmp_path: Path) -> None:
    folder, seen = tmp_path / "trials", set()
    folder.mkdir()

    def run(proposal: Proposal, digest: str | None, on_epoch: OnEpoch) -> Outcome:
        seen.add(len(list(folder.iterdir())))
        (folder / f"{proposal.id}.weights.h5").touch()
        return good_at(proposal)

    (folder / "part-3.weights.h5").touch()
    searched(tmp_path, settings("hyperband", 14), run)
    assert max(seen) <= 9
    assert [path.name for path in folder.iterdir()] == ["14.weights.h5"]


def test_rank_puts_the_best_first_and_failures_last() -> None:
    scores: Iterator[tuple[int, float | None]] = iter([(1, 0.5), (2, None), (3, 0.9), (4, 0.9)])
    trials = [Trial(number, "failed" if score is None else "done", {}, score) for number, score in scores]
    assert [each.id for each in rank("val_accuracy", trials)] == [3, 4, 1, 2]
    assert [each.id for each in rank("val_loss", trials)] == [1, 3, 4, 2]
    assert len(rows(rank("loss", [*trials, Trial(5, "running", {})]))) == 4
