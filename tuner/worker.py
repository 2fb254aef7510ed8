"""A worker: a process that runs one trial after another, says so, and ends when the search does."""

import contextlib
import os
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from specs.errors import SpeczooError, UserError
from tuner.errors import SearchError, StudyError, on_disk
from tuner.pools import all_of

if TYPE_CHECKING:
    from tuner.pools import Job
    from tuner.trial import Outcome, Run

HEARTBEAT = 5.0
"""Seconds between signs of life."""

Make = Callable[[], "Run"]
"""Makes what runs trials, in the worker; it is sent there."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The worker has all that trials need, the data for instance, and has begun with one."""


@dataclass(frozen=True, slots=True)
class Alive:
    """The worker is at work."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch of a trial has come to its end."""

    trial: int
    epoch: int
    logs: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Done:
    """All trials have come to their end; `memory` are the bytes that the worker now has in memory."""

    outcomes: "tuple[Outcome, ...]"
    memory: int


@dataclass(frozen=True, slots=True)
class Raised:
    """Something went wrong that is not the trial's own: an error's text, and whether it is a user's."""

    text: str
    kind: str


class WorkerBug(Exception):  # noqa: N818  # what it says is a bug
    """An error in a worker that is no user's, with the worker's own traceback."""


def serve(connection: Connection, make: Make, environment: Mapping[str, str]) -> None:
    """What a worker does in its life: `make`, then the trials that come, until the other end closes."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A terminal and a scheduler ask all processes to end; what becomes of a trial is for the search to say.
        signal.signal(number, signal.SIG_IGN)
    os.environ.update(environment)
    link = _Link(connection)
    threading.Thread(target=link.beat, daemon=True).start()
    with contextlib.suppress(EOFError, ConnectionError):
        try:
            run = make()
            while True:
                link.trials(run, *connection.recv())
        except (EOFError, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001  # none is lost: the search raises it
            link.send(raised_in(error))


class _Link:
    """The worker's end of the pipe; signs of life come from a thread of their own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, message: Any) -> None:
        with self._lock:
            self._connection.send(message)

    def trials(self, run: "Run", jobs: "Sequence[Job]", judged: bool) -> None:
        def on_epoch(trial: int, epoch: int, logs: Mapping[str, float]) -> bool:
            self.send(Epoch(trial, epoch, dict(logs)))
            return judged and bool(self._connection.recv())

        self.send(Begun())
        outcomes = all_of(run, jobs, on_epoch)
        self.send(Done(outcomes, memory()))

    def beat(self) -> None:
        parent = parent_process()
        assert parent is not None
        while parent.is_alive():
            parent.join(HEARTBEAT)
            with contextlib.suppress(OSError):
                self.send(Alive())
        # The search is gone, killed most likely: nobody wants what this process still does.
        os._exit(1)


def memory() -> int:
    """Bytes of this process that are in memory."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def raised_in(error: Exception) -> Raised:
    """An error as the search is told of it."""
    if isinstance(error, OSError) and on_disk(error):
        error = StudyError(f"{error.filename or 'trial'}: {error.strerror}")
    if isinstance(error, SpeczooError):
        return Raised(str(error), "user" if isinstance(error, UserError) else "run")
    return Raised("".join(traceback.format_exception(error)), "bug")


@contextlib.contextmanager
def without_main() -> Iterator[None]:
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
