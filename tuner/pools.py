"""Where trials run: what a pool of workers is to the search, and the simplest one, which is this very process."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from tuner.proposal import Proposal
    from tuner.trial import Outcome, Run

OnTrialEpoch = Callable[[int, int, Mapping[str, float]], bool | None]
"""Called with the id of a trial after each of its epochs, which count from 0, and with what training reports; says
whether the trial is to be stopped."""


Job = tuple["Proposal", str | None]
"""A proposal, and the SHA-256 of the weights of the trial that it continues."""


@runtime_checkable
class Several(Protocol):
    """What runs trials several at once."""

    def several(self, jobs: Sequence[Job], on_epoch: OnTrialEpoch) -> "tuple[Outcome, ...]":
        """Runs all of them."""


def all_of(run: "Run", jobs: Sequence[Job], on_epoch: OnTrialEpoch) -> "tuple[Outcome, ...]":
    """Runs trials, at once where that is possible, or one after the other."""
    if len(jobs) > 1 and isinstance(run, Several):
        return run.several(jobs, on_epoch)
    return tuple(run(proposal, digest, partial(on_epoch, proposal.id)) for proposal, digest in jobs)


@dataclass(frozen=True, slots=True)
class Death:
    """A worker ended while it ran a trial; `reason` says how, as in `was killed by SIGSEGV`."""

    reason: str


class Pool(Protocol):
    """Runs several trials at a time."""

    @property
    def size(self) -> int:
        """How many trials run at a time."""

    def prepare(self, trials: int) -> None:
        """So many trials will come, at most: what takes time may begin."""

    def submit(self, proposal: "Proposal", digest: str | None) -> None:
        """Has a trial run; the text is the SHA-256 of the weights of the trial that it continues.

        No more than `size` at a time.
        """

    def wait(self, on_epoch: OnTrialEpoch, until: float) -> "tuple[int, Outcome | Death] | None":
        """Waits until a trial has ended: its id and what became of it. What else went wrong in it is raised.

        None where none has ended until then, on the clock that never goes back: what ran is no more.
        """


class InProcess:
    """A pool that runs trials when they are waited for, in this process; so many of them are handed over at once."""

    def __init__(self, run: "Run", at_once: int = 1) -> None:
        self.size = at_once
        self._run = run
        self._waiting: list[Job] = []
        self._ended: deque[tuple[int, Outcome]] = deque()

    def prepare(self, trials: int) -> None:
        """Nothing."""

    def submit(self, proposal: "Proposal", digest: str | None) -> None:
        """Keeps it for `wait`."""
        self._waiting.append((proposal, digest))

    def wait(self, on_epoch: OnTrialEpoch, until: float) -> "tuple[int, Outcome | Death] | None":
        """Runs what is there, where nothing that has ended is left; the time is looked at after each epoch."""

        def in_time(number: int, epoch: int, logs: Mapping[str, float]) -> bool | None:
            stop = on_epoch(number, epoch, logs)
            if time.monotonic() >= until:
                raise _TimeIsUp
            return stop

        if not self._ended:
            jobs, self._waiting = self._waiting, []
            try:
                outcomes = all_of(self._run, jobs, in_time)
            except _TimeIsUp:
                return None
            self._ended.extend((job[0].id, outcome) for job, outcome in zip(jobs, outcomes, strict=True))
        return self._ended.popleft()


class _TimeIsUp(Exception):  # noqa: N818  # no error
    pass
