"""Lines for whoever watches: that nobody watches any more is no reason to end the work."""

import os
import sys
from collections.abc import Mapping
from typing import IO


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
