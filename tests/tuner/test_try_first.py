"""Points that a search is told to try first (`search.try_first`)."""

import functools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import specs
import tuner
from specs.errors import UserError
from specs.sections.search import OracleName
from tests.tuner.made_up import ORACLES
from tuner.proposal import Proposal
from tuner.trial import OnEpoch, Outcome

SPEC = """
name: tiny
params: {units: 4, rate: 0.01, activation: relu}
input: {shape: [8, 8, 1]}
body:
  - Flatten
  - Dense: {units: $units, activation: $activation}
  - Dense: {units: 10, activation: softmax}
train: {data: digits, optimizer: {Adam: {learning_rate: $rate}}, epochs: 9}
search:
  try_first: [{units: 16, rate: 0.0900000001}, {units: 4, activation: relu}, {activation: silu}]
  space:
    units: {min_value: 4, max_value: 64, step: 12}
    rate: {min_value: 0.01, max_value: 0.1, step: 3, sampling: log}
    activation: {values: [relu, silu]}
"""
TRIED = [
    {"units": 4, "rate": 0.01, "activation": "relu"},  # the spec's own, which the second point is too
    {"units": 16, "rate": 0.09, "activation": "relu"},
    {"units": 4, "rate": 0.01, "activation": "silu"},
]

search = functools.partial(tuner.search, workers=0)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[BaseException | None]:
    """How the next runs end; without more, with a score."""
    ends: list[BaseException | None] = []

    def run(proposal: Proposal, digest: str | None, on_epoch: OnEpoch) -> Outcome:
        end = ends.pop(0) if ends else None
        if end is not None:
            raise end
        return Outcome(score=float(proposal.values["rate"]), epoch=1)

    monkeypatch.setattr("zoo.load_data", lambda document: SimpleNamespace(fingerprint="", train=None))
    monkeypatch.setattr("tuner.trial.Runner", lambda *_: run)
    return ends


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(folder: Path, old: str = "", new: str = "") -> Path:
    assert old in SPEC
    path = folder / "tiny.yaml"
    path.write_text(SPEC.replace(old, new, 1))
    return path


def in_order(result: tuner.Result) -> list[dict[str, Any]]:
    return [dict(trial.values) for trial in sorted(result.trials, key=lambda trial: trial.id)]


@pytest.mark.parametrize("oracle", ORACLES)
def test_points_are_tried_behind_the_defaults_also_after_an_interruption(
    spec: Path, tmp_path: Path, runs: list[BaseException | None], oracle: OracleName
) -> None:
    """keras-tuner #699: start points."""
    calm = in_order(search(spec, tmp_path / "calm", trials=4, oracle=oracle))
    assert calm[:3] == TRIED and calm[3] not in TRIED
    for ended in (1, 2):
        runs.extend([*[None] * ended, KeyboardInterrupt()])
        with pytest.raises(KeyboardInterrupt):
            search(spec, tmp_path / f"stopped{ended}", trials=4, oracle=oracle)
        assert in_order(search(spec, tmp_path / f"stopped{ended}", trials=4, oracle=oracle)) == calm


def test_other_points_are_another_study_which_extends(
    spec: Path, tmp_path: Path, runs: list[BaseException | None]
) -> None:
    before = in_order(search(spec, tmp_path / "out", trials=5))
    more = written(tmp_path, "{activation: silu}]", "{activation: silu}, {units: 64, activation: silu}]")
    with pytest.raises(tuner.StudyChangedError, match=r"search\.try_first\[3\]: absent -> \{units: 64"):
        search(more, tmp_path / "out")
    found = in_order(search(more, tmp_path / "out", trials=6, extend=True))
    assert found == [*before, {"units": 64, "rate": 0.01, "activation": "silu"}]


def test_the_best_spec_has_no_points(spec: Path, tmp_path: Path, runs: list[BaseException | None]) -> None:
    """With other values of its own, what a point leaves out would be something else."""
    best = search(spec, tmp_path / "out", trials=2).spec
    found = specs.load(best)
    assert found.params == {"units": 16, "rate": 0.09, "activation": "relu"}
    assert found.search is not None and found.search.try_first == () and len(found.search.space) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "activation: relu}\ninput",
            "activation: gelu}\ninput",
            r"^search\.try_first\[0\]: leaves activation at the spec's 'gelu', which is not searched; name it",
        ),
        (
            "step: 3, sampling: log}",
            "sampling: log}",
            r"^search\.try_first\[0\]\.rate: is none of the values that a grid takes of it \(got 0\.09.*; write a step",
        ),
    ],
)
def test_a_point_outside_of_what_is_searched_is_refused_before_there_is_a_study(
    tmp_path: Path, runs: list[BaseException | None], old: str, new: str, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        search(written(tmp_path, old, new), tmp_path / "out", oracle="grid")
    assert not (tmp_path / "out").exists()
