"""What the oracles propose."""

import math
import statistics
from collections.abc import Callable
from typing import Literal, get_args

import pytest

from specs.sections.search import Axis, OracleName, Search, Value
from tests.tuner.made_up import DEFAULTS, EPOCHS, ORACLES, SPACE, settings
from tuner.oracles import Oracle
from tuner.proposal import Proposal

Score = Callable[[Proposal], float | None]

SMALL = {"units": Axis(values=(8, 16, 32)), "order": Axis(values=("before", "after")), "bias": Axis(values=(True,))}


def by_rate(proposal: Proposal) -> float | None:
    return 1 - abs(float(proposal.values["rate"]) - 0.01)


def by_id(proposal: Proposal) -> float | None:
    return 1 - proposal.id / 1000


def proposals(search: Search, count: int, score: Score, defaults: dict[str, object] = DEFAULTS) -> list[Proposal]:
    oracle = Oracle(search, defaults, EPOCHS)
    found: list[Proposal] = []
    while len(found) < count and (proposal := oracle.propose()) is not None:
        found.append(proposal)
        oracle.tell(proposal.id, score(proposal))
    return found


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("seed", [0, 5])
def test_the_seed_fixes_the_trials(name: OracleName, seed: int) -> None:
    first, second = (proposals(settings(name, 4, seed), 4, by_rate) for _ in range(2))
    assert first == second
    other = proposals(settings(name, 4, seed + 1), 4, by_rate)
    assert (other == first) == (name == "grid"), "a grid has nothing to draw"


@pytest.mark.parametrize("name", ORACLES)
def test_the_specs_own_values_are_tried_first(name: OracleName) -> None:
    assert proposals(settings(name, 1), 1, by_rate)[0].values == {"rate": 1e-3, "order": "after"}


@pytest.mark.parametrize("name", ["random", "bayesian", "hyperband", "tpe", "cma_es"])
def test_a_default_outside_its_range_is_tried_as_it_is(name: OracleName) -> None:
    found = proposals(settings(name, 12), 4, by_id, {"rate": 0, "order": "after"})
    assert found[0].values == {"rate": 0, "order": "after"}
    assert all(1e-4 <= float(each.values["rate"]) <= 1e-1 for each in found[1:])


@pytest.mark.parametrize("name", ["random", "bayesian", "grid", "tpe", "cma_es"])
def test_a_small_space_is_used_up_without_repeating(name: OracleName) -> None:
    found = proposals(settings(name, 50, space=SMALL), 50, by_id, {})
    points = {tuple(each.values.items()) for each in found}
    assert len(found) == len(points) == 6
    assert all(each.values["bias"] is True for each in found)


def test_hyperband_promotes_in_a_space_smaller_than_its_first_round() -> None:
    found = proposals(settings("hyperband", 50, space=SMALL), 50, by_id, {})
    rounds = [(each.initial_epoch, each.epochs) for each in found]
    assert rounds == [(0, 1)] * 6 + [(1, 3)] * 3 + [(3, 9)]
    assert len({tuple(each.values.items()) for each in found[:6]}) == 6


@pytest.mark.parametrize("sampling", ["linear", "log", "reverse_log"])
def test_a_range_of_integers_is_used_up(sampling: str) -> None:
    space = {"units": Axis.model_validate({"min_value": 1, "max_value": 12, "sampling": sampling})}
    found = proposals(settings("random", 50, space=space), 50, by_id, {})
    assert sorted(int(each.values["units"]) for each in found) == list(range(1, 13))


@pytest.mark.parametrize("defaults", [{}, {"units": 16, "order": "after", "bias": True}])
def test_a_grid_has_every_point_once(defaults: dict[str, object]) -> None:
    space = {**SMALL, "rate": Axis(min_value=0.1, max_value=0.4, step=0.1)}
    found = proposals(settings("grid", 100, space=space), 100, by_id, defaults)
    assert len(found) == len({tuple(each.values.items()) for each in found}) == 24


def test_hyperband_goes_on_from_the_best_of_a_round() -> None:
    found = proposals(settings("hyperband", 13), 13, by_rate)
    lower, upper, top = found[:9], found[9:12], found[12]
    best = sorted(lower, key=by_rate_key, reverse=True)[:3]
    assert [each.source for each in upper] == [each.id for each in best]
    assert [each.values for each in upper] == [each.values for each in best]
    assert (top.epochs, top.initial_epoch) == (9, 3)


def by_rate_key(proposal: Proposal) -> float:
    return by_rate(proposal) or 0.0


