"""The record of a search: one SQLite file, the only truth that a search goes on from.

The rollback journal (journal_mode DELETE) is chosen over the write-ahead log: after every commit the one file holds
everything and can be copied away alone, and two commits a trial need no speed. synchronous EXTRA is FULL and also
syncs the directory when the journal goes, without which a power cut may take a commit back. A process killed at any
instant leaves the state before or after a transaction; each change of a trial is one.

A lock file beside it, held with flock and freed by the kernel however a process ends, keeps a second search out, while
SQLite's own lock stays free so that anybody can read along.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

from specs.sections.search import Value
from tuner.errors import StudyChangedError, StudyError
from tuner.fingerprint import differences

APPLICATION_ID = 0x73706F6F
"""Marks the file as ours, in the header where the tool `file` and SQLite look."""

FORMAT = 1

SMALLEST_PAGE = 512
"""Bytes; no database of SQLite's is smaller."""

READER_PATIENCE = 60.0
"""Seconds that a write waits for somebody who reads along."""

Status = Literal["running", "done", "failed"]

_SCHEMA = f"""
BEGIN;
CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE trials (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed')),
    params TEXT NOT NULL,
    score REAL,
    epoch INTEGER,
    seconds REAL NOT NULL DEFAULT 0,
    reason TEXT,
    history TEXT NOT NULL DEFAULT '[]',
    checkpoint TEXT,
    starts INTEGER NOT NULL DEFAULT 1
) STRICT;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT};
COMMIT;
"""

_COLUMNS = "id, status, params, score, epoch, seconds, reason, history, checkpoint, starts"


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
    """How often it was started without an orderly end."""


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
        with _translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.with_suffix(".lock"), path), _connected(path) as connection:
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
        with _translated(self._path):
            row = self._connection.execute("SELECT value FROM study WHERE key = 'fingerprint'").fetchone()
            if row is None:
                rows = [("fingerprint", json.dumps(asked)), ("versions", json.dumps(dict(versions)))]
                with self._transaction():
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
        with _translated(self._path):
            rows = self._connection.execute(f"SELECT {_COLUMNS} FROM trials ORDER BY id").fetchall()  # noqa: S608
            return tuple(_trial(row) for row in rows)

    def start(self, trial: Trial) -> None:
        """Records that a trial runs; of one that is there already, that it runs once more."""
        self._write(
            "INSERT INTO trials (id, status, params) VALUES (?, 'running', ?) "
            "ON CONFLICT (id) DO UPDATE SET starts = starts + 1",
            (trial.id, json.dumps(dict(trial.values))),
        )

    def put_back(self, trial: Trial) -> None:
        """Records that a running trial ended in good order without a result, by Ctrl-C or by a bug of ours."""
        self._write("UPDATE trials SET starts = starts - 1 WHERE id = ?", (trial.id,))

    def finish(self, trial: Trial) -> None:
        """Records the result of a trial."""
        self._write(
            "UPDATE trials SET status = ?, score = ?, epoch = ?, seconds = ?, reason = ?, history = ?, checkpoint = ? "
            "WHERE id = ?",
            (
                trial.status,
                trial.score,
                trial.epoch,
                trial.seconds,
                trial.reason,
                json.dumps([dict(logs) for logs in trial.history]),
                trial.checkpoint,
                trial.id,
            ),
        )

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        with _translated(self._path), self._transaction():
            self._connection.execute(statement, values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            yield


def _trial(row: tuple[Any, ...]) -> Trial:
    trial = Trial(*row)
    values, history = json.loads(row[2]), json.loads(row[7])
    return replace(trial, values=values, history=tuple(history))


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    with _translated(path):
        # Autocommit: a transaction is where we say BEGIN, not where Python's module thinks of it.
        connection = sqlite3.connect(path, isolation_level=None, timeout=READER_PATIENCE)
    with closing(connection):
        with _translated(path):
            if 0 < path.stat().st_size < SMALLEST_PAGE:
                raise sqlite3.DatabaseError("cut off")  # SQLite would take it for an empty one
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = EXTRA")
            _ensure_ours(path, connection)
        yield connection


def _ensure_ours(path: Path, connection: sqlite3.Connection) -> None:
    damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        raise sqlite3.DatabaseError(damage)
    application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if application == 0 and not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        connection.executescript(_SCHEMA)
    elif application != APPLICATION_ID:
        raise StudyError(f"{path}: is no study; it is left as it is. Give another --out.")
    elif version != FORMAT:
        raise StudyError(f"{path}: has format {version}, this version of speczoo reads {FORMAT}. Give another --out.")


@contextmanager
def _locked(lock: Path, path: Path) -> Iterator[None]:
    with _translated(path):
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    # The file stays behind: deleting it would let a third process lock a new one beside the second's.
    try:
        _lock(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = f"{path.parent}: another process is searching here; wait for it or give another --out"
        raise StudyError(message) from error


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Failures of the file as a sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StudyError(f"{path}: cannot be read or written ({error})") from error
    except (sqlite3.DatabaseError, ValueError) as error:
        raise StudyError(
            f"{path}: is damaged ({error}). Move it away to start anew, or put back a copy to go on from there."
        ) from error
    except OSError as error:
        raise StudyError(f"{error.filename or path}: {error.strerror}") from error
