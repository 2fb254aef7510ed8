"""Optuna's TPE as an oracle, where Optuna is installed; the only module that proposes with Optuna.

Nothing of Optuna's is kept between two proposals: its study is made anew from the trials so far, its sampler seeded by
search and trial, so that a search that was taken up again proposes the same (decision 0019).
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import optuna

from specs.sections.reported import is_maximised
from tuner.asking import Asking
from tuner.proposers import RUNNING
from tuner.space import Dimension, is_ordered

optuna.logging.set_verbosity(optuna.logging.WARNING)


class Tpe(Asking):
    """The tree-structured Parzen estimator of Bergstra et al. 2011; trials that run are lied about (constant liar).

    Of several objectives it is that of Ozaki et al. 2022, which tells good trials by their rank among the fronts.
    """

    goals: Sequence[str] = ()
    """The objectives."""

    def asked(self) -> Iterator[dict[str, Any]]:
        """What a study of all trials so far asks for."""
        spaces = {dimension.name: _distribution(dimension) for dimension in self.space_of_points.dimensions}
        study = optuna.create_study(
            sampler=optuna.samplers.TPESampler(seed=self._seed_state % 2**32, constant_liar=True),
            directions=["maximize" if is_maximised(goal) else "minimize" for goal in self.goals],
        )
        study.add_trials([self._told(trial, spaces) for trial in self.trials.values()])
        while True:
            yield study.ask(spaces).params

    def _told(self, trial: Any, spaces: dict[str, Any]) -> Any:
        values = [trial.score] if len(self.goals) == 1 else [trial.scores.get(goal, math.nan) for goal in self.goals]
        states = optuna.trial.TrialState
        state = states.COMPLETE
        if trial.status == RUNNING:
            state = states.RUNNING
        elif not all(map(math.isfinite, values)):
            state = states.FAIL  # TPE learns nothing of it; what it holds is only not proposed again
        return optuna.trial.create_trial(
            state=state,
            values=values if state == states.COMPLETE else None,
            params={name: trial.hyperparameters.values[name] for name in spaces},
            distributions=spaces,
        )


def _distribution(dimension: Dimension) -> Any:
    """The codes of a param: numbers have an order, words have none."""
    if dimension.values is not None:
        if not is_ordered(dimension):
            return optuna.distributions.CategoricalDistribution(range(len(dimension.values)))
        return optuna.distributions.IntDistribution(0, len(dimension.values) - 1)
    kind = optuna.distributions.IntDistribution if dimension.is_integer else optuna.distributions.FloatDistribution
    return kind(dimension.low, dimension.high, log=dimension.sampling == "log")
