"""Oracles, which propose the trials of a search: the proposers' trials in the terms of a spec."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from specs.sections.search import Search, Value
from tuner.fitting import Fits, Fitting, all_fit
from tuner.methods import proposer
from tuner.proposal import Proposal
from tuner.proposers import RUNNING
from tuner.space import space_of

if TYPE_CHECKING:
    from specs.inactive import Settle


class Oracle:
    """Proposes trials, several before the first is told where several run at a time."""

    def __init__(
        self,
        search: Search,
        defaults: Mapping[str, object],
        epochs: int,
        fits: Fits = all_fit,
        starts: Sequence[Mapping[str, Value]] = (),
        settle: "Settle | None" = None,
    ) -> None:
        """`defaults` are the values of the spec's params; `epochs` are those of a full trial; `fits` says of values
        whether the spec holds with them: what does not is never proposed. `starts` are tried after the defaults.
        `settle` gives params that are inactive at a point one value.

        The defaults are tried first, to have something to compare with. Where one lies outside its range (no L2 at
        all, say) it is tried as it is, and keras-tuner sees the nearer end; one that is missing from a list is not.
        """
        self._space = space_of(search.space, grid=search.oracle == "grid")
        first = self._space.encode(defaults)
        self._first = None if first is None else {name: cast("Value", defaults[name]) for name in first}
        self._fitting = Fitting(self._space, fits, settle, first)
        points = [codes for codes in map(self._space.encode, starts) if codes is not None]
        self._oracle = proposer(search, self._space, [first, *points], epochs, self._fitting)
        self._asked: list[Any] = []
        self._values: list[Mapping[str, Value]] = []
        self._failed: set[str] = set()

    def propose(self, recorded: Mapping[str, Value] | None = None) -> Proposal | None:
        """The next trial, or None where there is none before a running one has ended, or no more at all.

        With the values that a record holds for it, those are taken, whatever this version of keras-tuner proposes.
        """
        self._oracle.recorded = None if recorded is None else self._space.encode(recorded)
        for name in self._failed:
            self._oracle.trials[name].score = self._oracle.failed_score()
        self._fitting.begin()
        with _quiet():
            trial = self._create()
        if trial is None:
            return None
        if self._oracle.recorded is not None:
            trial.hyperparameters.values.update(self._oracle.recorded)
            self._oracle._record_values(trial)
        self._asked.append(trial)
        self._values.append(self._values_of(trial) if recorded is None else dict(recorded))
        return self._proposal(trial)

    def tell(self, number: int, score: float | None, scores: Mapping[str, float] | None = None) -> None:
        """The score of a proposed trial, None where it failed, and of several objectives the value of each."""
        self._asked[number - 1].scores = scores or {}
        with _quiet():
            self._end(self._asked[number - 1], score)

    @property
    def given_up(self) -> bool:
        """Whether there is no next trial because too many points in a row did not fit."""
        return self._fitting.given_up

    def promotable(self) -> frozenset[int]:
        """Ids of the trials whose weights a later trial may start from."""
        return frozenset(self._number(name) for name in self._oracle.promotable())

    def _create(self) -> Any:
        while True:
            # keras-tuner takes who asks for a worker, and gives him the trial again that he has not ended.
            trial = self._oracle.create_trial(str(len(self._oracle.trials)))
            if trial.status != RUNNING:
                return None
            if trial.hyperparameters.values.get("tuner/trial_id") not in self._failed:
                return trial
            # A round so full of failures that one of them is next: it would only fail again, and longer.
            self._end(trial, None)

    def _end(self, trial: Any, score: float | None) -> None:
        if score is None:
            self._failed.add(trial.trial_id)
            trial.message = "failed"
        trial.score = self._oracle.failed_score() if score is None else score
        trial.status = "COMPLETED"
        self._oracle.end_trial(trial)

    def _proposal(self, trial: Any) -> Proposal:
        codes = trial.hyperparameters.values
        source = codes.get("tuner/trial_id")
        return Proposal(
            id=len(self._asked),
            values=self._values[-1],
            epochs=codes.get("tuner/epochs"),
            initial_epoch=codes.get("tuner/initial_epoch", 0),
            source=None if source is None else self._number(source),
        )

    def _values_of(self, trial: Any) -> Mapping[str, Value]:
        source = trial.hyperparameters.values.get("tuner/trial_id")
        if source is not None:
            return self._values[self._number(source) - 1]
        if not self._values and self._first is not None:
            return self._first
        return self._space.decode(trial.hyperparameters.values)

    def _number(self, name: str) -> int:
        return 1 + next(index for index, trial in enumerate(self._asked) if trial.trial_id == name)


@contextmanager
def _quiet() -> Iterator[None]:
    """keras-tuner calls a deprecated function of threading; scikit-learn reports that a bound of its kernel was met."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
