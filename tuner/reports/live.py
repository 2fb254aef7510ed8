"""A search while it runs: a table that follows it in a terminal, a line a trial elsewhere, or JSON lines."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from tuner.conducting import Event
from tuner.objective import rank
from tuner.reports.listing import trial_json
from tuner.reports.words import duration, score_text, short, values_text
from tuner.study import Repeat, Trial
from zoo.json_text import finite
from zoo.progress import say

if TYPE_CHECKING:
    from rich.table import Table

SHOWN = 8
"""Trials that have ended in the table, the best so far."""

Clock = Callable[[], float]


@contextmanager
def live(
    objective: str, as_json: bool = False, file: IO[str] | None = None, clock: Clock = time.monotonic
) -> Iterator[dict[str, Any]]:
    """What to give to `tuner.search`: `on_event` and `on_repeat`, which write to standard error.

    In a terminal a table with the best so far, the trials that run with their epochs, and the time left; elsewhere a
    line for each trial that ended; with `as_json` an object for each event, in a line of its own.
    """
    stream = file or sys.stderr
    if as_json:
        yield {
            "on_event": lambda event: _say_json(event_json(event), stream),
            "on_repeat": lambda *repeat: _say_json(repeat_json(*repeat), stream),
        }
    elif not stream.isatty():
        yield {"on_event": lambda event: _say(line(event), stream), "on_repeat": _say_repeat(stream)}
    else:
        from rich.console import Console
        from rich.live import Live

        state = State(objective, clock)
        with Live(console=Console(file=stream), transient=True, auto_refresh=False) as screen:

            def on_event(event: Event) -> None:
                state.take(event)
                screen.update(state.table(), refresh=True)

            yield {"on_event": on_event, "on_repeat": _say_repeat(stream)}


def line(event: Event) -> str | None:
    """An event as a line of a log, None where it deserves none."""
    trial = event.trial
    head = f"trial {trial.id} of {event.total}: {values_text(trial.values)}"
    if event.kind == "ended" or (event.kind == "found" and trial.status != "running"):
        result = score_text(trial.score, trial.std) or trial.reason
        timing = "recorded before" if event.kind == "found" else f"{trial.seconds:.1f} s"
        return f"{head}: {trial.status}, {result} ({timing})"
    return None


def event_json(event: Event) -> dict[str, Any]:
    """An event as an object."""
    more = {"epoch": event.epoch, "logs": dict(event.logs or {})} if event.kind == "epoch" else {}
    return {"event": event.kind, "total": event.total, **more, "trial": trial_json(event.trial)}


def repeat_json(repeat: Repeat, count: int, total: int) -> dict[str, Any]:
    """A training with another seed as an object; the trial 0 stands for the spec's own values."""
    told = {"trial": repeat.trial, "seed": repeat.seed, "score": repeat.score, "test": dict(repeat.test)}
    return {"event": "repeated", "count": count, "total": total, **told, "reason": repeat.reason}


class State:
    """What the table shows: the trials that are known, and how far those are that run."""

    def __init__(self, objective: str, clock: Clock) -> None:
        self._objective = objective
        self._clock = clock
        self._begun = clock()
        self._ended = 0
        self._total = 0
        self._trials: dict[int, Trial] = {}
        self._epochs: dict[int, tuple[int, Mapping[str, float]]] = {}
        self._started: dict[int, float] = {}

    def take(self, event: Event) -> None:
        """An event."""
        number = event.trial.id
        self._total = event.total
        self._trials[number] = event.trial
        if event.kind == "started":
            self._started[number] = self._clock()
        elif event.kind == "epoch":
            self._epochs[number] = (event.epoch, event.logs or {})
        elif event.kind == "ended":
            self._ended += 1

    def title(self) -> str:
        """How far the search is, its best so far, and the time left, as the trials took that ended meanwhile."""
        ended = [trial for trial in self._trials.values() if trial.status != "running"]
        counts = {name: sum(trial.status == name for trial in ended) for name in ("pruned", "failed")}
        told = [f"{count} {name}" for name, count in counts.items() if count]
        parts = [", ".join([f"{len(ended)} of {self._total} trials", *told])]
        ranked = rank(self._objective, ended)
        if ranked and ranked[0].score is not None:
            parts.append(f"best {self._objective} {ranked[0].score:.4f} (trial {ranked[0].id})")
        elapsed, left = self._clock() - self._begun, self._total - len(ended)
        parts.append(duration(elapsed))
        if self._ended and left > 0:
            parts.append(f"about {duration(elapsed / self._ended * left)} left")
        return " · ".join(parts)

    def table(self) -> "Table":
        """The best so far, and below them the trials that run."""
        from rich.table import Table
        from rich.text import Text

        running = [trial for trial in self._trials.values() if trial.status == "running"]
        best = rank(self._objective, self._trials.values())[:SHOWN]
        names = list(dict.fromkeys(name for trial in (*best, *running) for name in trial.values))
        shown = Table(title=Text(self.title()), title_justify="left")
        for heading in ("trial", self._objective, "epoch", "time"):
            shown.add_column(heading, justify="right")
        for name in names:
            shown.add_column(Text(name))
        for trial in best:
            shown.add_row(*map(Text, self._row(trial, names)), end_section=trial is best[-1])
        for trial in running:
            shown.add_row(*(Text(cell, style="bold") for cell in self._row(trial, names)))
        return shown

    def _row(self, trial: Trial, names: list[str]) -> tuple[str, ...]:
        values = (short(trial.values[name]) if name in trial.values else "" for name in names)
        if trial.status != "running":
            score = score_text(trial.score, trial.std) or "failed"
            score += " pruned" if trial.status == "pruned" else ""
            return str(trial.id), score, str(trial.epoch or ""), duration(trial.seconds), *values
        epoch, logs = self._epochs.get(trial.id, (0, {}))
        score = f"{logs[self._objective]:.4f}" if self._objective in logs else "…"
        elapsed = self._clock() - self._started.get(trial.id, self._clock())
        return str(trial.id), score, str(epoch or ""), duration(elapsed), *values


def _say(text: str | None, stream: IO[str]) -> None:
    if text is not None:
        say(text, stream)


def _say_json(found: Mapping[str, Any], stream: IO[str]) -> None:
    say(json.dumps(finite(found)), stream)


def _say_repeat(stream: IO[str]) -> Callable[[Repeat, int, int], None]:
    def on_repeat(repeat: Repeat, count: int, total: int) -> None:
        what = f"trial {repeat.trial}" if repeat.trial else "the spec's own values"
        came = repeat.reason or values_text({"test " + name: value for name, value in repeat.test.items()})
        say(f"trained again, {count} of {total}: {what} with seed {repeat.seed}: {came}", stream)

    return on_repeat
