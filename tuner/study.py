"""The record of a search, the only truth that a search goes on from: its trials, and in which order they came.

The order is what an oracle is rebuilt from: of each trial is recorded how many results the oracle had been told when
it proposed the trial, and of each result its place among the results.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

from specs.sections.search import Value
from tuner.database import connected, locked, transaction, translated
from tuner.errors import StudyChangedError
from tuner.fingerprint import differences

Status = Literal["running", "done", "failed"]

_COLUMNS = "id, status, params, score, epoch, seconds, reason, history, checkpoint, starts, deaths, told, place"


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial as recorded."""

    id: int
    """Counts from 1 in the order in which trials were proposed."""
    status: Status
    values: Mapping[str, Value]
    """Values of the searched params."""
    score: float | None = None
    """The objective in the best epoch; None unless done."""
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

    def claim(self, fingerprint: Mapping[str, Any], versions: Mapping[str, str]) -> None:
        """Says what the study is for; `versions` are kept for the reader and not compared.

        Raises StudyChangedError, with every difference, where it was made for something else.
        """
        asked = json.loads(json.dumps(fingerprint))
        with translated(self._path):
            row = self._connection.execute("SELECT value FROM study WHERE key = 'fingerprint'").fetchone()
            if row is None:
                rows = [("fingerprint", json.dumps(asked)), ("versions", json.dumps(dict(versions)))]
                with transaction(self._connection):
                    self._connection.executemany("INSERT INTO study VALUES (?, ?)", rows)
                return
            changes = differences(json.loads(row[0]), asked)
        if changes:
            lines = "\n".join(f"  {change}" for change in changes)
            raise StudyChangedError(
                f"{self._path.parent}: holds a study of something else:\n{lines}\n"
                "Undo the change to go on, or give another --out to start a new study."
            )

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
        self._write(
            "UPDATE trials SET status = ?, score = ?, epoch = ?, seconds = ?, reason = ?, history = ?, checkpoint = ?, "
            "place = ? WHERE id = ?",
            (
                trial.status,
                trial.score,
                trial.epoch,
                trial.seconds,
                trial.reason,
                json.dumps([dict(logs) for logs in trial.history]),
                trial.checkpoint,
                trial.place,
                trial.id,
            ),
        )

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        with translated(self._path), transaction(self._connection):
            self._connection.execute(statement, values)


def _trial(row: tuple[Any, ...]) -> Trial:
    trial = Trial(*row)
    values, history = json.loads(row[2]), json.loads(row[7])
    return replace(trial, values=values, history=tuple(history))
