"""The best trials trained again: which, with which seeds, recorded once, and what is said of the difference."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specs.sections.search import Axis, Confirm, Search
from tests.tuner.test_html import page
from tests.tuner.test_trials import zoo
from tuner.confirming import confirm
from tuner.errors import Interrupted
from tuner.pools import Death, InProcess
from tuner.proposal import Proposal
from tuner.reports.confirmation import confirmation_of, difference
from tuner.study import Repeat, Study, Trial
from tuner.trial import OnEpoch, Outcome

SEARCH = Search(space={"rate": Axis(min_value=0.0, max_value=1.0)}, confirm=Confirm(trials=2, seeds=3))
PARAMS = {"rate": 0.5, "classes": 10}
SEED = 7
RATES = {1: 0.5, 2: 0.9, 3: 0.1, 4: 0.9, 5: 0.8, 6: 0.7}
"""The first trial has the defaults, the fourth the values of the second, as a longer round of Hyperband does."""


@pytest.fixture
def study(tmp_path: Path) -> Any:
    with Study.open(tmp_path / "study.sqlite") as found:
        made_for = SEARCH.model_dump(mode="json", exclude={"trials", "confirm"}, exclude_none=True)
        found.claim({"search": made_for, "params": PARAMS})
        for number, rate in RATES.items():
            trial = Trial(number, "running", {"rate": rate})
            found.start(trial)
            found.finish(Trial(number, "done", {"rate": rate}, score=rate + number / 1000, epoch=1, place=number))
        yield found


class Training:
    """In place of training: the score is the rate and something of the seed, the test part is easier."""

    def __init__(self, stop: Callable[[Proposal], None] = lambda proposal: None) -> None:
        self.calls: list[tuple[float, int | None]] = []
        self.stop = stop

    def __call__(self, proposal: Proposal, digest: str | None, on_epoch: OnEpoch) -> Outcome:
        self.stop(proposal)
        rate = float(proposal.values["rate"])
        self.calls.append((rate, proposal.seed))
        luck = ((proposal.seed or 0) * 7919 % 11) / 1000
        return Outcome(score=rate + luck, epoch=1, test={"accuracy": rate + 2 * luck, "loss": 1.0})


def run(study: Study, training: Any, seen: list[tuple[int, int]] | None = None) -> None:
    told = [] if seen is None else seen
    confirm(study, SEARCH, PARAMS, SEED, InProcess(training), lambda repeat, count, total: told.append((count, total)))


def test_the_best_distinct_values_and_the_defaults_get_the_same_new_seeds(study: Study) -> None:
    training, told = Training(), list[tuple[int, int]]()
    run(study, training, told)
    assert sorted(training.calls) == [(rate, SEED + i) for rate in (0.5, 0.8, 0.9) for i in (1, 2, 3)]
    recorded = [(each.trial, each.seed) for each in study.repeats()]
    assert recorded == [(trial, SEED + i) for trial in (0, 4, 5) for i in (1, 2, 3)]
    assert told == [(count, 9) for count in range(1, 10)]


def test_what_is_recorded_is_not_trained_again(study: Study) -> None:
    def stop(proposal: Proposal) -> None:
        if len(first.calls) == 4:
            raise KeyboardInterrupt

    first, second = Training(stop), Training()
    with pytest.raises(Interrupted, match="4 of 9 are recorded"):
        run(study, first)
    run(study, second)
    assert len(second.calls) == 5 and not set(first.calls) & set(second.calls)
    third = Training()
    run(study, third)
    assert third.calls == []


def test_a_worker_that_dies_twice_fails_its_repeat_alone(study: Study) -> None:
    class Dying(InProcess):
        deaths = 0

        def wait(self, on_epoch: Any, until: float) -> Any:
            proposal = self._waiting[0][0]
            if proposal.seed == SEED + 1 and proposal.values["rate"] == 0.9:
                self._waiting.pop(0)
                self.deaths += 1
                return proposal.id, Death("was killed by SIGSEGV")
            return super().wait(on_epoch, until)

    pool = Dying(Training())
    confirm(study, SEARCH, PARAMS, SEED, pool, lambda *told: None)
    failed = [each for each in study.repeats() if each.reason]
    assert pool.deaths == 2 and [(each.trial, each.seed) for each in failed] == [(4, SEED + 1)]
    found = confirmation_of("val_accuracy", study.repeats())
    assert found and found.rows[0].difference and found.rows[0].difference.pairs == 2 and found.rows[0].failed == 1


def test_an_extended_study_has_none(study: Study) -> None:
    run(study, Training())
    search = SEARCH.model_dump(mode="json", exclude={"trials", "confirm"}, exclude_none=True)
    study.claim({"search": {**search, "seed": 5}, "params": PARAMS}, lambda old, new, trials: trials[1:])
    assert study.repeats() == () and len(study.trials()) == len(RATES) - 1


def test_what_is_said_of_it(study: Study, tmp_path: Path) -> None:
    assert zoo(str(tmp_path)).stdout.count("trained again") == 0
    run(study, Training())
    lines = zoo(str(tmp_path)).stdout.splitlines()[-4:]
    assert lines[0].startswith("trained again, accuracy of the test part")
    assert lines[1].startswith("  trial 4 (winner): ") and lines[1].endswith(": better")
    assert "+0.4000 to the spec's own, 95 % interval +0.4000 to +0.4000" in lines[1]
    assert lines[3].startswith("  the spec's own values: ")
    told = json.loads(zoo(str(tmp_path), "--json").stdout)["confirmation"]
    assert (told["winner"], told["metric"], told["interval"]) == (4, "accuracy", "paired t")
    assert [row["trial"] for row in told["rows"]] == [4, 5, 0]
    found = page(tmp_path)
    assert "<b>trial 4</b>" in (tmp_path / "report.html").read_text()
    assert found.count("circle", "run") == 9 and found.count("line", "spread") == 5


@pytest.mark.parametrize(
    ("metric", "pairs", "verdict"),
    [
        ("accuracy", [0.02, 0.03, 0.025], "better"),
        ("accuracy", [-0.02, -0.03, -0.025], "worse"),
        ("loss", [-0.02, -0.03, -0.025], "better"),
        ("accuracy", [0.02, -0.03, 0.025], "not distinguishable"),
        ("accuracy", [0.0, 0.0], "not distinguishable"),
    ],
)
def test_a_difference_is_told_where_its_interval_leaves_out_0(metric: str, pairs: list[float], verdict: str) -> None:
    found = difference(metric, pairs)
    assert found and found.verdict == verdict


def test_the_interval_is_students(study: Study) -> None:
    # Student's own sleep data, 1908, table: the second drug against the first, ten patients.
    pairs = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    found = difference("accuracy", pairs)
    assert found and (found.mean, found.low, found.high) == pytest.approx((1.58, 0.7001142, 2.4598858))
    assert difference("accuracy", [0.1]) is None


def test_the_winner_is_chosen_on_the_validation_part() -> None:
    def repeats(trial: int, score: float, test: float) -> list[Repeat]:
        return [Repeat(trial, seed, score, {"accuracy": test + seed / 1000}) for seed in (1, 2)]

    every = [*repeats(0, 0.5, 0.5), *repeats(3, 0.8, 0.6), *repeats(4, 0.7, 0.9), Repeat(5, 1, reason="diverged")]
    found = confirmation_of("val_accuracy", every)
    assert found and found.winner and found.winner.trial == 3
    assert [row.trial for row in found.rows] == [3, 4, 5, 0]
    own = confirmation_of("val_accuracy", [*repeats(0, 0.9, 0.5), *repeats(3, 0.8, 0.6)])
    assert own and own.winner and own.winner.trial == 0


def test_without_confirm_nothing_is_trained(study: Study) -> None:
    training = Training()
    confirm(study, SEARCH.model_copy(update={"confirm": None}), PARAMS, SEED, InProcess(training), lambda *told: None)
    assert training.calls == []
