"""The record of a search, the only truth that a search goes on from: its trials, and in which order they came.

The order is what an oracle is rebuilt from: of each trial is recorded how many results the oracle had been told when
it proposed the trial, and of each result its place among the results.
"""

import json
import sqlite3
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, Self

from specs.sections.search import Value
from tuner.database import connected, locked, transaction, translated
from tuner.errors import StudyChangedError
from tuner.fingerprint import differences, hindrance

Status = Literal["running", "done", "pruned", "failed"]

_JSON = ("values", "history", "trainings", "scores")
"""Fields of a trial that are kept as JSON."""


Extend = Callable[[Any, Any, "tuple[Trial, ...]"], "Sequence[Trial]"]
"""Gives, of what a study was for, what it shall be for, and its trials, those to keep."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial as recorded."""

    id: int
    """Counts from 1 in the order in which trials were proposed."""
    status: Status
    values: Mapping[str, Value]
    """Values of the searched params."""
    score: float | None = None
    """The objective in the best epoch, the mean over its trainings; None where it failed or runs."""
    epoch: int | None = None
    """The best epoch, from 1."""
    seconds: float = 0.0
    """Wall time of the run that finished it."""
    reason: str | None = None
    """Why it failed."""
    history: tuple[Mapping[str, float], ...] = ()
    """What training reported, one mapping an epoch."""
    checkpoint: str | None = None
    """SHA-256 of the weights kept for a longer round, where there are some."""
    starts: int = 1
    """How often it was started and the whole search ended before it, in no good order."""
    deaths: int = 0
    """How many workers ended while they ran it."""
    told: int = 0
    """How many results the oracle had been told when it proposed the trial."""
    place: int | None = None
    """Its place in the order of results, from 1; None while it runs."""
    micro_batches: int = 1
    """Parts that each batch was trained in, because the device's memory held no larger ones."""
    trainings: tuple[float, ...] = ()
    """The objective in that epoch of each training, where there are several: by seed, and of each seed by fold."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """The value of each objective in that epoch, where the search has several."""

    @property
    def std(self) -> float | None:
        """Standard deviation of the objective over the trainings, None where there is one."""
        return statistics.stdev(self.trainings) if self.trainings else None


_COLUMNS = ", ".join("params" if each.name == "values" else each.name for each in fields(Trial))
_RESULT = tuple(each.name for each in fields(Trial) if each.name not in ("id", "values", "starts", "deaths", "told"))
"""What is known of a trial once it has ended."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """The values of a trial, or the spec's own, trained once more with another seed."""

    trial: int
    """0 for the spec's own values."""
    seed: int
    score: float | None = None
    """The objective in the best epoch; None where it failed."""
    test: Mapping[str, float] = field(default_factory=dict)
    """What the trained model reports of the test part."""
    seconds: float = 0.0
    reason: str | None = None
    """Why it failed."""


