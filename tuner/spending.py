"""What a search has used of its budget, in this session and in those before, and when it has to end."""

import math
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from specs.sections.search import Search
from tuner.study import Study, Trial

if TYPE_CHECKING:
    from tuner.proposal import Proposal


class Spending:
    """The clocks of what runs, and what they come to against `search.budget`.

    `epochs` are those of a full trial, `size` is how many run at a time, and `begun` when the session began, on the
    clock that never goes back. The trials that methods are given are all of the study: the longest of those that are
    done says how much the confirmation will take, the quickest whether one more would end in time.
    """

    def __init__(self, study: Study, search: Search, epochs: int, size: int, begun: float | None = None) -> None:
        self._study = study
        self._budget = search.budget
        # One more than will be: the epoch that runs on when the time is up, and what is slower then than it was.
        self._repeats = 0 if search.confirm is None else (search.confirm.trials + 1) * search.confirm.seeds + 1
        self._epochs = epochs
        self._trainings = search.trainings
        self._size = size
        self._begun = time.monotonic() if begun is None else begun
        self._seconds, self._gpu_seconds = study.spent()
        self._at_once = search.trials_per_step
        self._told = time.monotonic()
        self._running: dict[int, tuple[float, int]] = {}

    def start(self, proposal: "Proposal") -> None:
        """A trial begins."""
        self._work()
        self._running[proposal.id] = time.monotonic(), self._planned(proposal)

    def end(self, number: int) -> float:
        """A trial has ended; gives its seconds."""
        self._work()
        return time.monotonic() - self._running.pop(number)[0]

    def record(self) -> None:
        """Writes down what the clocks say, so that the next session goes on from there."""
        if self._budget is not None and (self._budget.seconds or self._budget.gpu_seconds):
            self._work()
            self._study.spend(self._seconds + time.monotonic() - self._begun, self._gpu_seconds)

    def until(self, trials: Iterable[Trial] = ()) -> float:
        """When what runs has to end, so that the confirmation comes within the budget; infinite without one of time."""
        now, budget, ends = time.monotonic(), self._budget, [math.inf]
        longest = max(_seconds(trials), default=0.0) / self._trainings
        if budget is not None and budget.seconds:
            ends.append(self._begun - self._seconds + budget.seconds - longest * math.ceil(self._repeats / self._size))
        if budget is not None and budget.gpu_seconds:
            self._work()
            left = budget.gpu_seconds - self._gpu_seconds - longest * self._repeats
            ends.append(now + left / max(1, self._devices()))
        return min(ends)

    def allows(self, proposal: "Proposal", trials: Iterable[Trial]) -> bool:
        """Whether one more trial may begin. One that failed counts as a full one: its epochs are not known."""
        known, budget = list(trials), self._budget
        if time.monotonic() + min(_seconds(known), default=0.0) >= self.until(known):
            return False
        each = (len(trial.history) or self._epochs for trial in known if trial.status != "running")
        ended = self._trainings * sum(each)
        running = sum(epochs for _, epochs in self._running.values())
        return not (budget and budget.epochs) or ended + running + self._planned(proposal) <= budget.epochs

    def used_up(self) -> str:
        """That the search ended for its budget."""
        assert self._budget is not None
        said = ", ".join(f"{name}: {value:g}" for name, value in self._budget.model_dump(exclude_none=True).items())
        return f"search.budget ({said}) is used up; with a larger one the same command goes on"

    def _planned(self, proposal: "Proposal") -> int:
        return self._trainings * ((proposal.epochs or self._epochs) - proposal.initial_epoch)

    def _work(self) -> None:
        """Adds the time since it was last told, once for each device at work."""
        now = time.monotonic()
        self._gpu_seconds += (now - self._told) * self._devices()
        self._told = now

    def _devices(self) -> int:
        """How many are at work; trials that train at once share one."""
        return math.ceil(len(self._running) / self._at_once)


def _seconds(trials: Iterable[Trial]) -> list[float]:
    return [trial.seconds for trial in trials if trial.status == "done"]
