"""The file of a study: one SQLite database, marked as ours, and a lock against a second process.

The rollback journal (journal_mode DELETE) is chosen over the write-ahead log: after every commit the one file holds
everything and can be copied away alone, and two commits a trial need no speed. synchronous EXTRA is FULL and also
syncs the directory when the journal goes, without which a power cut may take a commit back. A process killed at any
instant leaves the state before or after a transaction; each change of a trial is one.

A lock file beside it, held with flock and freed by the kernel however a process ends, keeps a second search out, while
SQLite's own lock stays free so that anybody can read along.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tuner.errors import StudyError

APPLICATION_ID = 0x73706F6F
"""Marks the file as ours, in the header where the tool `file` and SQLite look."""

FORMAT = 7

SMALLEST_PAGE = 512
"""Bytes; no database of SQLite's is smaller."""

READER_PATIENCE = 60.0
"""Seconds that a write waits for somebody who reads along."""

_COLUMNS = """
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('running', 'done', 'pruned', 'failed')),
    params TEXT NOT NULL,
    score REAL,
    epoch INTEGER,
    seconds REAL NOT NULL DEFAULT 0,
    reason TEXT,
    history TEXT NOT NULL DEFAULT '[]',
    checkpoint TEXT,
    starts INTEGER NOT NULL DEFAULT 1,
    deaths INTEGER NOT NULL DEFAULT 0,
    told INTEGER NOT NULL DEFAULT 0,
    place INTEGER,
    micro_batches INTEGER NOT NULL DEFAULT 1,
    trainings TEXT NOT NULL DEFAULT '[]',
    scores TEXT NOT NULL DEFAULT '{}'
"""

_REPEATS = """
    trial INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    score REAL,
    test TEXT NOT NULL DEFAULT '{}',
    seconds REAL NOT NULL,
    reason TEXT,
    PRIMARY KEY (trial, seed)
"""

_SCHEMA = f"""
BEGIN;
CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE repeats ({_REPEATS}) STRICT;
CREATE TABLE trials ({_COLUMNS}) STRICT;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT};
COMMIT;
"""


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """The database in a file, made where there is none; StudyError where it is damaged or no study of ours."""
    with translated(path):
        # Autocommit: a transaction is where we say BEGIN, not where Python's module thinks of it.
        connection = sqlite3.connect(path, isolation_level=None, timeout=READER_PATIENCE)
    with closing(connection):
        with translated(path):
            if 0 < path.stat().st_size < SMALLEST_PAGE:
                raise sqlite3.DatabaseError("cut off")  # SQLite would take it for an empty one
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = EXTRA")
            _ensure_ours(path, connection)
        yield connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """What is written in the body is on the disk at its end, or none of it."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        yield


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
def locked(lock: Path, path: Path) -> Iterator[None]:
    """Holds a study's lock file in the body; StudyError where another process holds it."""
    with translated(path):
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
def translated(path: Path) -> Iterator[None]:
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
