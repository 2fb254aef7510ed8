"""A time series in a CSV file, cut into windows."""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specs.errors import DataError
from specs.graph import Graph
from specs.sections.series import TimeSeries
from zoo.data.baselines import Past
from zoo.data.dataset import Array, Examples, Positions, content_of
from zoo.data.labelling import labelled
from zoo.data.table_files import check_columns
from zoo.files import open_regular

MAX_NAMED = 5
"""Rows that an error names."""
MAX_BYTES = 1024**3
"""Of the file, which is read as a whole."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Rows of shape (windows, window, columns): stretches of a series (time, columns), each `stride` after the last."""

    series: NDArray[np.float32]
    window: int
    stride: int
    count: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(windows, window, columns)."""
        return (self.count, self.window, self.series.shape[1])

    def take(self, positions: Positions) -> Array:
        """The windows at these positions."""
        rows: Positions = positions[:, np.newaxis] * self.stride + np.arange(self.window)
        return np.take(self.series, rows, axis=0)

    def content(self, positions: Positions) -> Iterator[bytes]:
        """All values of the windows."""
        yield from content_of(self.take(positions))


def time_series(arguments: TimeSeries, folder: Path, graph: Graph) -> Examples:
    """Windows (window, columns) and the `horizon` values of the target after each, in the order of time."""
    path = folder / arguments.path
    names = list(dict.fromkeys([*arguments.columns, arguments.told]))
    columns = read_series(path, names, arguments.date_column)
    window, horizon, stride = arguments.window, arguments.horizon, arguments.stride
    count = (len(columns) - window - horizon) // stride + 1
    if count < 1:
        raise DataError(
            f"{path}: has {len(columns)} rows; a window of {window} and a horizon of {horizon} need {window + horizon}"
        )
    target = columns[:, [names.index(arguments.told)]]
    told = Windows(target[window:], horizon, stride, count)
    past = Past(target[:, 0], np.arange(count) * stride + window - 1)
    x = Windows(columns[:, : len(arguments.columns)], window, stride, count)
    # Example i reaches from row i · stride to the one before i · stride + window + horizon. The next that shares no row
    # with it is the first whose start is not before that: so many later, and one less are left out.
    gap = math.ceil((window + horizon) / stride) - 1
    return labelled(graph, x, told.take(np.arange(count))[..., 0], gap=gap, past=past)


def series_rows(path: Path, arguments: TimeSeries, graph: Graph) -> dict[str, Array]:
    """All windows of a file that a model is asked about, (windows, window, columns); the last ends with the last row.

    What follows a window need not be there.
    """
    series = read_series(path, arguments.columns, arguments.date_column)
    count = (len(series) - arguments.window) // arguments.stride + 1
    if count < 1:
        raise DataError(f"{path}: has {len(series)} rows; a window needs {arguments.window}")
    begin = (len(series) - arguments.window) % arguments.stride
    windows = Windows(series[begin:], arguments.window, arguments.stride, count)
    return {graph.inputs[0]: windows.take(np.arange(count))}


def read_series(path: Path, columns: Sequence[str], date_column: str | None) -> NDArray[np.float32]:
    """The columns of those names of a CSV file with a header, as (rows, columns).

    Raises `DataError` where the file has not such columns, where a value is no finite number, or where the dates do not
    rise from row to row.
    """
    rows = _rows(path, [*columns, *([date_column] if date_column else [])])
    if date_column:
        _check_dates(path, date_column, rows)
    numbers = np.array([[_number(row[name]) for name in columns] for _, row in rows]).reshape(-1, len(columns))
    wrong = [(at, columns[index]) for at, index in np.argwhere(~np.isfinite(numbers)).tolist()]
    if wrong:
        shown = [f"line {rows[at][0]} has {rows[at][1][name]!r} in {name!r}" for at, name in wrong[:MAX_NAMED]]
        more = f" and {len(wrong) - MAX_NAMED} more" if len(wrong) > MAX_NAMED else ""
        raise DataError(f"{path}: {len(wrong)} values are no finite numbers: {', '.join(shown)}{more}")
    return numbers.astype(np.float32)


def _rows(path: Path, wanted: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Each row with its line, as column → text."""
    with open_regular(path) as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise DataError(f"{path}: is larger than {MAX_BYTES // 1024**2} MiB")
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header = [name.strip() for name in next(reader, [])]
        check_columns(path, wanted, header)
        rows = [(reader.line_num, [field.strip() for field in row]) for row in reader if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: is no CSV file in UTF-8 ({error})") from None
    for line, row in rows:
        if len(row) != len(header):
            raise DataError(f"{path}: line {line} has {len(row)} fields, the header has {len(header)}")
    return [(line, dict(zip(header, row, strict=True))) for line, row in rows]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _check_dates(path: Path, column: str, rows: Sequence[tuple[int, dict[str, str]]]) -> None:
    before: datetime | None = None
    for line, row in rows:
        try:
            date = datetime.fromisoformat(row[column])
            falls = before is not None and date <= before
        except ValueError:
            raise DataError(f"{path}: line {line} has {row[column]!r} in {column!r}; write 1990-12-31") from None
        except TypeError:
            raise DataError(f"{path}: line {line} has {row[column]!r} after {before}: only one has a zone") from None
        if falls:
            raise DataError(f"{path}: line {line}, {row[column]}, is not later than {before}; sort the rows by time")
        before = date
