"""Trials in worker processes, which can die, hang or eat up the memory without hurting the search.

Workers are forked from a process that has imported the backend and done nothing else (multiprocessing's forkserver): a
new one is there in less than a second. A healthy one runs many trials, so that what it has compiled serves again.
"""

import multiprocessing
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tuner.errors import SearchError
from tuner.pools import Death, Job, OnTrialEpoch
from tuner.signals import how_ended
from tuner.trial import Outcome
from tuner.worker import Begun, Done, Epoch, Make, Raised, raised, serve, without_main
from tuner.worker import WorkerBug as WorkerBug

if TYPE_CHECKING:
    from tuner.proposal import Proposal

SILENCE = 600.0
"""Seconds without a sign of life after which a worker is killed."""

GROWTH = 2**30
"""Bytes that a worker may grow by since its first trial, at least, before another takes its place; or to its double."""

MAX_FALSE_STARTS = 3
"""Workers in a row that may end before they begin with a trial; then the search does."""

PRELOADED = ("tuner.preloaded",)


@dataclass(slots=True)
class _Task:
    """Trials that a worker runs, or will."""

    jobs: Sequence[Job]
    begun: float | None = None


class Workers:
    """A pool of processes, as many as `environments`; trials that are `judged` wait after each epoch for a word.

    A worker is handed as many trials at once as `at_once` says. Where it ends, each of them is tried again alone.
    """

    def __init__(
        self,
        make: Make,
        environments: Sequence[Mapping[str, str]],
        trial_seconds: float | None = None,
        preloaded: Sequence[str] = PRELOADED,
        judged: bool = False,
        at_once: int = 1,
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(preloaded))
        self._slots = [_Slot(context, make, each, judged) for each in environments]
        self._limit, self._at_once = trial_seconds, at_once
        self._waiting: deque[Job] = deque()
        self._ended: deque[tuple[int, Outcome | Death]] = deque()
        self._alone: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for slot in self._slots:
            slot.kill()

    @property
    def size(self) -> int:
        """How many trials all workers have at once."""
        return len(self._slots) * self._at_once

    def prepare(self, trials: int) -> None:
        """Starts as many workers as there is work for."""
        for slot in self._slots[: -(-trials // self._at_once)]:
            slot.start()

    def submit(self, proposal: "Proposal", digest: str | None) -> None:
        """Keeps a trial for a free worker."""
        self._waiting.append((proposal, digest))

    def wait(self, on_epoch: OnTrialEpoch, until: float) -> tuple[int, Outcome | Death] | None:
        """Waits for the first trial that ends, and meanwhile hears the workers and kills those past their limits."""
        while not self._ended and time.monotonic() < until:
            busy = self._busy()
            heard = wait([each for slot in busy for each in slot.sources()], self._patience(busy, until))
            for slot in busy:
                ends = slot.hear(on_epoch) if set(slot.sources()) & set(heard) else self._overdue(slot)
                if ends is not None:
                    self._end(slot, ends)
        if self._ended:
            return self._ended.popleft()
        for slot in [each for each in self._slots if each.task is not None]:
            slot.kill()
            slot.task = None
        self._waiting.clear()
        return None

    def _busy(self) -> "list[_Slot]":
        """The workers that have trials, after all that are free were handed what waits."""
        for slot in self._slots:
            if slot.task is None and self._waiting:
                slot.task = _Task(self._group())
                slot.hand_over()
        return [slot for slot in self._slots if slot.task is not None]

    def _group(self) -> list[Job]:
        """The trials for one worker, in the order in which they came."""
        jobs = [self._waiting.popleft()]
        while self._waiting and len(jobs) < self._at_once and not {jobs[0][0].id, self._waiting[0][0].id} & self._alone:
            jobs.append(self._waiting.popleft())
        return jobs

    def _end(self, slot: "_Slot", ends: Sequence[Outcome | Death]) -> None:
        assert slot.task is not None
        numbers = [proposal.id for proposal, _ in slot.task.jobs]
        self._alone.update(number for number, end in zip(numbers, ends, strict=True) if isinstance(end, Death))
        self._ended.extend(zip(numbers, ends, strict=True))
        slot.task = None

    def _patience(self, busy: "list[_Slot]", until: float) -> float | None:
        return max(0.0, min(until, *(slot.deadline(self._limit) for slot in busy)) - time.monotonic())

    def _overdue(self, slot: "_Slot") -> Sequence[Outcome | Death] | None:
        assert slot.task is not None
        now = time.monotonic()
        if now < slot.deadline(self._limit):
            return None
        slot.kill()
        if now >= slot.heard + SILENCE:
            return [Death(f"gave no sign of life for {SILENCE:g} s")] * len(slot.task.jobs)
        return [Outcome(reason=f"took longer than search.trial_seconds, {self._limit:g} s")] * len(slot.task.jobs)


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
        with without_main():
            self._process.start()
        theirs.close()
        self._memory, self.heard = None, time.monotonic()

    def hand_over(self) -> None:
        """The task, to a worker that lives."""
        assert self.task is not None
        self.start()
        self.heard = time.monotonic()
        with suppress(ConnectionError):  # it ended while it waited: whoever listens notices that it did, and how
            self._pipe.send((self.task.jobs, self._judged))

    def sources(self) -> list[Any]:
        """What to wait for: a message, or the end of the process."""
        return [self._pipe, self._process.sentinel]

    def deadline(self, limit: float | None) -> float:
        """When to kill the worker, on the clock that never goes back."""
        begun = self.task.begun if self.task else None
        silent = self.heard + SILENCE
        return silent if limit is None or begun is None else min(silent, begun + limit)

    def hear(self, on_epoch: OnTrialEpoch) -> Sequence[Outcome | Death] | None:
        """Takes a message; gives the ends of the trials, where it is that."""
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
            case Epoch(trial, epoch, logs):
                stop = on_epoch(trial, epoch, logs)
                if self._judged:
                    with suppress(ConnectionError):
                        self._pipe.send(stop)
            case Done(outcomes, memory):
                self._weigh(memory)
                return outcomes
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

    def _ended(self) -> Sequence[Death] | None:
        assert self.task is not None
        self._process.join()
        reason = how_ended(self._process.exitcode)
        self.kill()
        if self.task.begun is not None:
            return [Death(reason)] * len(self.task.jobs)
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