@pytest.mark.parametrize("failing", [{1}, {2, 3, 4}, {1, 2, 3, 4, 5, 6, 7, 8}])
def test_failed_trials_do_not_starve_hyperband(failing: set[int]) -> None:
    found = proposals(settings("hyperband", 13), 13, lambda p: None if p.id in failing else by_rate(p))
    promoted = [each for each in found if each.source is not None]
    assert promoted and not failing & {each.source for each in promoted}
    assert any(each.epochs == 9 and each.source for each in found)


def test_hyperband_survives_when_everything_fails() -> None:
    found = proposals(settings("hyperband", 40), 40, lambda proposal: None)
    assert len(found) == 40
    assert not any(each.source for each in found)


def test_many_failures_in_a_row_do_not_stop_an_oracle() -> None:
    found = proposals(settings("bayesian", 6), 6, lambda proposal: None)
    assert len(found) == 6


def test_bayesian_learns_from_failures() -> None:
    """Half the space fails: with the failures told as the worst score, it turns to the other half."""

    def score(proposal: Proposal) -> float | None:
        return None if proposal.values["order"] == "after" else by_rate(proposal)

    found = proposals(settings("bayesian", 9), 9, score)
    assert [each.values["order"] for each in found[4:]].count("before") >= 4


@pytest.mark.parametrize("name", ORACLES)
def test_the_record_is_believed_over_the_oracle(name: OracleName) -> None:
    oracle = Oracle(settings(name, 5), DEFAULTS, EPOCHS)
    recorded: dict[str, Value] = {"rate": 1e-4, "order": "before"}
    proposal = oracle.propose(recorded)
    assert proposal is not None and proposal.values == recorded
    oracle.tell(1, 0.5)
    following = oracle.propose()
    assert following is not None and following.values != recorded


def test_weights_are_kept_only_while_a_trial_can_go_on() -> None:
    oracle = Oracle(settings("hyperband", 20), DEFAULTS, EPOCHS)
    kept: list[frozenset[int]] = []
    for _ in range(14):
        proposal = oracle.propose()
        assert proposal is not None
        assert proposal.source is None or proposal.source in kept[-1], "its start was kept until now"
        oracle.tell(proposal.id, by_id(proposal))
        kept.append(oracle.promotable())
    assert [len(each) for each in kept] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 3, 0, 1]


def test_the_space_is_what_keras_tuner_is_given() -> None:
    assert all(1e-4 <= float(each.values["rate"]) <= 1e-1 for each in proposals(settings("random", 30), 30, by_rate))
    assert set(SPACE) == set(proposals(settings("random", 1), 1, by_rate)[0].values)


def away(oracle: OracleName, seed: int) -> float:
    """How far the rates of a search lie from the best one, behind its first half."""
    found = proposals(settings(oracle, 30, seed), 30, by_rate)
    return statistics.median(abs(float(each.values["rate"]) - 0.01) for each in found[15:])


def test_tpe_goes_where_scores_are_good_and_not_where_trials_run() -> None:
    assert all(away("tpe", seed) < away("random", seed) for seed in range(3))
    found = proposals(settings("tpe", 40), 20, by_rate)
    oracle = Oracle(settings("tpe", 40), DEFAULTS, EPOCHS)
    for each in found:
        assert oracle.propose(each.values) is not None
        oracle.tell(each.id, by_rate(each))
    together = [oracle.propose() for _ in range(5)]
    assert len({each.values["rate"] for each in together if each}) == 5


TWO = {
    "rate": Axis(min_value=1e-4, max_value=1e-1, sampling="log"),
    "momentum": Axis(min_value=0.0, max_value=0.99),
    "units": Axis(min_value=8, max_value=256),
}


def in_a_valley(proposal: Proposal) -> float:
    rate, momentum, units = (float(proposal.values[name]) for name in ("rate", "momentum", "units"))
    return 1 - abs(math.log10(rate) + 2 + (momentum - 0.5)) - abs(momentum - 0.7) - abs(units - 100) / 256


def test_cma_es_goes_where_scores_are_good() -> None:
    """Of what is proposed behind the first generations the median is better than what is drawn at random."""
    start: dict[str, object] = {"rate": 1e-3, "momentum": 0.2, "units": 200}
    for seed in range(3):
        drawn, learnt = (
            statistics.median(map(in_a_valley, proposals(settings(name, 60, seed, TWO), 60, in_a_valley, start)[40:]))
            for name in get_args(Literal["random", "cma_es"])
        )
        assert learnt > drawn + 0.3, seed
