"""How much each searched param has to do with the score, and which of them nothing can be seen of.

A random forest learns the scores from the coded values, and the variance of what it says is split by params, as in
fANOVA (Hutter, Hoos and Leyton-Brown, An Efficient Approach for Assessing Hyperparameter Importance, ICML 2014). The
shares are Sobol's indices of the forest with every param drawn from the values that were tried of it: of a param alone
(the first-order index) and together with the others (the total one), estimated from pairs of drawn points (Jansen,
Computer Physics Communications 117, 1999; Saltelli et al., Computer Physics Communications 181, 2010, table 2).

Whether a share is more than chance is asked as Boruta does (Kursa and Rudnicki, Journal of Statistical Software 36(11),
2010): the forest also gets shuffled copies of all params, which cannot have to do with the score. There are COPIES of
each, in ROUNDS forests, shuffled anew. A param whose total share does not exceed that of the best of a set of copies in
all but a part CHANCE of the sets did nothing that can be told from chance; since it has to beat the best of a copy of
each, CHANCE is that of calling any param of a search in which none matters important (Westfall and Young,
Resampling-Based Multiple Testing, 1993).

Scores behind Tukey's fence count as if they stood at it: one trial that diverged would else be all there is to explain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tuner.objective import cost
from tuner.reports.reading import Record
from tuner.reports.scales import Scale, fence, scales_of
from tuner.study import Trial

FEWEST = 12
"""Trials with a score below which nothing is said."""

ROUNDS, COPIES = 8, 5
"""Of 40 sets of copies one may do as much as a param: a chance of 2 in 41. Few forests of many columns are quicker."""

CHANCE = 0.05

TREES = 24

FEWEST_IN_LEAF = 3
"""Trials in a leaf: trees that are grown to single trials learn their noise."""

POINTS = 256
"""Points of the space at which the forest is asked, for each share."""

Array = NDArray[np.float64]
Verdict = Literal["matters", "nothing", "one value"]


@dataclass(frozen=True, slots=True)
class Importance:
    """What is known of a param.

    `alone` and `together` are parts of the forest's variance; the latter has what the param does only with others, so
    that these add up to more than one where params work together. `chance` is the part of the sets of copies of which
    one did as much.
    """

    name: str
    verdict: Verdict
    alone: float = 0.0
    together: float = 0.0
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Importances:
    """Of every searched param, the most important first; or why nothing can be said."""

    params: tuple[Importance, ...] = ()
    trials: int = 0
    """How many it is drawn from."""
    refused: str | None = None


def importances(record: Record) -> Importances:
    """What is known of each searched param of a study; the same each time it is asked."""
    trials = _last_of_each([trial for trial in record.trials if trial.score is not None])
    if len(trials) < FEWEST:
        return Importances(refused=f"needs {FEWEST} trials with a score (there are {len(trials)})", trials=len(trials))
    codes, names = _coded(record, trials)
    costs = np.array([cost(record.objective, trial.score or 0.0) for trial in trials])
    costs = np.minimum(costs, fence(costs.tolist()))
    if not names or float(np.ptp(costs)) == 0.0:
        reason = "all trials have the same score" if names else "no param was varied"
        return Importances(refused=reason, trials=len(trials))
    found = _shares(codes, costs)
    beaten = _beaten(found[:, 1], len(names))
    judged = [_judged(name, found[:, :, i], beaten[i]) for i, name in enumerate(names)]
    judged.sort(key=lambda each: (each.verdict != "matters", -each.together))
    still = [Importance(name, "one value") for name in record.search.space if name not in names]
    return Importances((*judged, *still), len(trials))


def _beaten(totals: Array, params: int) -> list[int]:
    """For each param in how many sets of copies the best one did as much.

    Shares are told in standard deviations of the param's own copies: a forest likes what has many values, shuffled too.
    """
    copies = totals[:, params:].reshape(ROUNDS, COPIES, params)
    mean, spread = copies.mean(axis=(0, 1)), copies.std(axis=(0, 1)) + 1e-12
    best = ((copies - mean) / spread).max(axis=2)
    scaled = (totals[:, :params] - mean) / spread
    return [int(np.sum(best >= scaled[:, i : i + 1])) for i in range(params)]


def _judged(name: str, shares: Array, beaten: int) -> Importance:
    chance = (1 + beaten) / (1 + ROUNDS * COPIES)
    alone, together = (float(np.clip(value, 0.0, 1.0)) for value in np.median(shares, axis=0))
    return Importance(name, "matters" if chance <= CHANCE else "nothing", min(alone, together), together, chance)


def _shares(codes: Array, costs: Array) -> Array:
    """Shares of each param and then of each shuffled copy, shape (rounds, 2, columns): alone, together."""
    # Imported here: it takes seconds, and most studies are too small to be asked.
    from sklearn import config_context
    from sklearn.ensemble import RandomForestRegressor

    random = np.random.default_rng(0)
    rounds = []
    for number in range(ROUNDS):
        copies = np.column_stack([random.permutation(column) for _ in range(COPIES) for column in codes.T])
        forest = RandomForestRegressor(TREES, min_samples_leaf=FEWEST_IN_LEAF, random_state=number, n_jobs=1)
        # Looking at each argument of each tree takes longer than growing it.
        with config_context(skip_parameter_validation=True, assume_finite=True):
            rounds.append(_indices(forest.fit(np.hstack([codes, copies]), costs), codes, random))
    return np.array(rounds)


def _indices(forest: Any, codes: Array, random: np.random.Generator) -> Array:
    """First-order and total index of each column, shape (2, columns)."""
    one, other = (_drawn(codes, random) for _ in range(2))
    columns = one.shape[1]
    mixed = np.repeat(one[np.newaxis], columns, axis=0)
    for i in range(columns):
        mixed[i, :, i] = other[:, i]
    asked = forest.predict(np.vstack([one, other, mixed.reshape(-1, columns)])).reshape(columns + 2, POINTS)
    at_one, at_other, at_mixed = asked[0], asked[1], asked[2:]
    variance = float(np.var(asked[:2])) or 1.0
    total = np.mean((at_one - at_mixed) ** 2, axis=1) / (2 * variance)
    first = 1 - np.mean((at_other - at_mixed) ** 2, axis=1) / (2 * variance)
    return np.array([first, total])


def _drawn(codes: Array, random: np.random.Generator) -> Array:
    """Points with every param, and every copy, drawn from the values that were tried, each on its own."""
    return np.column_stack([random.choice(column, POINTS) for _ in range(1 + COPIES) for column in codes.T])


def _coded(record: Record, trials: Sequence[Trial]) -> tuple[Array, list[str]]:
    """Values as places on their axes, shape (trials, params), and the names of the params that were varied.

    A param that a trial has no value for stands before its axis.
    """
    scales = scales_of(record.search, (trial.values for trial in trials))
    columns = {name: [_code(scale, trial, name) for trial in trials] for name, scale in scales.items()}
    names = [name for name, column in columns.items() if len(set(column)) > 1]
    return np.array([columns[name] for name in names], np.float64).T, names


def _code(scale: Scale, trial: Trial, name: str) -> float:
    place = scale.at(trial.values.get(name))
    return -0.5 if place is None else place


def _last_of_each(trials: Sequence[Trial]) -> list[Trial]:
    """Of trials with equal values, as Hyperband's longer rounds have, the one that was trained last."""
    return list({tuple(sorted((k, repr(v)) for k, v in trial.values.items())): trial for trial in trials}.values())
