"""Trials that are stopped before their last epoch (`search.pruner`)."""

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import zoo
from specs.document import Document
from specs.sections.pruners import MedianPruner, PrunerChoice, SuccessiveHalvingPruner
from specs.sections.search import Search
from tests.tuner.poison import Poisoned, document_of, without_keras_tuner
from tuner.conducting import Event, conduct
from tuner.pools import InProcess, Pool
from tuner.pruning import Pruning, below_the_median, halved
from tuner.study import Study, Trial
from tuner.trial import Run
from tuner.workers import Workers

EPOCHS = 9
MEDIAN = PrunerChoice.model_validate({"Median": {"startup_trials": 2, "warmup_epochs": 1}})
HALVING = PrunerChoice.model_validate({"SuccessiveHalving": {"min_epochs": 1, "factor": 3}})
NAN = float("nan")


def test_the_median_of_the_means_of_those_that_are_done() -> None:
    done = [[5.0, 1.0, 9.0], [3.0, 1.0], [1.0, 1.0, 1.0]]  # after two epochs: 3, 2 and 1 in the mean
    rule = MedianPruner(startup_trials=3, warmup_epochs=1)
    assert not below_the_median(rule, [9.0], done), "one epoch to warm up"
    assert below_the_median(rule, [9.0, 2.1], done) and not below_the_median(rule, [9.0, 2.0], done)
    assert not below_the_median(rule, [2.0, 9.0], done), "the best so far counts"
    assert not below_the_median(rule, [9.0, 9.0], done[1:]), "three have to be done"
    assert below_the_median(rule, [9.0, 2.1], [[5.0, 1.0], [NAN, 2.0], [NAN, NAN], [1.0, 1.0]]), (
        "what is finite of them"
    )


def test_one_of_three_goes_on_from_each_rung() -> None:
    rule = SuccessiveHalvingPruner(min_epochs=2, factor=3)
    others = [[float(number)] * 2 for number in range(1, 6)]
    assert not any(halved(rule, [9.0] * epochs, others) for epochs in (1, 3, 4, 5, 7)), (
        "rungs are at 2, 6 and 18 epochs"
    )
    assert [halved(rule, [value] * 2, others) for value in (0.0, 1.0, 2.0, 2.5)] == [False, False, False, True]
    assert halved(rule, [1.5] * 2, others[:2]), "of fewer than three the best one"
    assert not halved(rule, [9.0] * 6, others), "it is the first at its rung"
    assert halved(rule, [9.0] * 6, [*others, [8.0] * 7])


def test_what_was_never_finite_and_the_last_epoch_are_not_judged() -> None:
    search = document_of().search
    assert search is not None
    pruning = Pruning(search.model_copy(update={"pruner": HALVING}), 3)
    trials = [Trial(number, "done", {}, 0.9, history=({"val_accuracy": 0.9},) * 3) for number in (1, 2)]
    assert not pruning.hopeless(3, 0, {"val_accuracy": NAN}, trials)
    assert not pruning.hopeless(3, 2, {"val_accuracy": 0.1}, trials)
    assert pruning.hopeless(4, 0, {"val_accuracy": 0.1}, trials)
    assert not pruning.hopeless(4, 0, {"val_accuracy": 0.9}, trials), "an epoch that comes once more takes its place"


