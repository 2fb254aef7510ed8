"""What does not fit the spec becomes no trial, costs none, and the oracles propose something else."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import specs
import tuner
from specs.points import Survey
from specs.sections.search import Axis, OracleName, Search, Value
from tests.tuner.made_up import DEFAULTS, EPOCHS, ORACLES, good_at
from tests.tuner.made_up import settings as search_of
from tuner import fitting, report
from tuner.conducting import NOTHING_FITS, Event, conduct
from tuner.fitting import all_fit, fits_of
from tuner.oracles import Oracle
from tuner.pools import InProcess
from tuner.proposal import Proposal
from tuner.searching import Result
from tuner.study import Study, Trial
from tuner.trial import Outcome

SMALL = {"units": Axis(values=(8, 16, 32)), "depth": Axis(min_value=1, max_value=4), "bias": Axis(values=(True, False))}
WIDE = {"units": Axis(min_value=1, max_value=1000), "rate": Axis(min_value=1e-4, max_value=1e-1, sampling="log")}


def proposed(search: Search, fits: fitting.Fits, defaults: Mapping[str, object], count: int) -> list[Proposal]:
    oracle = Oracle(search, defaults, EPOCHS, fits)
    found: list[Proposal] = []
    while len(found) < count and (proposal := oracle.propose()) is not None:
        found.append(proposal)
        oracle.tell(proposal.id, 0.5 + float(proposal.values["units"]) / 10_000)
    return found


@pytest.mark.parametrize("name", ORACLES)
def test_no_proposal_lies_where_the_spec_does_not_fit(name: OracleName) -> None:
    """keras-tuner #704: impossible points."""

    def fits(values: Mapping[str, Value]) -> bool:
        return float(values["units"]) <= 300

    # A proposal of the Gaussian process takes a second; the third random point is behind it.
    count = 5 if name == "bayesian" else 9
    found = proposed(search_of(name, count, space=WIDE), fits, {"units": 8, "rate": 1e-3}, count)
    assert [each.id for each in found] == list(range(1, count + 1)), "what was refused takes no trial's place"
    assert all(fits(each.values) for each in found)


def key(values: Mapping[str, Value]) -> tuple[Value, ...]:
    return tuple(values[name] for name in SMALL)


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(["random", "grid"]), st.randoms(use_true_random=False), st.booleans())
def test_a_small_space_is_used_up_but_for_what_does_not_fit(name: OracleName, drawn: object, own: bool) -> None:
    points = {(u, d, b) for u in (8, 16, 32) for d in range(1, 5) for b in (True, False)}
    wrong = {point for point in sorted(points) if drawn.random() < 0.6} - {(16, 2, True)}  # type: ignore[attr-defined]
    defaults = {"units": 16, "depth": 2, "bias": True} if own else {}
    found = proposed(search_of(name, 50, space=SMALL), lambda v: key(v) not in wrong, defaults, 50)
    assert sorted(key(each.values) for each in found) == sorted(points - wrong)


def test_hyperband_promotes_where_few_points_fit() -> None:
    space = {"units": Axis(values=tuple(range(100)))}
    found = proposed(search_of("hyperband", 50, space=space), lambda v: float(v["units"]) < 6, {"units": 0}, 50)
    assert [(each.initial_epoch, each.epochs) for each in found] == [(0, 1)] * 6 + [(1, 3)] * 3 + [(3, 9)]


@pytest.mark.parametrize("name", ORACLES)
def test_where_nothing_else_fits_the_search_ends_and_says_so(name: OracleName, tmp_path: Path) -> None:
    asked: list[Value] = []

    def fits(values: Mapping[str, Value]) -> bool:
        asked.append(values["rate"])
        return False

    with Study.open(tmp_path / "study.sqlite") as study:
        note = conduct(study, search_of(name, 6), DEFAULTS, EPOCHS, InProcess(good_at), print, fits)
        assert len(study.trials()) == 1, "the spec's own values"
    assert note == (None if name == "grid" else NOTHING_FITS), "a grid has come to its end"
    assert 0 < len(asked) <= fitting.MAX_CHECKED


