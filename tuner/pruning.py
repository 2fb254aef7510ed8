"""Which of the trials that run is not worth its last epochs, by what others had reached after as many.

Decided are trials one by one, each at the end of its epochs, from scores turned so that smaller is better. What is
decided depends on nothing but the record and the trial's own epochs, so that a search that was killed decides the same.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence

from specs.sections.pruners import MedianPruner, SuccessiveHalvingPruner
from specs.sections.search import Search
from tuner.objective import cost
from tuner.study import Trial

Curve = Sequence[float]
"""The objective after each epoch, turned so that smaller is better; NaN where it was not finite."""


def below_the_median(rule: MedianPruner, curve: Curve, done: Sequence[Curve]) -> bool:
    """Whether the best so far is worse than the median of the means of those that are done, up to this epoch.

    >>> rule = MedianPruner(startup_trials=2, warmup_epochs=1)
    >>> [below_the_median(rule, curve, [[0.4, 0.2], [0.6, 0.4]]) for curve in ([0.9], [0.9, 0.4], [0.9, 0.5])]
    [False, False, True]
    """
    epochs = len(curve)
    if epochs <= rule.warmup_epochs or len(done) < rule.startup_trials:
        return False
    means = [statistics.fmean(finite) for each in done if (finite := [*filter(math.isfinite, each[:epochs])])]
    return bool(means) and best(curve) > statistics.median(means)


def halved(rule: SuccessiveHalvingPruner, curve: Curve, others: Iterable[Curve]) -> bool:
    """Whether this epoch is one of halving, and the trial not among the best of those that came as far; one always is.

    >>> rule = SuccessiveHalvingPruner(min_epochs=1, factor=2)
    >>> others = [[0.5, 0.4], [0.3, 0.2], [0.9]]
    >>> [halved(rule, curve, others) for curve in ([0.4], [0.6], [0.6, 0.3], [0.4, 0.1], [0.4, 0.1, 0.9])]
    [False, True, True, False, False]
    """
    epochs = len(curve)
    if epochs not in _rungs(rule, epochs):
        return False
    came = [best(each[:epochs]) for each in others if len(each) >= epochs]
    return sum(each < best(curve) for each in came) >= max(1, (len(came) + 1) // rule.factor)


def best(curve: Curve) -> float:
    """The best so far; infinitely bad where no epoch was finite."""
    return min(filter(math.isfinite, curve), default=math.inf)


def _rungs(rule: SuccessiveHalvingPruner, epochs: int) -> list[int]:
    rungs = [rule.min_epochs]
    while rungs[-1] < epochs:
        rungs.append(rungs[-1] * rule.factor)
    return rungs


class Pruning:
    """Hears the epochs of all trials that run, and says of each whether it is to be stopped."""

    def __init__(self, search: Search, epochs: int) -> None:
        """`epochs` are those of a full trial, after the last of which there is nothing left to stop."""
        self._search = search
        self._epochs = epochs
        self._running: dict[int, list[float]] = {}

    def hopeless(self, number: int, epoch: int, logs: Mapping[str, float], trials: Iterable[Trial]) -> bool:
        """Whether a trial is to be stopped after an epoch, which counts from 0; `trials` are all of the study."""
        if self._search.pruner is None:
            return False
        curve = self._running.setdefault(number, [])
        curve[epoch:] = [self._cost(logs)]  # of a trial that begins anew the epochs come once more
        if len(curve) >= self._epochs or not math.isfinite(best(curve)):
            return False
        rule, known = self._search.pruner.args, [trial for trial in trials if trial.status in ("done", "pruned")]
        if isinstance(rule, MedianPruner):
            return below_the_median(rule, curve, [self._curve(trial) for trial in known if trial.status == "done"])
        assert isinstance(rule, SuccessiveHalvingPruner)
        others = [each for other, each in self._running.items() if other != number]
        return halved(rule, curve, [*map(self._curve, known), *others])

    def forget(self, number: int) -> None:
        """A trial has ended, or begins anew."""
        self._running.pop(number, None)

    def _curve(self, trial: Trial) -> list[float]:
        return [self._cost(logs) for logs in trial.history]

    def _cost(self, logs: Mapping[str, float]) -> float:
        objective = self._search.objective[0]
        return cost(objective, float(logs.get(objective, math.nan)))