@dataclass(frozen=True)
class Learning(Poisoned):
    """Trials of several epochs that keep the history of each: a first one that is middling, good and bad ones."""

    pruner: PrunerChoice = MEDIAN

    def fit(self, document: Document, dataset: object, *, checkpoint: Path, on_epoch: Any, **options: Any) -> Any:
        """In the place of training."""
        number = int(checkpoint.name.partition(".")[0])
        with (self.folder / "log").open("a") as log:
            log.write(f"{number} {os.getpid()}\n")
        known = len(checkpoint.read_text().split()) if checkpoint.exists() else 0
        history = [{"val_accuracy": (number * 37 % 10) / 10 + epoch / 100} for epoch in range(EPOCHS)]
        for epoch in range(known, EPOCHS):
            on_epoch(epoch, history[epoch])
            checkpoint.write_text("x " * (epoch + 1))
        return SimpleNamespace(history=tuple(history), model=None)

    def read(self, checkpoint: Path) -> Any:
        """In the place of `zoo.checkpoint.read`."""
        number, known = int(checkpoint.name.partition(".")[0]), len(checkpoint.read_text().split())
        return SimpleNamespace(
            history=tuple({"val_accuracy": (number * 37 % 10) / 10 + epoch / 100} for epoch in range(known))
        )

    def __call__(self) -> Run:
        """Makes its runs."""
        run: Any = super().__call__()
        checkpoint = ModuleType("zoo.checkpoint")
        checkpoint.read = self.read  # type: ignore[attr-defined]
        sys.modules["zoo.checkpoint"] = checkpoint
        made: Run = replace(run, search=settings(self.pruner), epochs=EPOCHS)
        return made


def settings(pruner: PrunerChoice) -> Search:
    search = document_of().search
    assert search is not None
    return search.model_copy(update={"pruner": pruner, "trials": 8})


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tuner.oracles", "zoo.epochs", "zoo.checkpoint", "torch"):
        monkeypatch.setitem(sys.modules, name, sys.modules.get(name))
    monkeypatch.setitem(vars(zoo), "fit", None)
    without_keras_tuner()


def searched(
    make: Learning, pool: Pool, on_event: Any = lambda event: None
) -> dict[int, tuple[str, int, float | None]]:
    """Of each trial the status, its epochs and its score."""
    make.folder.mkdir(exist_ok=True)
    with Study.open(make.folder / "study.sqlite") as study:
        conduct(study, settings(make.pruner), document_of().params, EPOCHS, pool, on_event)
        return {trial.id: (trial.status, len(trial.history), trial.score) for trial in study.trials()}


TRAINED = {"Median": [9, 9, 2, 9, 2, 2, 9, 2], "SuccessiveHalving": [9, 1, 1, 9, 1, 1, 9, 1]}
"""Epochs of each trial: they reach about 0.7, 0.4, 0.1, 0.8, 0.5, 0.2, 0.9 and 0.6."""


@pytest.mark.parametrize("pruner", [MEDIAN, HALVING], ids=lambda pruner: pruner.kind)
def test_hopeless_trials_are_stopped_and_a_killed_search_stops_the_same(tmp_path: Path, pruner: PrunerChoice) -> None:
    """keras-tuner #555: pruning."""
    calm = Learning(tmp_path / "calm", pruner=pruner)
    found = searched(calm, InProcess(calm()))
    assert [epochs for _, epochs, _ in found.values()] == TRAINED[pruner.kind]
    assert {status for status, epochs, _ in found.values() if epochs < EPOCHS} == {"pruned"}
    assert found[3][2] == 0.1 + (found[3][1] - 1) / 100, "the best that it had reached"
    for die_at in range(2, 20, 3):
        wild, epochs = Learning(tmp_path / str(die_at), pruner=pruner), 0

        def die(event: Event, at: int = die_at) -> None:
            nonlocal epochs
            epochs += event.kind == "epoch"
            if epochs == at:
                raise SystemExit

        with pytest.raises(SystemExit):
            searched(wild, InProcess(wild()), die)
        assert searched(wild, InProcess(wild())) == found


def test_a_worker_is_told_to_stop_and_lives_on(tmp_path: Path) -> None:
    make = Learning(tmp_path / "workers")
    make.folder.mkdir()
    with Workers(make, ({},), preloaded=["tests.tuner.poison"], judged=True) as pool:
        found = searched(make, pool)
    assert [epochs for _, epochs, _ in found.values()] == TRAINED["Median"]
    assert len({process for _, process in make.runs()}) == 1
