"""CMA-ES as an oracle, where the package cmaes is installed; the only module that proposes with it.

Nothing is kept between two proposals: the distribution is made anew from the trials that have ended, a generation after
the other, and its randomness is drawn from search and trial (decision 0023).
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import cmaes
import numpy as np

from tuner.asking import Asking
from tuner.objective import cost
from tuner.space import is_ordered

SIGMA = 1 / 6
"""Standard deviation of the first generation, of ranges that go from 0 to 1."""


class CmaEs(Asking):
    """The covariance matrix adaptation of Hansen and Ostermeier 2001 over all numbers; words are drawn at random."""

    def asked(self) -> Iterator[dict[str, Any]]:
        """Points of the next generation's distribution; words are drawn at random."""
        distribution, words = self._distribution(), self._words()
        seed = self._seed_state % 2**31
        distribution.reseed_rng(seed)
        for number in count():
            numbers = zip(self._numbers(), distribution.ask(), strict=False)
            yield {
                **{hp.name: hp.prob_to_value(min(float(place), 1 - 1e-9)) for hp, place in numbers},
                **{hp.name: hp.random_sample(seed + number) for hp in words},
            }

    def _distribution(self) -> Any:
        """Brought to where the trials are that have ended, in the order in which they did."""
        first = {hp.name: hp.default for hp in self.hyperparameters.space}
        mean = self._places(first)
        found = cmaes.CMA(mean=mean, sigma=SIGMA, bounds=np.array([[0.0, 1.0]] * len(mean)))
        ended = [self.trials[name] for name in self.end_order]
        told = [(self._places(each.hyperparameters.values), cost(self.objective.name, each.score)) for each in ended]
        size = found.population_size
        for end in range(size, len(told) + 1, size):
            found.tell(told[end - size : end])
        return found

    def _places(self, codes: dict[str, Any]) -> Any:
        """Where a point lies among the numbers: two at least, as cmaes wants, of which some may do nothing."""
        places = [hp.value_to_prob(codes[hp.name]) for hp in self._numbers()]
        return np.array([*places, *[0.5] * (2 - len(places))])

    def _numbers(self) -> list[Any]:
        ordered = {each.name for each in self.space_of_points.dimensions if is_ordered(each)}
        return [hp for hp in self.hyperparameters.space if hp.name in ordered]

    def _words(self) -> list[Any]:
        numbers = {hp.name for hp in self._numbers()}
        return [hp for hp in self.hyperparameters.space if hp.name not in numbers]
