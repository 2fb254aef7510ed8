"""Tables: CSV by Python's own reader, Parquet by pyarrow where it is there."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from specs.errors import DataError, UserError, did_you_mean
from specs.graph import Graph
from specs.ops.core import InputLayer
from specs.sections import tables as sections
from zoo.data.columns import Column
from zoo.data.dataset import Array, Examples, InMemory
from zoo.files import open_regular

MAX_NAMED = 8
"""Columns that an error names."""

PER_COLUMN = frozenset({"Normalization", "Rescaling", "Identity", "Concatenate", "Reshape", "Flatten"})
"""Layers behind which a gap is still a gap of its own column."""

Read = Callable[[Collection[str]], dict[str, Column]]
"""Names of columns → these columns."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file with named columns."""

    path: Path
    names: tuple[str, ...]
    read: Read


def csv_table(arguments: sections.Csv, folder: Path, graph: Graph) -> Examples:
    """A CSV file: every input's columns and every output's target."""
    return _examples(_open_csv(folder / arguments.path, arguments), arguments, graph)


def parquet_table(arguments: sections.Parquet, folder: Path, graph: Graph) -> Examples:
    """A Parquet file: every input's columns and every output's target."""
    return _examples(_open_parquet(folder / arguments.path, arguments), arguments, graph)


def _examples(table: Table, arguments: sections.Table, graph: Graph) -> Examples:
    targets = arguments.targets(tuple(graph.outputs))
    inputs = arguments.columns_of(tuple(graph.inputs), tuple(graph.outputs), table.names)
    wanted = [*targets.values(), *(name for names in inputs.values() for name in names)]
    for name in wanted:
        if name not in table.names:
            hint = did_you_mean(name, table.names) or f"it has {_listed(table.names)}"
            raise DataError(f"{table.path}: has no column {name!r}; {hint}")
    columns = table.read(set(wanted))
    if not len(columns[wanted[0]].values):
        raise DataError(f"{table.path}: has no rows")
    found = {name: columns[column].target() for name, column in targets.items()}
    x = {name: InMemory(_input(graph, name, [columns[each] for each in names])) for name, names in inputs.items()}
    classes = next((names for _, names in found.values() if names), ())
    return Examples(x, {name: y for name, (y, _) in found.items()}, classes)


def _input(graph: Graph, name: str, columns: list[Column]) -> Array:
    """(examples, columns), or (examples) for an input without axes, in the kind that it takes."""
    args = graph.node(name).args
    assert isinstance(args, InputLayer)
    if args.dtype == "string":
        arrays = [column.texts() for column in columns]
    elif args.dtype.startswith("int"):
        arrays = [column.integers() for column in columns]
    else:
        arrays = [column.numbers() for column in columns]
        _check_gaps(graph, name, columns, arrays)
    return arrays[0] if args.shape == () and len(arrays) == 1 else np.stack(arrays, axis=1)


def _check_gaps(graph: Graph, name: str, columns: list[Column], arrays: list[Array]) -> None:
    for column, array in zip(columns, arrays, strict=True):
        gaps = int(np.isnan(array).sum())
        if gaps and not _fills_gaps(graph, name):
            rows = "row" if gaps == 1 else "rows"
            hint = "put FillMissing behind the input"
            raise DataError(f"{column.path}: column {column.name!r} is not known in {gaps} {rows}; {hint} {name!r}")
        if gaps == len(array):
            raise DataError(f"{column.path}: column {column.name!r} is not known in any row; take it out of the inputs")


def _fills_gaps(graph: Graph, name: str) -> bool:
    """Whether every gap of an input meets a FillMissing before it meets what mixes columns."""
    gaps = {name}
    for node in graph.nodes:
        if gaps.intersection(node.inputs) and node.op != "FillMissing":
            if node.op not in PER_COLUMN:
                return False
            gaps.add(node.name)
    return not gaps.intersection(output.node for output in graph.outputs.values())


def _listed(names: tuple[str, ...]) -> str:
    more = f", … and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"{', '.join(names[:MAX_NAMED])}{more}"


def _check_names(path: Path, names: tuple[str, ...]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(f"{path}: two columns are named {twice[0]!r}")


def _open_csv(path: Path, arguments: sections.Csv) -> Table:
    rows, lines = _rows(path, arguments.delimiter)
    names = arguments.columns
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


def _open_parquet(path: Path, arguments: sections.Parquet) -> Table:
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


def with_classes(examples: Examples, takes_classes: Mapping[str, bool], model: str) -> Examples:
    """Numbers to be learnt as labels where the output's loss takes classes; each number is then a class."""
    found = {name: _classed(y, takes_classes[name], model, name) for name, y in examples.y.items()}
    classes = examples.classes or next((names for _, names in found.values() if names), ())
    return Examples(examples.x, {name: y for name, (y, _) in found.items()}, classes, examples.held_out, examples.gap)


def _classed(y: Array, is_class: bool, model: str, output: str) -> tuple[Array, tuple[str, ...]]:
    if is_class == (y.dtype.kind in "iu"):
        return y, ()
    if not is_class:
        raise DataError(f"{model}: the loss of output {output!r} takes numbers, its column has text")
    fractions = y[y != np.floor(y)]
    if len(fractions):
        raise DataError(f"{model}: the loss of output {output!r} takes classes, its column has {fractions[0]:g}")
    numbers, labels = np.unique(y, return_inverse=True)
    if len(numbers) == 1:
        raise DataError(f"{model}: output {output!r} has one class only in the data ({numbers[0]:g}); two are needed")
    return labels.astype(np.int64), tuple(f"{number:.0f}" for number in numbers)
