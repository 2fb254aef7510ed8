"""Where trials run: what a pool of workers is to the search, and the simplest one, which is this very process."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tuner.proposal import Proposal
    from tuner.trial import Outcome, Run

OnTrialEpoch = Callable[[int, int, Mapping[str, float]], bool | None]
"""Called with the id of a trial after each of its epochs, which count from 0, and with what training reports; says
whether the trial is to be stopped."""


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
    """A pool of one that runs a trial when it is waited for, in this process."""

    size = 1

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._waiting: deque[tuple[Proposal, str | None]] = deque()

    def prepare(self, trials: int) -> None:
        """Nothing."""

    def submit(self, proposal: "Proposal", digest: str | None) -> None:
        """Keeps it for `wait`."""
        self._waiting.append((proposal, digest))

    def wait(self, on_epoch: OnTrialEpoch, until: float) -> "tuple[int, Outcome | Death] | None":
        """Runs it; the time is looked at after each epoch."""
        proposal, digest = self._waiting.popleft()

        def in_time(epoch: int, logs: Mapping[str, float]) -> bool | None:
            stop = on_epoch(proposal.id, epoch, logs)
            if time.monotonic() >= until:
                raise _TimeIsUp
            return stop

        try:
            return proposal.id, self._run(proposal, digest, in_time)
        except _TimeIsUp:
            return None


class _TimeIsUp(Exception):  # noqa: N818  # no error
    pass
