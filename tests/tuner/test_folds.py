"""keras-tuner #139: a trial over several folds and seeds, whose score is a mean that says how far it scatters."""

import statistics
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import specs
import tuner
import zoo
from specs.document import Document
from specs.errors import DataError, UserError
from tuner.plan import Plan
from tuner.proposal import Proposal
from tuner.trial import Outcome, Runner
from zoo.data.loading import folds_of

SPEC = """
name: small
params: {learning_rate: 0.01}
input: {shape: [8, 8, 1]}
body:
  - Flatten
  - Normalization
  - Dense: {units: 10, activation: softmax}
train:
  data: {digits: {seed: 3}}
  optimizer: {SGD: {learning_rate: $learning_rate, momentum: 0.9}}
  batch_size: 512
  epochs: 2
  seed: 5
search:
  folds: 2
  space:
    learning_rate: {values: [0.1, 0.2, 0.01]}
"""


@pytest.fixture(scope="module")
def document() -> Document:
    return specs.loads(SPEC, "small.yaml")


@pytest.fixture(scope="module")
def data(document: Document) -> zoo.Dataset:
    return zoo.load_data(document)


def runner(document: Document, data: zoo.Dataset, folder: Path, **changes: object) -> Runner:
    folder.mkdir(exist_ok=True)
    assert document.search is not None
    search = document.search.model_copy(update=changes)
    run = Plan(document, search, 2, folder, data.fingerprint).runner(data)
    assert isinstance(run, Runner)
    return run


class Killed(BaseException):
    """What nobody catches."""


def test_a_score_is_the_mean_of_models_that_know_nothing_of_their_fold(
    document: Document, data: zoo.Dataset, tmp_path: Path
) -> None:
    """What is measured for Normalization is measured of each fold's training examples alone."""
    run, told = runner(document, data, tmp_path), list[tuple[int, float]]()
    proposals = [Proposal(number, {"learning_rate": rate}) for number, rate in ((1, 0.1), (2, 0.2))]
    outcomes = [run(each, None, lambda epoch, logs: told.append((epoch, logs["val_loss"]))) for each in proposals]
    assert len(run.compiled.kept) == 2, "a model a fold, for all trials: each fold is measured anew"
    own = specs.with_params(document, learning_rate=0.2)
    histories = [zoo.fit(own, fold, seed=5).history for fold in folds_of(data, 2, seed=3)]
    assert told[4:] == [(number, logs["val_loss"]) for number, logs in enumerate([*histories[0], *histories[1]])]
    means = [statistics.fmean(logs["val_accuracy"] for logs in epoch) for epoch in zip(*histories, strict=True)]
    found = outcomes[1]
    assert (found.score, found.epoch) == (max(means), means.index(max(means)) + 1)
    assert found.trainings == tuple(history[means.index(max(means))]["val_accuracy"] for history in histories)
    assert [logs["val_accuracy"] for logs in found.history] == means


def test_a_trial_that_was_cut_off_goes_on_in_its_last_training(
    document: Document, data: zoo.Dataset, tmp_path: Path
) -> None:
    proposal = Proposal(1, {"learning_rate": 0.1})
    calm = runner(document, data, tmp_path / "calm", folds=None, seeds=2)(proposal, None, lambda epoch, logs: None)
    assert calm.trainings[0] != calm.trainings[1]
    told: list[int] = []

    def follow(epoch: int, logs: Mapping[str, float]) -> None:
        told.append(epoch)
        if told == [0, 1, 2]:
            raise Killed

    with pytest.raises(Killed):
        runner(document, data, tmp_path / "out", folds=None, seeds=2)(proposal, None, follow)
    found = runner(document, data, tmp_path / "out", folds=None, seeds=2)(proposal, None, follow)
    assert told in ([0, 1, 2, 2, 3], [0, 1, 2, 3]), "nothing of the first training is done again"
    assert found == calm


def test_all_of_it_is_recorded_and_shown(document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Outcome(0.5, 1, None, ({"val_accuracy": 0.5},), trainings=(0.25, 0.75))
    monkeypatch.setattr("tuner.trial.Runner.__call__", lambda *_: made)
    result = tuner.search(document, tmp_path, trials=1, workers=0)
    assert (result.best.trainings, result.best.std) == ((0.25, 0.75), statistics.stdev((0.25, 0.75)))
    from tests.tuner.test_trials import zoo as trials

    assert "0.5000 ± 0.3536" in trials(str(tmp_path)).stdout
    assert '"trainings": [' in trials(str(tmp_path), "--json").stdout
    assert "0.5000 ± 0.3536" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_what_cannot_be_is_said_before_anything_is_written(document: Document, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="folds train a trial 2 times, and hyperband goes on from the weights of one"):
        tuner.search(document, tmp_path / "out", oracle="hyperband")
    small = specs.loads(SPEC.replace("seed: 3", "test_split: 0.98, validation_split: 0.015"), "small.yaml")
    assert small.search is not None
    many = replace(small, search=small.search.model_copy(update={"folds": 99}))
    with pytest.raises(DataError, match="36 examples for training and validation are too few for 99 folds"):
        tuner.search(many, tmp_path / "out")
    assert not (tmp_path / "out").exists()
