"""Some of the trials of a study in an order: what `zoo trials` lists, as lines and as JSON."""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from specs.errors import UserError, did_you_mean, got, printable
from specs.reader import read
from specs.render.table import columns
from specs.tree import plain
from tuner.objective import front, rank
from tuner.reports.confirmation import confirmation_lines, confirmation_of
from tuner.reports.reading import Record
from tuner.reports.words import duration, score_text, short
from tuner.study import Trial

FIELDS: Mapping[str, Callable[[Trial], Any]] = {
    "trial": lambda trial: trial.id,
    "score": lambda trial: trial.score,
    "std": lambda trial: trial.std,
    "epoch": lambda trial: trial.epoch,
    "epochs": lambda trial: len(trial.history),
    "seconds": lambda trial: trial.seconds,
    "starts": lambda trial: trial.starts,
    "deaths": lambda trial: trial.deaths,
}
"""What can be asked of a trial besides the values of its params, which come first where one is called the same."""

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
"""The longer before the shorter that they begin with."""

CONDITION = re.compile(r"\s*(?P<name>[^<>=!\s]+)\s*(?P<sign><=|>=|!=|==|<|>|=)\s*(?P<value>.+?)\s*", re.DOTALL)

MAX_REASON = 60
"""Characters of a reason in a line; --json has all of it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which trials, and in which order."""

    front: bool = False
    """Only those that no other is better than in one objective and as good in all."""
    best: int | None = None
    """At most so many, the best of them."""
    status: str | None = None
    where: tuple[str, ...] = ()
    """Conditions that all hold, as `learning_rate<0.01`."""
    sort: str | None = None
    """A param, or one of FIELDS; with a - before it from the largest on. By rank where None."""


def chosen(record: Record, wanted: Wanted) -> tuple[Trial, ...]:
    """The trials that are wanted: ranked, those without a score last, those that run behind them.

    Raises UserError where a condition or an order names what no trial has.
    """
    conditions = [_condition(record, text) for text in wanted.where]
    running = [trial for trial in record.trials if trial.status == "running"]
    kept = [
        trial
        for trial in (*rank(record.objective, record.trials), *running)
        if wanted.status in (None, trial.status) and all(holds(trial) for holds in conditions)
    ]
    if wanted.front:
        shown = {trial.id for trial in front(record.search.objective, record.trials)}
        kept = [trial for trial in kept if trial.id in shown]
    if wanted.best is not None:
        kept = [trial for trial in kept if trial.score is not None][: wanted.best]
    return tuple(_sorted(record, kept, wanted.sort) if wanted.sort else kept)


def _condition(record: Record, text: str) -> Callable[[Trial], bool]:
    found = CONDITION.fullmatch(text)
    entries = read(f"value: {found['value']}", "--where").entries if found else ()
    if found is None or len(entries) != 1:
        raise UserError(f"--where takes NAME<VALUE, or <=, >, >=, =, != in its place (got {text!r})")
    value, get = plain(entries[0].value), _getter(record, found["name"], "--where")
    compare = OPERATORS["=" if found["sign"] == "==" else found["sign"]]
    if found["sign"] in ("<", ">", "<=", ">=") and not _is_number(value):
        raise UserError(f"--where {text}: {found['sign']} compares numbers {got(value)}")

    def holds(trial: Trial) -> bool:
        there = get(trial)
        if found["sign"] in ("<", ">", "<=", ">=") and not _is_number(there):
            return False
        return isinstance(there, bool) == isinstance(value, bool) and compare(there, value)

    return holds


def _sorted(record: Record, trials: Sequence[Trial], key: str) -> list[Trial]:
    falls, get = key.startswith("-"), _getter(record, key.removeprefix("-"), "--sort")
    there = [trial for trial in trials if get(trial) is not None]
    ordered = sorted(there, key=lambda trial: _place(get(trial)), reverse=falls)
    return [*ordered, *(trial for trial in trials if get(trial) is None)]


def _place(value: Any) -> tuple[bool, float, str]:
    number = _is_number(value) or isinstance(value, bool)
    return not number, float(value) if number else 0.0, "" if number else str(value)


def _getter(record: Record, name: str, option: str) -> Callable[[Trial], Any]:
    if name in record.search.space:
        return lambda trial: trial.values.get(name)
    if name in FIELDS:
        return FIELDS[name]
    known = [*record.search.space, *FIELDS]
    hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
    raise UserError(f"{option}: trials have no {name!r}; {hint}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)


def trial_json(trial: Trial) -> dict[str, Any]:
    """A trial as `zoo trials --json` and `zoo tune --json` print it."""
    return {
        "id": trial.id,
        "status": trial.status,
        "values": dict(trial.values),
        "score": trial.score,
        "std": trial.std,
        "trainings": list(trial.trainings),
        "scores": dict(trial.scores),
        "epoch": trial.epoch,
        "epochs": len(trial.history),
        "seconds": round(trial.seconds, 3),
        "reason": trial.reason,
        "micro_batches": trial.micro_batches,
    }


def study_as_json(record: Record, trials: Sequence[Trial]) -> dict[str, Any]:
    """What `zoo trials --json` prints."""
    found = confirmation_of(record.objective, record.repeats)
    return {
        "out": str(record.directory),
        "objective": list(record.search.objective),
        "front": [trial.id for trial in front(record.search.objective, record.trials)],
        "oracle": record.search.oracle,
        "trials": [trial_json(trial) for trial in trials],
        "confirmation": None if found is None else found.as_json(),
    }


def study_text(record: Record, trials: Sequence[Trial]) -> str:
    """The trials as a table with a column a param, and below it how many there are of each status."""
    names = list(record.search.space)
    more = record.search.objective[1:]
    header = ["trial", "status", *record.search.objective, "epochs", "time", *names]
    notes = any(_note(trial) for trial in trials)
    rows = [[*_cells(trial, more, names), *([_note(trial)] if notes else [])] for trial in trials]
    table = (
        columns([*header, *(["note"] if notes else [])], rows, right=[0, *range(2, 5 + len(more))])
        if rows
        else "no trial"
    )
    found = confirmation_of(record.objective, record.repeats)
    return "\n".join([table, "", _summary(record, trials), *(confirmation_lines(found) if found else [])])


def _cells(trial: Trial, more: Sequence[str], names: Sequence[str]) -> list[str]:
    values = [printable(short(trial.values[name])) if name in trial.values else "" for name in names]
    score, epochs = score_text(trial.score, trial.std), str(len(trial.history)) if trial.history else ""
    others = [short(trial.scores[name]) if name in trial.scores else "" for name in more]
    return [
        str(trial.id),
        trial.status,
        score,
        *others,
        epochs,
        duration(trial.seconds) if trial.seconds else "",
        *values,
    ]


def _note(trial: Trial) -> str:
    """Why a trial failed, or that the device's memory held its batches only in parts."""
    parts = f"too large for the memory, so batches in {trial.micro_batches} parts" if trial.micro_batches > 1 else ""
    text = printable(trial.reason or parts)
    return text if len(text) <= MAX_REASON else f"{text[: MAX_REASON - 1]}…"


def _summary(record: Record, trials: Sequence[Trial]) -> str:
    statuses = dict.fromkeys(trial.status for trial in record.trials)
    counts = [f"{sum(trial.status == status for trial in record.trials)} {status}" for status in statuses]
    shown = "" if len(trials) == len(record.trials) else f"{len(trials)} of "
    return f"{record.directory}: {shown}{len(record.trials)} trials ({', '.join(counts) or 'none as yet'})"
