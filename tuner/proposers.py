"""keras-tuner's oracles with what they lack, and nothing else of keras-tuner; the only module that imports it.

What they propose is a function of the seed, the number of the trial and the results so far: their randomness is drawn
anew for each trial from seed and number. So an oracle is rebuilt from the record of a study by proposing and telling
again, and its own files, which do not survive a crash, are not written.

A failed trial is told as completed with a stand-in score. keras-tuner's own FAILED leaves a hole in a Hyperband rung
that is never filled (one such trial among nine and nobody reaches the last rung), and teaches the Bayesian oracle
nothing, so that it goes back to the same place.

A point where the spec does not fit is no trial: it is drawn anew before anything is counted or recorded, at most
MAX_CHECKED times for one proposal (tuner.fitting).
"""

import hashlib
import math
import random
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from specs.sections.reported import is_maximised
from specs.sections.search import Search
from tuner.fitting import Fitting
from tuner.objective import cost
from tuner.space import Codes, Dimension, Space
from zoo.backend import import_quietly

# It imports Keras, and that TensorFlow, which has much to say.
kt: Any = import_quietly("keras_tuner")

MAX_ENUMERATED = 100_000
"""Largest space that is looked through for an untried point once drawing at random finds none."""

MAX_REFITS = 3
"""Times that the Gaussian process is told that its optimum does not fit, before a point is drawn at random."""

RUNNING, STOPPED = "RUNNING", "STOPPED"


class Proposer(kt.Oracle):  # type: ignore[misc]  # keras-tuner has no types
    """What the four oracles have in common: no files, randomness by trial, defaults first, no point twice."""

    def __init__(
        self, space: Space, first: Codes | None, seed: int, objective: str, fitting: Fitting, **options: Any
    ) -> None:
        self.space_of_points = space
        self.fitting = fitting
        self.first = first
        self.base_seed = seed
        self.recorded: Codes | None = None
        direction = "max" if is_maximised(objective) else "min"
        super().__init__(
            objective=kt.Objective(objective, direction),
            hyperparameters=_hyperparameters(space, first),
            # Seeds nothing that we do not seed anew, but the Gaussian process; and keras-tuner takes 0 for "none".
            seed=1 + _mixed(seed, 0) % 2**31,
            max_consecutive_failed_trials=math.inf,
            **options,
        )
        self.verbose = 0

    def save(self) -> None:
        """The study is the record."""

    def _save_trial(self, trial: Any) -> None:
        """The study is the record."""

    def score_trial(self, trial: Any) -> None:
        """The score is set before the trial is ended."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        self._seed_state = _mixed(self.base_seed, int(trial_id) + 1)
        self._random_state = np.random.RandomState(self._seed_state % 2**32)
        response: dict[str, Any] = super().populate_space(trial_id)
        return response

    def _random_values(self) -> dict[str, Any] | None:
        if not self.trials and self.first is not None:
            return dict(self.first)
        count = self.space_of_points.count
        listed = count is not None and count <= MAX_ENUMERATED
        while not (self.fitting.exhausted if listed else self.fitting.given_up):
            values: dict[str, Any] | None = super()._random_values()
            if values is None:
                break
            if self.fitting.fits(values):
                return values
        return self._untried()

    def _untried(self) -> dict[str, Any] | None:
        """Any point that was not tried: keras-tuner gives up after 20 draws, long before a small space is used up."""
        count = self.space_of_points.count
        if count is None or count > MAX_ENUMERATED:
            return None
        untried = [point for point in self.space_of_points.points() if not self._duplicate(point)]
        drawn = random.Random(self._seed_state)  # noqa: S311
        while untried and not self.fitting.given_up:
            # The last takes the place of the one that is drawn: nothing is moved along.
            index = drawn.randrange(len(untried))
            untried[index], untried[-1] = untried[-1], untried[index]
            point = untried.pop()
            if self.fitting.fits(point):
                return point
        return None

    def failed_score(self) -> float:
        """The stand-in: the worst score of a trial that did not fail. A Gaussian process takes no infinity."""
        scores = [trial.score for trial in self.trials.values() if trial.status == "COMPLETED" and not trial.message]
        return max(scores, key=lambda score: cost(self.objective.name, score), default=0.0)

    def promotable(self) -> set[str]:
        """Trials that a later one may start from."""
        return set()


class _Random(Proposer, kt.oracles.RandomSearchOracle):  # type: ignore[misc]
    pass


class _Grid(Proposer, kt.oracles.GridSearchOracle):  # type: ignore[misc]
    """keras-tuner's order of points. Its own bookkeeping waits for each trial's end before it gives the next."""

    latest: dict[str, Any] | None = None
    """The point that was looked at last."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        point = self.recorded or self._next()
        return {"status": STOPPED, "values": None} if point is None else {"status": RUNNING, "values": dict(point)}

    def _next(self) -> Codes | None:
        if not self.trials and self.first is not None:
            return self.first
        while not self.fitting.given_up:
            self.latest = self._following()
            if self.latest is None:
                break
            if self._duplicate(self.latest):
                # Counted is what did not fit since the last trial: the same after a search was taken up again.
                self.fitting.begin()
            elif self.fitting.fits(self.latest):
                return self.latest
        return None

    def _following(self) -> dict[str, Any] | None:
        if self.latest is None:
            return {hp.name: hp.default for hp in self.hyperparameters.space}
        following: dict[str, Any] | None = self._get_next_combination(self.latest)
        return following