class Study:
    """The study in a directory, locked against other processes while it is open."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Self]:
        """Opens the file, making it and its directory where missing.

        Raises StudyError where it is in use, damaged, no study of ours, or cannot be written.
        """
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path.with_suffix(".lock"), path), connected(path) as connection:
            yield cls(path, connection)

    @property
    def directory(self) -> Path:
        """The directory that the file is in."""
        return self._path.parent

    def claim(self, fingerprint: Mapping[str, Any], extend: Extend | None = None, starts: Sequence[Any] = ()) -> None:
        """Says what the study is for, and of a new one the points that it tries first.

        Raises StudyChangedError, with every difference, where it was made for something else; with `extend` only where
        no trial could be kept. That gives the trials to keep; the others stay in the file and are no part of the study.
        """
        asked = json.loads(json.dumps(fingerprint))
        made_for = self.made_for()
        if made_for is None:
            with translated(self._path), transaction(self._connection):
                self._say(fingerprint=asked, starts=list(starts))
            return
        changes = differences(made_for, asked)
        if not changes:
            return
        why_not = hindrance(made_for, asked, changes)
        if extend is None or why_not is not None:
            raise StudyChangedError(_refusal(self.directory, changes, why_not))
        self._keep(extend(made_for, asked, self.trials()), asked)

    def made_for(self) -> Any:
        """What the study is for, None of a new one."""
        return self._said("fingerprint")

    def starts(self) -> tuple[Mapping[str, Value], ...]:
        """Points that are tried before the oracle's own."""
        return tuple(self._said("starts") or ())

    def _keep(self, trials: Sequence[Trial], asked: Any) -> None:
        rows = [_row(trial) for trial in trials]
        with translated(self._path), transaction(self._connection):
            left = self._connection.execute(f"SELECT {_COLUMNS} FROM trials ORDER BY id").fetchall()  # noqa: S608
            before = [*(self._said("before") or ()), {"fingerprint": self._said("fingerprint"), "trials": left}]
            self._connection.execute("DELETE FROM trials")
            self._connection.execute("DELETE FROM repeats")  # they are of trials that have other numbers now
            marks = ", ".join("?" * len(_COLUMNS.split(", ")))
            self._connection.executemany(f"INSERT INTO trials ({_COLUMNS}) VALUES ({marks})", rows)  # noqa: S608
            self._say(fingerprint=asked, before=before)

    def _said(self, key: str) -> Any:
        with translated(self._path):
            row = self._connection.execute("SELECT value FROM study WHERE key = ?", (key,)).fetchone()
            return None if row is None else json.loads(row[0])

    def _say(self, **said: Any) -> None:
        rows = [(key, json.dumps(value)) for key, value in said.items()]
        self._connection.executemany("INSERT OR REPLACE INTO study VALUES (?, ?)", rows)

    def spent(self) -> tuple[float, float]:
        """Seconds by the clock and seconds of trials added up, of earlier sessions, where they were recorded."""
        said = self._said("spent") or {}
        return said.get("seconds", 0.0), said.get("gpu_seconds", 0.0)

    def spend(self, seconds: float, gpu_seconds: float) -> None:
        """Records what all sessions have used."""
        with translated(self._path), transaction(self._connection):
            self._say(spent={"seconds": seconds, "gpu_seconds": gpu_seconds})

    def trials(self) -> tuple[Trial, ...]:
        """All trials in the order of their ids."""
        with translated(self._path):
            rows = self._connection.execute(f"SELECT {_COLUMNS} FROM trials ORDER BY id").fetchall()  # noqa: S608
            return tuple(_trial(row) for row in rows)

    def start(self, trial: Trial) -> None:
        """Records that a trial runs; of one that is there already, that it runs once more."""
        self._write(
            "INSERT INTO trials (id, status, params, told) VALUES (?, 'running', ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET starts = starts + 1",
            (trial.id, json.dumps(dict(trial.values)), trial.told),
        )

    def put_back(self, trial: Trial) -> None:
        """Records that a running trial ended in good order without a result, by Ctrl-C or by a bug of ours."""
        self._write("UPDATE trials SET starts = starts - 1 WHERE id = ?", (trial.id,))

    def lose(self, trial: Trial) -> None:
        """Records that the worker ended which ran a trial."""
        self._write("UPDATE trials SET starts = starts - 1, deaths = deaths + 1 WHERE id = ?", (trial.id,))

    def finish(self, trial: Trial) -> None:
        """Records the result of a trial."""
        columns = ", ".join(f"{name} = ?" for name in _RESULT)
        values = tuple(_plain(trial, name) for name in _RESULT)
        self._write(f"UPDATE trials SET {columns} WHERE id = ?", (*values, trial.id))  # noqa: S608

    def repeats(self) -> tuple[Repeat, ...]:
        """All repeats, by trial and seed."""
        with translated(self._path):
            rows = self._connection.execute(
                "SELECT trial, seed, score, test, seconds, reason FROM repeats ORDER BY trial, seed"
            ).fetchall()
            return tuple(replace(Repeat(*row), test=json.loads(row[3])) for row in rows)

    def add(self, repeat: Repeat) -> None:
        """Records a repeat that has ended."""
        test = json.dumps(dict(repeat.test))
        values = (repeat.trial, repeat.seed, repeat.score, test, repeat.seconds, repeat.reason)
        self._write("INSERT INTO repeats (trial, seed, score, test, seconds, reason) VALUES (?, ?, ?, ?, ?, ?)", values)

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        with translated(self._path), transaction(self._connection):
            self._connection.execute(statement, values)


def _refusal(directory: Path, changes: Sequence[str], why_not: str | None) -> str:
    lines = "\n".join(f"  {change}" for change in changes)
    extend = f"--extend does not, {why_not}" if why_not else "--extend keeps the trials that fit what is asked for now"
    return (
        f"{directory}: holds a study of something else:\n{lines}\n"
        f"Undo the change to go on; {extend}; --out NEW --fork {directory} starts a new study from its best points."
    )


def _row(trial: Trial) -> tuple[Any, ...]:
    return tuple(_plain(trial, each.name) for each in fields(trial))


def _plain(trial: Trial, name: str) -> Any:
    value = getattr(trial, name)
    if name not in _JSON:
        return value
    return json.dumps(value, default=dict)  # a mapping of any kind is written as an object


def _trial(row: tuple[Any, ...]) -> Trial:
    trial = Trial(*row)
    values, history, trainings, scores = (json.loads(getattr(trial, name)) for name in _JSON)
    return replace(trial, values=values, history=tuple(history), trainings=tuple(trainings), scores=scores)
