"""A search as a person reads it while it runs and at its end, and as JSON."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from specs.render.space import region_as_json
from tuner.objective import rank
from tuner.reports.html import REPORT
from tuner.reports.words import values_text
from tuner.searching import Event, OnEvent, Result
from tuner.study import Trial
from zoo.progress import say

if TYPE_CHECKING:
    from rich.table import Table

    from specs.points import Survey

SHOWN = 12
"""Rows of the table that is shown while a search runs: the best so far and the trial that runs."""

HEADINGS = ("trial", "status", "values", "score", "epochs", "seconds", "reason")


def as_json(result: Result) -> dict[str, Any]:
    """What `zoo tune --json` prints; trials in the order of their rank."""
    best = result.best
    return {
        "best": {"values": dict(best.values), "score": best.score, "trial": best.id},
        "trials": [_as_json(trial) for trial in result.trials],
        "out": str(result.out),
        "report": str(result.out / REPORT),
        **({"note": result.note} if result.note else {}),
        **({"left_out": list(map(region_as_json, result.left_out))} if result.left_out else {}),
    }


def _as_json(trial: Trial) -> dict[str, Any]:
    return {
        "id": trial.id,
        "status": trial.status,
        "values": dict(trial.values),
        "score": trial.score,
        "seconds": round(trial.seconds, 3),
        "reason": trial.reason,
    }


def row(trial: Trial) -> tuple[str, ...]:
    """A trial as the cells of a table, in the order of HEADINGS.

    >>> row(Trial(3, "done", {"rate": 0.012345, "norm": "batch"}, score=0.91, seconds=4.2, history=({}, {})))
    ('3', 'done', 'rate 0.01235, norm batch', '0.9100', '2', '4.2', '')
    """
    score = "" if trial.score is None else f"{trial.score:.4f}"
    epochs = str(len(trial.history)) if trial.history else ""
    seconds = f"{trial.seconds:.1f}" if trial.seconds else ""
    return str(trial.id), trial.status, values_text(trial.values), score, epochs, seconds, trial.reason or ""


def line(event: Event) -> str | None:
    """An event as a line of a log, None where it deserves none."""
    trial = event.trial
    head = f"trial {trial.id} of {event.total}: {values_text(trial.values)}"
    if event.kind == "ended" or (event.kind == "found" and trial.status != "running"):
        result = trial.reason if trial.score is None else f"{trial.score:.4f}"
        timing = "recorded before" if event.kind == "found" else f"{trial.seconds:.1f} s"
        return f"{head}: {trial.status}, {result} ({timing})"
    return None


def table(objective: str, trials: tuple[Trial, ...], *, title: str | None = None) -> "Table":
    """The trials ranked, as a rich table; the one that runs stands last."""
    # Imported here: a search under --json needs none of it.
    from rich.table import Table
    from rich.text import Text

    running = tuple(trial for trial in trials if trial.status == "running")
    shown = Table(title=title)
    for heading in HEADINGS:
        name = objective if heading == "score" else heading
        shown.add_column(name, justify="right" if heading in ("trial", "score", "epochs", "seconds") else "left")
    for trial in (*rank(objective, trials), *running):
        shown.add_row(*map(Text, row(trial)))
    return shown


def show(result: Result, file: IO[str] | None = None) -> None:
    """Prints the ranked table and where the best spec lies."""
    from rich.console import Console

    # Without a terminal rich takes 80 columns and folds the values into a ribbon.
    stream = file or sys.stdout
    console = Console(file=stream, width=None if stream.isatty() else 160)
    with console.capture() as captured:  # rich itself would end the process with 1 where the reader went away
        console.print(table(result.objective, result.trials))
    print(captured.get(), end="", file=stream)
    print(f"best: trial {result.best.id}, {result.spec}", file=stream)
    print(f"report: {result.out / REPORT}", file=stream)
    if result.note:
        print(result.note, file=stream)


def say_left_out(survey: "Survey") -> None:
    """Prints on stderr, in a line each, the parts of the space that the search leaves out, and why."""
    for region in survey.regions:
        problem = region.problem
        say(f"left out: {region}: {problem.path} (line {problem.mark.line}): {problem.message}", sys.stderr)


@contextmanager
def live(objective: str, file: IO[str] | None = None) -> Iterator[OnEvent]:
    """What to give to `search` as `on_event`: a table that follows the search on a terminal, else a line a trial."""
    stream = file or sys.stderr
    if not stream.isatty():
        yield lambda event: _print(event, stream)
        return
    from rich.console import Console
    from rich.live import Live

    seen: dict[int, Trial] = {}
    with Live(console=Console(file=stream), transient=True, auto_refresh=False) as screen:

        def follow(event: Event) -> None:
            seen[event.trial.id] = event.trial
            screen.update(_following(objective, seen, event), refresh=True)

        yield follow


def _following(objective: str, seen: Mapping[int, Trial], event: Event) -> "Table":
    trials = tuple(seen.values())
    running = tuple(trial for trial in trials if trial.status == "running")
    ended = len(trials) - len(running)
    epoch = f", epoch {event.epoch} of trial {event.trial.id}" if event.kind == "epoch" else ""
    best = rank(objective, trials)[:SHOWN]
    return table(objective, (*best, *running), title=f"{ended} of {event.total} trials{epoch}")


def _print(event: Event, stream: IO[str]) -> None:
    text = line(event)
    if text is not None:
        say(text, stream)
