"""The ways to search: keras-tuner's oracles, each with what it lacks, and those of optional packages."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from specs.sections.reported import is_maximised
from specs.sections.search import Search
from tuner.fitting import Fitting
from tuner.objective import cost
from tuner.proposers import RUNNING, STOPPED, Proposer, kt
from tuner.space import Codes, Space

MAX_REFITS = 3
"""Times that the Gaussian process is told that its optimum does not fit, before a point is drawn at random."""


class _Random(Proposer, kt.oracles.RandomSearchOracle):  # type: ignore[misc]
    pass


class _Grid(Proposer, kt.oracles.GridSearchOracle):  # type: ignore[misc]
    """keras-tuner's order of points. Its own bookkeeping waits for each trial's end before it gives the next."""

    latest: dict[str, Any] | None = None
    """The point that was looked at last."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        point = self.recorded or self.start() or self._next()
        return {"status": STOPPED, "values": None} if point is None else {"status": RUNNING, "values": dict(point)}

    def _next(self) -> Codes | None:
        while not self.fitting.given_up:
            self.latest = self._following()
            if self.latest is None:
                break
            if not self.fitting.is_settled(self.latest) or self._duplicate(self.latest):
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
    goals: Sequence[str] = ()
    """The objectives; of several each proposal has one mixture of them in view, with weights of its own."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        if self.recorded is not None:
            # A proposal takes seconds and leaves nothing behind: what the record holds need not be found again.
            return {"status": RUNNING, "values": dict(self.recorded)}
        self.misfits: list[dict[str, Any]] = []
        start = self.start()
        if start is not None:
            return {"status": RUNNING, "values": dict(start)}
        for _ in range(MAX_REFITS):
            # The matrices have as many rows as there are trials: several threads only wait for each other, and how
            # many there are must not decide what is proposed.
            with threadpool_limits(1, "blas"):
                response = super().populate_space(trial_id)
            if response["status"] != RUNNING:
                return response
            response["values"] = self.fitting.settled(response["values"])
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
        if len(self.goals) > 1:
            weights = np.random.default_rng([self.base_seed, len(self.trials)]).dirichlet([1.0] * len(self.goals))
            costs = scalars(self.goals, [trial.scores for trial in trials], weights)
        elsewhere = [*running, *self.misfits]
        points = [*(trial.hyperparameters.values for trial in trials), *elsewhere]
        x = [[hp.value_to_prob(point[hp.name]) for hp in self._nonfixed_space()] for point in points]
        return np.array(x), np.array([*costs, *[max(costs)] * len(elsewhere)])


def scalars(goals: Sequence[str], results: Sequence[Mapping[str, float]], weights: Any) -> list[float]:
    """Of several objectives one cost a result: the augmented Tchebycheff function of ParEGO (Knowles 2006, equation 2).

    Each objective is brought to a range from 0 to 1 first. A result without values, of a failed trial, has the worst.

    >>> scalars(["val_accuracy", "parameters"], [{"val_accuracy": 1.0, "parameters": 9.0}, {}], np.array([0.5, 0.5]))
    [0.0, 0.55]
    """
    told = [[cost(name, each[name]) if name in each else math.nan for name in goals] for each in results]
    costs = np.array(told, dtype=float)
    costs[~np.isfinite(costs)] = np.nan
    known = ~np.isnan(costs)
    worst = np.max(costs, axis=0, where=known, initial=-math.inf)
    best = np.min(costs, axis=0, where=known, initial=math.inf)
    span = np.where(worst > best, worst - best, 1.0)
    weighed = weights * np.where(known, (costs - best) / span, 1.0)
    return [float(value) for value in weighed.max(axis=1) + 0.05 * weighed.sum(axis=1)]


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


def proposer(search: Search, space: Space, starts: Sequence[Codes | None], epochs: int, fitting: Fitting) -> Proposer:
    """keras-tuner's oracle of the name that a search gives; `starts` come first, the defaults before the others.

    None stands for defaults that have no place in the space.
    """
    common: dict[str, Any] = {"space": space, "starts": starts, "seed": search.seed, "objective": search.objective[0]}
    common["fitting"] = fitting
    match search.oracle:
        case "random":
            return _Random(max_trials=None, **common)
        case "grid":
            return _Grid(max_trials=None, **common)
        case "bayesian":
            # keras-tuner draws 3 random trials a param before it looks at a result: all of a short search.
            points = max(3, len(space.dimensions) + 1)
            found = _Bayesian(max_trials=None, num_initial_points=points, **common)
            found.goals = search.objective
            return found
        case "tpe":
            from tuner.tpe import Tpe

            asking = Tpe(max_trials=None, **common)
            asking.goals = search.objective
            return asking
        case "cma_es":
            from tuner.cma_es import CmaEs

            return CmaEs(max_trials=None, **common)
        case "hyperband":
            # Rounds without end: how many trials there are is for the caller to say, as for the others.
            return _Hyperband(max_epochs=epochs, factor=search.factor, hyperband_iterations=None, **common)
