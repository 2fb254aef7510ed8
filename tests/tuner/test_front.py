"""Several objectives: what the front is, that it is recorded, shown and written, and that an oracle heeds them all."""

import json
from pathlib import Path

import pytest

import specs
import tuner
from specs.analysis.counted import counted
from specs.errors import UserError
from tests.tuner.test_trials import session_groups, zoo
from tuner.methods import scalars
from tuner.objective import front
from tuner.oracles import Oracle
from tuner.proposal import Proposal
from tuner.study import Trial
from tuner.trial import Outcome, Runner

SPEC = """
name: small
params: {units: 8}
input: {shape: [8, 8, 1]}
body:
  - Flatten
  - Dense: {units: $units}
  - Dense: {units: 10, activation: softmax}
train: {data: digits}
search:
  objective: [val_accuracy, parameters, val_loss]
  trials: 4
  space:
    units: {values: [8, 16, 32, 64]}
"""
ACCURACY = {8: 0.6, 16: 0.8, 32: 0.7, 64: 0.9}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A search whose trainings are made up, and whose counts are not."""

    def trained(self: Runner, document: specs.Document, proposal: Proposal, *_: object) -> Outcome:
        score = ACCURACY[int(proposal.values["units"])]
        first = {"val_accuracy": 0.1, "val_loss": 0.0}
        return Outcome(score, 2, None, (first, {"val_accuracy": score, "val_loss": 1 - score}))

    monkeypatch.setattr(Runner, "_trained", trained)
    document = specs.loads(SPEC, "small.yaml")
    result = tuner.search(document, tmp_path / "small", workers=0)
    assert result.best.values == {"units": 64} and specs.load(result.spec).params["units"] == 64
    for trial in result.trials:
        model = specs.with_params(document, **trial.values)
        parameters = counted(specs.lower(model), model.train)["parameters"]
        score = ACCURACY[int(trial.values["units"])]
        assert trial.scores == {"val_accuracy": score, "parameters": parameters, "val_loss": 1 - score}
    assert [trial.values["units"] for trial in result.front] == [64, 16, 8]
    return result.out


def test_the_front_is_listed_drawn_and_written(study: Path, tmp_path: Path) -> None:
    lines = zoo(str(study), "--front").stdout.splitlines()
    assert lines[0].split()[2:5] == ["val_accuracy", "parameters", "val_loss"]
    assert [line.split()[2] for line in lines[2:5]] == ["0.9000", "0.8000", "0.6000"]
    found = json.loads(zoo(str(study), "--json").stdout)
    ids = {trial["values"]["units"]: trial["id"] for trial in found["trials"]}
    assert found["front"] == [ids[64], ids[16], ids[8]]
    assert "The front" in (study / "report.html").read_text(encoding="utf-8")
    assert zoo(str(study), "--csv", "-").stdout.splitlines()[0].split(",")[-3:] == [
        *("parameters", "val_loss", "params.units")
    ]
    assert zoo(str(study), "--write", str(ids[16])).exit_code == 0
    assert specs.load(study / f"trial-{ids[16]}.yaml").params["units"] == 16
    assert zoo(str(study), "--write", "9").exit_code == 2
    (study / "best.yaml").unlink()
    assert "is written when the search ends" in zoo(str(study), "--write", "1").stderr
    optuna = pytest.importorskip("optuna")
    assert zoo(str(study), "--optuna", str(tmp_path / "a.db")).exit_code == 0
    best = optuna.load_study(study_name="small", storage=f"sqlite:///{tmp_path / 'a.db'}").best_trials
    assert {trial.params["units"] for trial in best} == {64, 16, 8}
    assert zoo(str(study), "--tensorboard", str(tmp_path / "logs")).exit_code == 0
    for group in session_groups(tmp_path / "logs", ["units"]):
        told = {value.name.tag: value.value for value in group.metric_values}
        score = ACCURACY[int(group.hparams["units"].number_value)]
        trial = next(each for each in found["trials"] if each["values"]["units"] == group.hparams["units"].number_value)
        assert told == pytest.approx({"score": score, "score_2": trial["scores"]["parameters"], "score_3": 1 - score})


def test_what_is_dominated_is_not_on_the_front() -> None:
    rows = [(0.9, 10.0), (0.9, 9.0), (0.5, 9.0), (0.5, 1.0), (0.4, float("nan"))]
    trials = [
        Trial(number, "done", {}, score, scores={"val_accuracy": score, "val_loss": loss})
        for number, (score, loss) in enumerate(rows, 1)
    ]
    failed = Trial(6, "failed", {}, reason="made to fail")
    assert [trial.id for trial in front(("val_accuracy", "val_loss"), [*trials, failed])] == [2, 4]
    assert [trial.id for trial in front(("val_accuracy",), trials)] == [1, 2]


def test_weights_decide_what_is_better() -> None:
    results = [{"val_accuracy": 0.9, "parameters": 9e6}, {"val_accuracy": 0.5, "parameters": 1e3}, {}]
    for weights, order in (((0.9, 0.1), [0, 1, 2]), ((0.1, 0.9), [1, 0, 2])):
        costs = scalars(["val_accuracy", "parameters"], results, weights)
        assert sorted(range(3), key=costs.__getitem__) == order


def test_the_bayesian_oracle_heeds_all_objectives() -> None:
    search = specs.loads(SPEC.replace("trials: 4", "oracle: bayesian"), "small.yaml").search
    assert search is not None

    def proposed(against: float) -> list[object]:
        oracle, found = Oracle(search, {"units": 8}, 2), []
        for _ in range(3):
            proposal = oracle.propose()
            assert proposal is not None
            units = float(proposal.values["units"])
            scores = {"val_accuracy": units / 100, "parameters": against * units, "val_loss": 1.0}
            oracle.tell(proposal.id, scores["val_accuracy"], scores)
            found.append(units)
        oracle.propose()
        return list(oracle._oracle._vectorize_trials()[1])

    assert proposed(1.0) != proposed(-1.0)
    assert proposed(1.0) == proposed(1.0), "the weights are of the seed"


def test_tpe_goes_by_every_objective() -> None:
    text = SPEC.replace("trials: 4", "oracle: tpe").replace(
        "{values: [8, 16, 32, 64]}", "{min_value: 1, max_value: 99}"
    )
    search = specs.loads(text, "small.yaml").search
    assert search is not None

    def proposed(against: float) -> list[float]:
        oracle, found = Oracle(search, {"units": 50}, 2), []
        for number in range(30):
            proposal = oracle.propose()
            assert proposal is not None
            found.append(float(proposal.values["units"]))
            scores = {"val_accuracy": 0.5, "parameters": against * found[-1], "val_loss": 1.0}
            failed = number % 5 == 3
            oracle.tell(proposal.id, None if failed else 0.5, None if failed else scores)
        return found[15:]

    few, many = proposed(1.0), proposed(-1.0)
    assert sum(few) < 15 * 40 < 15 * 60 < sum(many)
    assert few == proposed(1.0)


def test_hyperband_in_place_of_the_oracle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="hyperband goes by one"):
        tuner.search(specs.loads(SPEC, "small.yaml"), tmp_path, oracle="hyperband")