class _Bayesian(Proposer, kt.oracles.BayesianOptimizationOracle):  # type: ignore[misc]
    def populate_space(self, trial_id: str) -> dict[str, Any]:
        if self.recorded is not None:
            # A proposal takes seconds and leaves nothing behind: what the record holds need not be found again.
            return {"status": RUNNING, "values": dict(self.recorded)}
        self.misfits: list[dict[str, Any]] = []
        for _ in range(MAX_REFITS):
            # The matrices have as many rows as there are trials: several threads only wait for each other, and how
            # many there are must not decide what is proposed.
            with threadpool_limits(1, "blas"):
                response = super().populate_space(trial_id)
            if response["status"] != RUNNING:
                return response
            if self._duplicate(response["values"]):
                # The Gaussian process is deterministic and likes its optimum; in a small space it would stay there.
                break
            if not self.trials or self.fitting.fits(response["values"]):
                return response
            self.misfits.append(response["values"])
        return dict(self._random_populate_space())

    def _vectorize_trials(self) -> tuple[Any, Any]:
        """Results, and as bad as the worst of them what runs and the misfits of this proposal: the next optimum lies
        elsewhere (the constant liar of Ginsbourger, Le Riche and Carraro 2010). keras-tuner asks the process of its
        last proposal about what runs, which a search that was taken up again does not have.
        """
        trials = [trial for trial in self.trials.values() if trial.status == "COMPLETED"]
        running = [trial.hyperparameters.values for trial in self.trials.values() if trial.status == RUNNING]
        costs = [cost(self.objective.name, trial.score) for trial in trials]
        elsewhere = [*running, *self.misfits]
        points = [*(trial.hyperparameters.values for trial in trials), *elsewhere]
        x = [[hp.value_to_prob(point[hp.name]) for hp in self._nonfixed_space()] for point in points]
        return np.array(x), np.array([*costs, *[max(costs)] * len(elsewhere)])


class _Number(int):
    """The number of a bracket, and how many points of the space were left when it began."""

    left: float = math.inf


class _Hyperband(Proposer, kt.oracles.HyperbandOracle):  # type: ignore[misc]
    _brackets: list[dict[str, Any]]
    _current_bracket: int
    _current_iteration: int

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        before = self._current_bracket, self._current_iteration, self._brackets
        response = super().populate_space(trial_id)
        if response["status"] != RUNNING:
            # It waits for a running trial, or there are no more points: that it was asked meanwhile leaves no trace.
            self._current_bracket, self._current_iteration, known = before
            self._brackets = [each for each in self._brackets if any(each is one for one in known)]
        return response

    def _start_new_bracket(self) -> None:
        started = sum("tuner/trial_id" not in trial.hyperparameters.values for trial in self.trials.values())
        count = self.fitting.count(self.space_of_points)
        super()._start_new_bracket()
        number = _Number(self._current_bracket)
        number.left = math.inf if count is None else count - started
        self._brackets[-1]["bracket_num"] = number

    def _get_size(self, bracket_num: int, round_num: int) -> int:
        # A bracket larger than what is left of the space would wait for ever for its first round to fill.
        return int(min(super()._get_size(bracket_num, round_num), getattr(bracket_num, "left", math.inf)))

    def failed_score(self) -> float:
        """Infinitely bad: behind every other trial of its round."""
        return -math.inf if is_maximised(self.objective.name) else math.inf

    def promotable(self) -> set[str]:
        return {
            info["id"]
            for bracket in self._brackets
            for number, (lower, upper) in enumerate(zip(bracket["rounds"], bracket["rounds"][1:], strict=False), 1)
            if len(upper) < self._get_size(bracket["bracket_num"], number)
            for info in lower
            if info["id"] not in {taken["past_id"] for taken in upper}
        }


def proposer(search: Search, space: Space, first: Codes | None, epochs: int, fitting: Fitting) -> Proposer:
    """keras-tuner's oracle of the name that a search gives; `first` is what it proposes first, where there is one."""
    common: dict[str, Any] = {"space": space, "first": first, "seed": search.seed, "objective": search.objective}
    common["fitting"] = fitting
    match search.oracle:
        case "random":
            return _Random(max_trials=None, **common)
        case "grid":
            return _Grid(max_trials=None, **common)
        case "bayesian":
            # keras-tuner draws 3 random trials a param before it looks at a result: all of a short search.
            points = max(3, len(space.dimensions) + 1)
            return _Bayesian(max_trials=None, num_initial_points=points, **common)
        case "hyperband":
            # Rounds without end: how many trials there are is for the caller to say, as for the others.
            return _Hyperband(max_epochs=epochs, factor=search.factor, hyperband_iterations=None, **common)


def _hyperparameters(space: Space, first: Codes | None) -> Any:
    parameters = kt.HyperParameters()
    for dimension in space.dimensions:
        _declare(parameters, dimension, None if first is None else first[dimension.name])
    return parameters


def _declare(parameters: Any, dimension: Dimension, default: int | float | None) -> None:
    if dimension.values is not None:
        parameters.Int(dimension.name, 0, len(dimension.values) - 1, default=default)
        return
    kind = parameters.Int if dimension.is_integer else parameters.Float
    kind(dimension.name, dimension.low, dimension.high, sampling=dimension.sampling, default=default)


def _mixed(seed: int, number: int) -> int:
    """A seed for each trial of each search, far from its neighbours: keras-tuner counts up from it."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{number}".encode()).digest()[:8])
