"""Trials in worker processes, which can die, hang or eat up the memory without hurting the search.

Workers are forked from a process that has imported the backend and done nothing else (multiprocessing's forkserver): a
new one is there in less than a second. A healthy one runs many trials, so that what it has compiled serves again.
"""

import multiprocessing
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from signal import Signals
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from specs.errors import UserError
from tuner.errors import SearchError
from tuner.pools import Death, OnTrialEpoch
from tuner.trial import Outcome
from tuner.worker import Begun, Done, Epoch, Make, Raised, serve

if TYPE_CHECKING:
    from tuner.proposal import Proposal

SILENCE = 600.0
"""Seconds without a sign of life after which a worker is killed."""

GROWTH = 2**30
"""Bytes that a worker may grow by since its first trial, at least, before another takes its place; or to its double."""

MAX_FALSE_STARTS = 3
"""Workers in a row that may end before they begin with a trial; then the search does."""

PRELOADED = ("tuner.preloaded",)


class WorkerBug(Exception):  # noqa: N818  # what it says is a bug
    """An error in a worker that is no user's, with the worker's own traceback."""


@dataclass(slots=True)
class _Task:
    """A trial that a worker runs, or will."""

    proposal: "Proposal"
    digest: str | None
    begun: float | None = None


class Workers:
    """A pool of processes, as many as `environments`; trials that are `judged` wait after each epoch for a word."""

    def __init__(
        self,
        make: Make,
        environments: Sequence[Mapping[str, str]],
        trial_seconds: float | None = None,
        preloaded: Sequence[str] = PRELOADED,
        judged: bool = False,
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(preloaded))
        self._slots = [_Slot(context, make, each, judged) for each in environments]
        self._limit = trial_seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for slot in self._slots:
            slot.kill()

    @property
    def size(self) -> int:
        """How many workers there are."""
        return len(self._slots)

    def prepare(self, trials: int) -> None:
        """Starts as many workers as there is work for."""
        for slot in self._slots[:trials]:
            slot.start()

    def submit(self, proposal: "Proposal", digest: str | None) -> None:
        """Hands a trial to a free worker."""
        slot = next(slot for slot in self._slots if slot.task is None)
        slot.task = _Task(proposal, digest)
        slot.hand_over()

    def wait(self, on_epoch: OnTrialEpoch, until: float) -> tuple[int, Outcome | Death] | None:
        """Waits for the first trial that ends, and meanwhile hears the workers and kills those past their limits."""
        busy = [slot for slot in self._slots if slot.task is not None]
        while time.monotonic() < until:
            heard = wait([each for slot in busy for each in slot.sources()], self._patience(busy, until))
            for slot in busy:
                end = slot.hear(on_epoch) if set(slot.sources()) & set(heard) else self._overdue(slot)
                if end is not None:
                    assert slot.task is not None
                    number, slot.task = slot.task.proposal.id, None
                    return number, end
        for slot in busy:
            slot.kill()
            slot.task = None
        return None

    def _patience(self, busy: "list[_Slot]", until: float) -> float | None:
        return max(0.0, min(until, *(slot.deadline(self._limit) for slot in busy)) - time.monotonic())

    def _overdue(self, slot: "_Slot") -> Outcome | Death | None:
        now = time.monotonic()
        if now < slot.deadline(self._limit):
            return None
        slot.kill()
        if now >= slot.heard + SILENCE:
            return Death(f"gave no sign of life for {SILENCE:g} s")
        return Outcome(reason=f"took longer than search.trial_seconds, {self._limit:g} s")


class _Slot:
    """A place for a worker, and the worker that is there now."""

    def __init__(self, context: Any, make: Make, environment: Mapping[str, str], judged: bool) -> None:
        self._context = context
        self._make, self._environment, self._judged = make, environment, judged
        self._process: Any = None
        self._connection: Connection | None = None
        self._false_starts = 0
        self._memory: int | None = None
        self.task: _Task | None = None
        self.heard = 0.0

    def start(self) -> None:
        """A worker, where none lives."""
        if self._process is not None and self._process.is_alive():
            return
        self.kill()
        self._connection, theirs = multiprocessing.Pipe()
        self._process = self._context.Process(target=serve, args=(theirs, self._make, self._environment), daemon=True)
        with _without_main():
            self._process.start()
        theirs.close()
        self._memory, self.heard = None, time.monotonic()

    def hand_over(self) -> None:
        """The task, to a worker that lives."""
        assert self.task is not None
        self.start()
        self.heard = time.monotonic()
        with suppress(ConnectionError):  # it ended while it waited: whoever listens notices that it did, and how
            self._pipe.send((self.task.proposal, self.task.digest, self._judged))

    def sources(self) -> list[Any]:
        """What to wait for: a message, or the end of the process."""
        return [self._pipe, self._process.sentinel]

    def deadline(self, limit: float | None) -> float:
        """When to kill the worker, on the clock that never goes back."""
        begun = self.task.begun if self.task else None
        silent = self.heard + SILENCE
        return silent if limit is None or begun is None else min(silent, begun + limit)

    def hear(self, on_epoch: OnTrialEpoch) -> Outcome | Death | None:
        """Takes a message; gives the end of the trial, where it is one."""
        assert self.task is not None
        self.heard = time.monotonic()
        try:
            message = self._pipe.recv() if self._pipe.poll() else None
        except (EOFError, OSError):
            message = None
        match message:
            case None:
                return self._ended()
            case Begun():
                self._false_starts, self.task.begun = 0, self.heard
            case Epoch(epoch, logs):
                stop = on_epoch(self.task.proposal.id, epoch, logs)
                if self._judged:
                    with suppress(ConnectionError):
                        self._pipe.send(stop)
            case Done(outcome, memory):
                self._weigh(memory)
                return outcome
            case Raised():
                raise raised(message)
        return None

    def kill(self) -> None:
        """Ends the worker, whatever it does."""
        if self._process is None:
            return
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()
        self._process = None

    @property
    def _pipe(self) -> Connection:
        assert self._connection is not None
        return self._connection

    def _ended(self) -> Death | None:
        assert self.task is not None
        self._process.join()
        reason = _how(self._process.exitcode)
        self.kill()
        if self.task.begun is not None:
            return Death(reason)
        # It had not even begun: that says nothing about the trial.
        self._false_starts += 1
        if self._false_starts >= MAX_FALSE_STARTS:
            raise SearchError(f"{self._false_starts} workers in a row {reason} before they could run a trial")
        self.hand_over()
        return None

    def _weigh(self, memory: int) -> None:
        self._memory = self._memory or memory
        if memory - self._memory > max(GROWTH, self._memory):
            self.kill()


@contextmanager
def _without_main() -> Iterator[None]:
    """multiprocessing would run the user's program once more in each worker; a worker needs nothing of it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def raised(message: Raised) -> Exception:
    """What went wrong in a worker, as an error of the search."""
    return {"user": UserError, "run": SearchError, "bug": WorkerBug}[message.kind](message.text)


def _how(exitcode: int) -> str:
    """How a process ended, in words.

    >>> _how(-11), _how(3)
    ('was killed by SIGSEGV', 'exited with code 3')
    """
    if exitcode >= 0:
        return f"exited with code {exitcode}"
    names = {number.value: number.name for number in Signals}
    advice = " (the system does that when memory runs out)" if exitcode == -9 else ""
    return f"was killed by {names.get(-exitcode, f'signal {-exitcode}')}{advice}"
