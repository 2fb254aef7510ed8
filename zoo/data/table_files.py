"""Files with named columns: CSV by Python's own reader, Parquet by pyarrow where it is there."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from specs.errors import DataError, UserError, did_you_mean
from specs.sections import tables as sections
from zoo.data.columns import Column
from zoo.data.dataset import Array
from zoo.files import open_regular

MAX_NAMED = 8
"""Columns that an error names."""

Read = Callable[[Collection[str]], dict[str, Column]]
"""Names of columns → these columns."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file with named columns."""

    path: Path
    names: tuple[str, ...]
    read: Read


def check_columns(path: Path, wanted: Collection[str], there: Sequence[str]) -> None:
    """`DataError` that names every wanted column that there is not.

    >>> check_columns(Path("a.csv"), ["age", "sex"], ["name"])
    Traceback (most recent call last):
    specs.errors.DataError: a.csv: has no columns 'age', 'sex'; it has name
    """
    missing = [name for name in dict.fromkeys(wanted) if name not in there]
    if missing:
        which = f"column {missing[0]!r}" if len(missing) == 1 else f"columns {_listed([*map(repr, missing)])}"
        meant = did_you_mean(missing[0], there) if len(missing) == 1 else None
        raise DataError(f"{path}: has no {which}; {meant or 'it has ' + (_listed(there) or 'nothing')}")


def _listed(names: Sequence[str]) -> str:
    more = f", … and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"{', '.join(names[:MAX_NAMED])}{more}"


def _check_names(path: Path, names: tuple[str, ...]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(f"{path}: two columns are named {twice[0]!r}")


def open_asked(path: Path, arguments: sections.Table, missing: Collection[str] = ()) -> Table:
    """A file that a model is asked about, of either kind, whichever it was trained on; some columns may be missing."""
    if path.suffix.lower() == ".parquet":
        return open_parquet(path, arguments)
    if not isinstance(arguments, sections.Csv):
        arguments = sections.Csv.model_validate(arguments.model_dump(exclude_unset=True))
    return open_csv(path, arguments, missing)


def open_csv(path: Path, arguments: sections.Csv, missing: Collection[str] = ()) -> Table:
    """A CSV file; of the columns that the spec names because the training's file did not, some may be missing."""
    rows, lines = _rows(path, arguments.delimiter)
    names = _without_header(rows, arguments.columns, missing)
    if names is None:
        if not rows:
            raise DataError(f"{path}: is empty")
        names, rows, lines = tuple(rows[0]), rows[1:], lines[1:]
        _check_names(path, names)
    uneven = [at for at, row in enumerate(rows) if len(row) != len(names)]
    if uneven:
        such = f" ({len(uneven)} such lines)" if len(uneven) > 1 else ""
        fields = len(rows[uneven[0]])
        has = f"line {lines[uneven[0]]} has {fields} field{'s' if fields > 1 else ''} for {len(names)} columns{such}"
        raise DataError(f"{path}: {has}")

    def read(wanted: Collection[str]) -> dict[str, Column]:
        places = {name: names.index(name) for name in wanted}
        missing = frozenset(arguments.missing)
        return {
            name: Column(path, name, [row[at] for row in rows], missing, lambda row: f"line {lines[row]}")
            for name, at in places.items()
        }

    return Table(path, names, read)


def _without_header(
    rows: Sequence[Sequence[str]], columns: tuple[str, ...] | None, missing: Collection[str]
) -> tuple[str, ...] | None:
    """The names of the columns where the first row is none of names; `missing` says which may not be there.

    A file that may lack columns may name those that it has.

    >>> _without_header([["1", "2"]], ("a", "b", "kind"), ["kind"])
    ('a', 'b')
    >>> _without_header([["b", "a"], ["2", "1"]], ("a", "b", "kind"), ["kind"])
    """
    if columns is None or not missing or not rows:
        return columns
    first = rows[0]
    if 2 * sum(field in columns for field in first) > len(first):
        return None
    rest = tuple(name for name in columns if name not in missing)
    return rest if len(first) == len(rest) else columns


def _rows(path: Path, delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The rows that are not blank, their fields without spaces around them, and the line that each ends in."""
    with open_regular(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, skipinitialspace=delimiter != " ", strict=True)
        rows, lines = [], []
        try:
            for row in reader:
                if row:
                    rows.append([field.strip() for field in row])
                    lines.append(reader.line_num)
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: is not text in UTF-8 (behind line {reader.line_num}: {error.reason})") from None
        except csv.Error as error:
            raise DataError(f"{path}: line {reader.line_num} cannot be read ({error})") from None
    return rows, lines


def open_parquet(path: Path, arguments: sections.Table) -> Table:
    """A Parquet file; `UserError` where what reads it is not installed."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UserError("Parquet files need pyarrow; install it with: pip install 'speczoo[parquet]'") from None
    with open_regular(path) as file:
        try:
            content = parquet.read_table(pyarrow.PythonFile(file, mode="r"))
        except (pyarrow.ArrowException, OSError) as error:
            raise DataError(f"{path}: is not a readable Parquet file ({str(error).partition(chr(10))[0]})") from None
    names = tuple(content.column_names)
    _check_names(path, names)

    def read(wanted: Collection[str]) -> dict[str, Column]:
        missing = frozenset((*arguments.missing, ""))
        return {
            name: Column(path, name, _values(path, name, content[name]), missing, lambda row: f"row {row + 1}")
            for name in wanted
        }

    return Table(path, names, read)


def _values(path: Path, name: str, column: Any) -> list[str] | Array:
    """The values of a Parquet column; nulls are empty texts, or NaN among numbers."""
    from pyarrow import types

    kind = column.type.value_type if types.is_dictionary(column.type) else column.type
    if types.is_string(kind) or types.is_large_string(kind):
        return ["" if value is None else value.strip() for value in column.to_pylist()]
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind):
        return np.array([np.nan if value is None else value for value in column.to_pylist()], dtype=np.float64)
    raise DataError(f"{path}: column {name!r} holds {kind}; a table has numbers, texts and true or false")
