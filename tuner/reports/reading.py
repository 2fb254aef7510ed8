"""A study as it is at one instant, read without disturbing the search that may be writing it."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specs.errors import UserError
from specs.sections.search import Search
from tuner.database import APPLICATION_ID, FORMAT
from tuner.errors import StudyError
from tuner.study import Repeat, Study, Trial

FILE = "study.sqlite"


@dataclass(frozen=True, slots=True)
class Record:
    """What a study holds: what it searches, and its trials in the order in which they were proposed."""

    directory: Path
    search: Search
    params: Mapping[str, Any]
    """The spec's params with the values they have outside the search: those of the searched ones are the defaults."""
    trials: tuple[Trial, ...]
    repeats: tuple[Repeat, ...] = ()
    """What was trained again over several seeds."""

    @property
    def name(self) -> str:
        """The last part of the directory."""
        return self.directory.resolve().name

    @property
    def objective(self) -> str:
        """What the trials are ranked by."""
        return self.search.objective[0]


def read_study(directory: str | Path) -> Record:
    """The study of a directory; a search may be running in it.

    Raises UserError where the directory holds none, StudyError where it cannot be read.
    """
    folder = Path(directory)
    path = folder / FILE
    if not path.is_file():
        raise UserError(f"{folder}: holds no study (there is no {FILE}); name the directory that zoo tune wrote")
    try:
        with _opened(path) as connection:
            return _record(folder, path, connection)
    except (sqlite3.Error, ValueError) as error:
        raise StudyError(f"{path}: cannot be read ({error})") from error


def _record(folder: Path, path: Path, connection: sqlite3.Connection) -> Record:
    connection.execute("BEGIN")  # one instant for both reads
    marks = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    if marks != [APPLICATION_ID, FORMAT]:
        raise StudyError(f"{path}: is no study of this version of speczoo")
    row = connection.execute("SELECT value FROM study WHERE key = 'fingerprint'").fetchone()
    if row is None:
        raise StudyError(f"{path}: is empty as yet; the search that makes it has not begun")
    study = Study(path, connection)
    made_for = json.loads(row[0])
    return Record(folder, _search(made_for["search"]), made_for["params"], study.trials(), study.repeats())


def _search(dumped: Mapping[str, Any]) -> Search:
    """The section as it was; a dump writes the default sampling beside values too, where the language refuses it."""
    axes = {name: {"values": axis["values"]} if "values" in axis else axis for name, axis in dumped["space"].items()}
    return Search.model_validate_json(json.dumps({**dumped, "space": axes}))


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(_connection(path)) as connection:
            connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
            yield connection
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
            raise
        # A search was killed while it wrote. The next one undoes the half-written change; we undo it in a copy.
        with tempfile.TemporaryDirectory() as scratch:
            for each in path.parent.glob(f"{path.name}*"):
                shutil.copy(each, scratch)
            with closing(sqlite3.connect(Path(scratch, path.name), isolation_level=None)) as connection:
                yield connection


def _connection(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=60.0)