TEXT = """
name: net
params: {window: 3, pool: 2, width: 8, rate: 0.1}
input: {shape: [16, 16, 1]}
body:
  - Conv2D: {filters: $width, kernel_size: $window}
  - MaxPooling2D: {pool_size: $pool}
  - Conv2D: {filters: $width, kernel_size: $window}
  - Dropout: {rate: $rate}
  - GlobalAveragePooling2D
  - Dense: {units: 10}
"""
SPACE = "search: {{space: {{{}, width: {{min_value: 1, max_value: 900}}, rate: {{min_value: 0.0, max_value: 0.5}}}}}}\n"
MISFITS = SPACE.format("window: {values: [3, 5]}, pool: {values: [2, 4]}")
FITTING = SPACE.format("window: {values: [1, 3]}, pool: {values: [2, 3]}")


def document_of(space: str) -> specs.Document:
    return specs.loads(TEXT + space, "net.yaml")


def test_a_document_says_what_fits() -> None:
    document = document_of(MISFITS)
    fits = fits_of(document, specs.survey(document))
    own: dict[str, Value] = {"window": 3, "pool": 2, "width": 8, "rate": 0.1}
    assert fits(own)
    assert fits({**own, "window": 5}) and fits({**own, "pool": 4})
    assert not fits({**own, "window": 5, "pool": 4, "width": 900}), "5 does not fit into 3"
    assert not fits({**own, "width": 0}), "outside the space, and refused by the spec itself"


def test_what_is_left_out_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    survey = specs.survey(document_of(MISFITS))
    report.say_left_out(survey)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "left out: window 5 and pool 4: body[2].Conv2D.kernel_size (line 8): "
        "a window of 5 does not fit into a height of 3; the input is (3, 3, 1) from 'max_pooling2d1' (line 7)\n"
    )
    best = Trial(1, "done", {"window": 3}, score=0.9)
    result = Result("val_accuracy", best, (best,), Path("a"), Path("a/best.yaml"), left_out=survey.regions)
    (region,) = json.loads(json.dumps(report.as_json(result)))["left_out"]
    assert region["values"] == {"window": [5], "pool": [4]}
    assert (region["error"]["line"], region["error"]["path"]) == (8, "body[2].Conv2D.kernel_size")


def test_a_search_tells_at_its_start_and_at_its_end_what_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoo.load_data", lambda document: SimpleNamespace(fingerprint="", train=None))
    monkeypatch.setattr("tuner.trial.Runner", lambda *_: lambda proposal, digest, on_epoch: Outcome(score=0.5))
    told: list[Survey | Event] = []
    document = document_of(MISFITS)
    result = tuner.search(document, tmp_path, trials=2, workers=0, on_event=told.append, on_survey=told.append)
    assert [type(each) for each in told] == [Survey] + 4 * [Event]
    assert isinstance(told[0], Survey) and result.left_out == told[0].regions == specs.infeasible(document)
    assert [str(region) for region in result.left_out] == ["window 5 and pool 4"]


@pytest.mark.parametrize(("trials", "expected"), [(5, []), (6, ["6 trials for 5 combinations that fit"])])
def test_trials_are_counted_against_what_fits(trials: int, expected: list[str], tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    space = "space: {window: {values: [2, 3, 5]}, pool: {values: [2, 4]}}"
    path.write_text(f"{TEXT}search: {{trials: {trials}, {space}}}\n")
    found = [each.message.partition(";")[0] for each in specs.lint(path) if each.code == "H07"]
    assert found == expected


def test_nothing_is_asked_where_everything_is_proven_to_fit() -> None:
    document = document_of(FITTING)
    assert fits_of(document, specs.survey(document)) is all_fit


def test_refusals_are_counted_for_each_proposal_and_asked_once() -> None:
    asked: list[Value] = []

    def fits(values: Mapping[str, Value]) -> bool:
        asked.append(values["units"])
        return False

    space: Any = SimpleNamespace(decode=dict, count=3, points=lambda: [{"units": n} for n in range(3)])
    found = fitting.Fitting(space, fits)
    found.begin()
    for number in range(fitting.MAX_CHECKED):
        assert (found.exhausted, found.given_up) == (number >= fitting.MAX_CHECKED // 2, False)
        found.fits({"units": number})
    assert found.given_up
    found.begin()
    assert not found.exhausted
    assert (found.count(space), found.exhausted) == (0, False)
    for _ in range(fitting.MAX_CHECKED):
        found.fits({"units": 1})
    assert found.given_up, "what is known counts again"
    assert asked == list(range(fitting.MAX_CHECKED)), "and is not asked again"
    found.fits({"units": True})
    assert asked[-1] is True, "true is not the number 1"
