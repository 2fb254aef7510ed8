"""Lines for whoever watches: that nobody watches any more is no reason to end the work."""

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TypeVar

Item = TypeVar("Item")

EVERY = 5.0
"""Seconds between two lines about long work."""


def say(text: str, stream: IO[str] | None = None) -> None:
    """Print a line to a stream, to standard error where None; in silence where its reader went away, as `head` does."""
    stream = stream or sys.stderr
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        # What stays in the buffer would be tried again at each line, and at the end turn the exit code into 120.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def say_epoch(epoch: int, logs: Mapping[str, float]) -> None:
    """What an epoch, counted from 0, came to, as a line."""
    say(f"epoch {epoch + 1}: " + ", ".join(f"{name} {value:.4f}" for name, value in logs.items()))


def counted(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
    """The items; after five seconds, and every five from then on, a line says how many there were."""
    last = time.monotonic()
    for number, item in enumerate(items, start=1):
        yield item
        if time.monotonic() - last >= EVERY:
            last = time.monotonic()
            say(f"{what}: {number:,}" + (f" of {total:,}" if total is not None else ""))
