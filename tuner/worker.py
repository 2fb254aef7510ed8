"""A worker: a process that runs one trial after another, says so, and ends when the search does."""

import contextlib
import os
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specs.errors import SpeczooError, UserError
from tuner.errors import StudyError, on_disk

if TYPE_CHECKING:
    from tuner.proposal import Proposal
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
    """An epoch has come to its end."""

    epoch: int
    logs: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Done:
    """A trial has come to its end; `memory` are the bytes that the worker now has in memory."""

    outcome: "Outcome"
    memory: int


@dataclass(frozen=True, slots=True)
class Raised:
    """Something went wrong that is not the trial's own: an error's text, and whether it is a user's."""

    text: str
    kind: str


def serve(connection: Connection, make: Make, environment: Mapping[str, str]) -> None:
    """What a worker does in its life: `make`, then a trial for each proposal that comes, until the other end closes."""
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
                link.trial(run, *connection.recv())
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

    def trial(self, run: "Run", proposal: "Proposal", digest: str | None, judged: bool) -> None:
        def on_epoch(epoch: int, logs: Mapping[str, float]) -> bool:
            self.send(Epoch(epoch, dict(logs)))
            return judged and bool(self._connection.recv())

        self.send(Begun())
        outcome = run(proposal, digest, on_epoch)
        self.send(Done(outcome, memory()))

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
