"""Signals that ask a process to end: a scheduler's SIGTERM, SIGHUP of a terminal that was closed."""

import contextlib
import signal
import threading
from collections.abc import Iterator

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
