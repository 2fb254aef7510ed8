"""keras-tuner's oracles with what they lack, and nothing else of keras-tuner; the only module that imports it.

What they propose is a function of the seed, the number of the trial and the results so far: their randomness is drawn
anew for each trial from seed and number. So an oracle is rebuilt from the record of a study by proposing and telling
again, and its own files, which do not survive a crash, are not written.

A failed trial is told as completed with a stand-in score. keras-tuner's own FAILED leaves a hole in a Hyperband rung
that is never filled (one such trial among nine and nobody reaches the last rung), and teaches the Bayesian oracle
nothing, so that it goes back to the same place.

A point where the spec does not fit is no trial: it is drawn anew before anything is counted or recorded, at most
MAX_CHECKED times for one proposal. A param that is inactive at a point has one value there (tuner.fitting).
"""

import hashlib
import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from specs.sections.reported import is_maximised
from tuner.fitting import Fitting
from tuner.objective import cost
from tuner.space import Codes, Dimension, Space
from zoo.backend import import_quietly

# It imports Keras, and that TensorFlow, which has much to say.
kt: Any = import_quietly("keras_tuner")

MAX_ENUMERATED = 100_000
"""Largest space that is looked through for an untried point once drawing at random finds none."""

RUNNING, STOPPED = "RUNNING", "STOPPED"


class Proposer(kt.Oracle):  # type: ignore[misc]  # keras-tuner has no types
    """What the four oracles have in common: no files, randomness by trial, defaults first, no point twice."""

    def __init__(
        self,
        space: Space,
        starts: Sequence[Codes | None],
        seed: int,
        objective: str,
        fitting: Fitting,
        **options: Any,
    ) -> None:
        self.space_of_points = space
        self.fitting = fitting
        self.first, *others = starts
        self.starts = [start for start in others if start is not None]
        self.base_seed = seed
        self.recorded: Codes | None = None
        direction = "max" if is_maximised(objective) else "min"
        super().__init__(
            objective=kt.Objective(objective, direction),
            hyperparameters=_hyperparameters(space, self.first),
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
        start = self.start()
        if start is not None:
            return dict(start)
        count = self.space_of_points.count
        listed = count is not None and count <= MAX_ENUMERATED
        while not (self.fitting.exhausted if listed else self.fitting.given_up):
            values: dict[str, Any] | None = super()._random_values()
            if values is None:
                break
            settled = self.fitting.settled(values)
            if settled != values and self._duplicate(settled):
                self.fitting.refuse()
            elif self.fitting.fits(settled):
                return settled
        return self._untried()

    def start(self) -> Codes | None:
        """The next of the points to begin with, where there is one and the record does not hold what comes next."""
        if not self.trials and self.first is not None:
            return self.first
        while self.starts and self.recorded is None:
            start = self.fitting.settled(self.starts.pop(0))
            if not self._duplicate(start) and self.fitting.fits(start):
                return start
        return None

    def _untried(self) -> dict[str, Any] | None:
        """Any point that was not tried: keras-tuner gives up after 20 draws, long before a small space is used up."""
        count = self.space_of_points.count
        if count is None or count > MAX_ENUMERATED:
            return None
        known = self.fitting
        untried = [
            each for each in self.space_of_points.points() if known.is_settled(each) and not self._duplicate(each)
        ]
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
