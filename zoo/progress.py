"""Lines for whoever watches: that nobody watches any more is no reason to end the work."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any, TypeVar

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
        with bar() as (shown, show):

            def on_batch(step: int, steps: int, epochs: int, loss: float) -> None:
                show(step, steps, f"epoch {(step - 1) * epochs // steps + 1}/{epochs}, loss {loss:.4f}")

            def on_epoch(epoch: int, logs: Mapping[str, float]) -> None:
                shown.console.print(_line(epoch, logs), highlight=False)

            yield {"on_epoch": on_epoch, "on_batch": on_batch}


@contextlib.contextmanager
def stepping(quiet: bool = False) -> Iterator[dict[str, Any]]:
    """What `zoo.lr_find` calls as it goes: a bar in a terminal, elsewhere a line every five seconds, or nothing."""
    if quiet:
        yield {}
    elif not sys.stderr.isatty():
        last = time.monotonic()

        def on_step(step: int, steps: int, rate: float, loss: float) -> None:
            nonlocal last
            if time.monotonic() - last >= EVERY:
                last = time.monotonic()
                say(f"step {step} of {steps}: learning rate {rate:.1e}, loss {loss:.4f}")

        yield {"on_step": on_step}
    else:
        with bar() as (_, show):
            yield {"on_step": lambda step, steps, rate, loss: show(step, steps, f"rate {rate:.1e}, loss {loss:.4f}")}


@contextlib.contextmanager
def bar(first: str = "the first step") -> Iterator[tuple[Any, Callable[[int, int, str], None]]]:
    """A bar with the time left, gone when it is done, and what moves it: steps that are done, all, and a text.

    `first` is what stands beside it before it is moved.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(first, total=None)
        yield shown, lambda done, total, text: shown.update(task, completed=done, total=total, description=text)


def result(metrics: Mapping[str, Any]) -> str:
    """What a training came to on the test part, as a line; the loss, of which nothing can be told alone, stands last.

    >>> result({"test": {"loss": 0.25, "mae": 0.5}, "epochs": 3})
    'test mae 0.5000, loss 0.2500 after 3 epochs'
    """
    test = {**metrics["test"]}
    test["loss"] = test.pop("loss")
    told = ", ".join(f"{name} {'no number' if value is None else f'{value:.4f}'}" for name, value in test.items())
    return f"test {told} after {metrics['epochs']} epochs"


def say_epoch(epoch: int, logs: Mapping[str, float]) -> None:
    """What an epoch, counted from 0, came to, as a line."""
    say(_line(epoch, logs))


def _line(epoch: int, logs: Mapping[str, float]) -> str:
    return f"epoch {epoch + 1}: " + ", ".join(f"{name} {value:.4f}" for name, value in logs.items())


def counted(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
    """The items; after five seconds, and every five from then on, a line says how many there were."""
    last = time.monotonic()
    for number, item in enumerate(items, start=1):
        yield item
        if time.monotonic() - last >= EVERY:
            last = time.monotonic()
            say(f"{what}: {number:,}" + (f" of {total:,}" if total is not None else ""))
