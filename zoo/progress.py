"""Lines for whoever watches: that nobody watches any more is no reason to end the work."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from typing import IO, Any


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


@contextlib.contextmanager
def told(quiet: bool = False) -> Iterator[dict[str, Any]]:
    """What `zoo.train` calls as it goes: a bar with the time left in a terminal, a line an epoch elsewhere, or nothing.

    >>> with told(quiet=True) as tell:
    ...     tell
    {}
    """
    if quiet:
        yield {}
    elif not sys.stderr.isatty():
        yield {"on_epoch": say_epoch}
    else:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("the first step", total=None)

            def on_batch(step: int, steps: int, epochs: int, loss: float) -> None:
                text = f"epoch {(step - 1) * epochs // steps + 1}/{epochs}, loss {loss:.4f}"
                bar.update(task, completed=step, total=steps, description=text)

            def on_epoch(epoch: int, logs: Mapping[str, float]) -> None:
                bar.console.print(_line(epoch, logs), highlight=False)

            yield {"on_epoch": on_epoch, "on_batch": on_batch}


def say_epoch(epoch: int, logs: Mapping[str, float]) -> None:
    """What an epoch, counted from 0, came to, as a line."""
    say(_line(epoch, logs))


def _line(epoch: int, logs: Mapping[str, float]) -> str:
    return f"epoch {epoch + 1}: " + ", ".join(f"{name} {value:.4f}" for name, value in logs.items())
