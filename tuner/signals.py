"""Signals that ask a process to end: a scheduler's SIGTERM, SIGHUP of a terminal that was closed."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from signal import Signals

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))  # no SIGHUP on Windows


@contextlib.contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """In the body these signals raise KeyboardInterrupt, as Ctrl-C does, so that there is an orderly end.

    Only in the main thread, which alone may say what signals do. A signal that the caller handles or ignores, as
    `nohup` does with SIGHUP, stays his.
    """
    main = threading.current_thread() is threading.main_thread()
    ours = [number for number in ENDING if main and signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def how_ended(exitcode: int) -> str:
    """How a process ended, in words.

    >>> how_ended(-11), how_ended(3)
    ('was killed by SIGSEGV', 'exited with code 3')
    """
    if exitcode >= 0:
        return f"exited with code {exitcode}"
    names = {number.value: number.name for number in Signals}
    advice = " (the system does that when memory runs out)" if exitcode == -9 else ""
    return f"was killed by {names.get(-exitcode, f'signal {-exitcode}')}{advice}"
