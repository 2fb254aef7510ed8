"""Tables as training data, and as what a model is asked about."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from specs.errors import DataError
from specs.graph import Graph
from specs.infer.base import text
from specs.ops.core import InputLayer
from specs.sections import tables as sections
from zoo.data.columns import Column
from zoo.data.dataset import Array, Examples, InMemory, Positions
from zoo.data.table_files import Table, check_columns, open_asked, open_csv, open_parquet

PER_COLUMN = frozenset({"Normalization", "Rescaling", "Identity", "Concatenate", "Reshape", "Flatten"})
"""Layers behind which a gap is still a gap of its own column."""


def csv_table(arguments: sections.Csv, folder: Path, graph: Graph) -> Examples:
    """A CSV file: every input's columns and every output's target."""
    return _examples(open_csv(folder / arguments.path, arguments), arguments, graph)


def parquet_table(arguments: sections.Parquet, folder: Path, graph: Graph) -> Examples:
    """A Parquet file: every input's columns and every output's target."""
    return _examples(open_parquet(folder / arguments.path, arguments), arguments, graph)


def table_rows(path: Path, arguments: sections.Table, graph: Graph) -> dict[str, Array]:
    """The columns of every input out of a file that a model is asked about; those of the targets may be missing.

    Raises `DataError` where the file is no such table, or where a gap is met that the model does not fill.
    """
    targets = set(arguments.targets(graph.labelled).values())
    table = open_asked(path, arguments, missing=targets)
    inputs = arguments.columns_of(tuple(graph.inputs), graph.labelled, table.names)
    columns = _read(table, inputs, ())
    x = {}
    for name, names in inputs.items():
        wanted = graph.node(name).output_shape
        if len(wanted) == 1 and wanted[0] not in (None, len(names)):
            raise DataError(f"{path}: has {len(names)} columns for the input {name!r}, the model takes {text(wanted)}")
        own = [columns[each] for each in names]
        x[name] = _input(graph, name, own)
        for column, rows in _unfilled(graph, name, own, x[name]):
            where = column.place(int(rows[0])) if len(rows) == 1 else f"{len(rows)} rows, first {column.place(rows[0])}"
            raise DataError(f"{path}: column {column.name!r} is not known in {where}; the model fills no gaps there")
    return x


def _examples(table: Table, arguments: sections.Table, graph: Graph) -> Examples:
    targets = arguments.targets(graph.labelled)
    inputs = arguments.columns_of(tuple(graph.inputs), graph.labelled, table.names)
    columns = _read(table, inputs, targets.values())
    found = {name: columns[column].target() for name, column in targets.items()}
    x = {}
    for name, names in inputs.items():
        own = [columns[each] for each in names]
        x[name] = InMemory(_input(graph, name, own))
        _check_gaps(graph, name, own, x[name].array)
    classes = {name: names for name, (_, names) in found.items() if names}
    seen = next(iter(inputs.values())) if arguments.inputs is None else ()
    return Examples(x, {name: y for name, (y, _) in found.items()}, classes, columns=seen)


def _read(table: Table, inputs: Mapping[str, Sequence[str]], targets: Collection[str]) -> dict[str, Column]:
    wanted = [*targets, *(name for names in inputs.values() for name in names)]
    check_columns(table.path, wanted, table.names)
    columns = table.read(set(wanted))
    if not len(columns[wanted[0]].values):
        raise DataError(f"{table.path}: has no rows")
    return columns


def _input(graph: Graph, name: str, columns: Sequence[Column]) -> Array:
    """(examples, columns), or (examples) for an input without axes, in the kind that it takes."""
    args = graph.node(name).args
    assert isinstance(args, InputLayer)
    if args.dtype == "string":
        arrays = [column.texts() for column in columns]
    elif args.dtype.startswith("int"):
        arrays = [column.integers() for column in columns]
    else:
        arrays = [column.numbers() for column in columns]
    return arrays[0] if args.shape == () and len(arrays) == 1 else np.stack(arrays, axis=1)


def _check_gaps(graph: Graph, name: str, columns: Sequence[Column], x: Array) -> None:
    for column, rows in _unfilled(graph, name, columns, x):
        count = f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}"
        hint = f"put FillMissing behind the input {name!r}"
        raise DataError(f"{column.path}: column {column.name!r} is not known in {count}; {hint}")
    for column, rows in _gaps(columns, x):
        if len(rows) == len(x):
            raise DataError(f"{column.path}: column {column.name!r} is not known in any row; take it out of the inputs")


def _unfilled(graph: Graph, name: str, columns: Sequence[Column], x: Array) -> Iterator[tuple[Column, Positions]]:
    """The gaps of an input that nothing in the model fills."""
    return iter(()) if fills_gaps(graph, name) else _gaps(columns, x)


def _gaps(columns: Sequence[Column], x: Array) -> Iterator[tuple[Column, Positions]]:
    """Each column of numbers with gaps, and the rows in which they are."""
    if x.dtype.kind == "f":
        for column, values in zip(columns, x.reshape(len(x), -1).T, strict=True):
            rows = np.flatnonzero(np.isnan(values))
            if len(rows):
                yield column, rows


def fills_gaps(graph: Graph, name: str) -> bool:
    """Whether every gap of an input meets a FillMissing before it meets what mixes columns."""
    gaps = {name}
    for node in graph.nodes:
        if gaps.intersection(node.inputs) and node.op != "FillMissing":
            if node.op not in PER_COLUMN:
                return False
            gaps.add(node.name)
    return not gaps.intersection(output.node for output in graph.outputs.values())


def with_classes(examples: Examples, takes_classes: Mapping[str, bool], model: str) -> Examples:
    """Numbers to be learnt as labels where the output's loss takes classes; each number is then a class."""
    found = {name: _classed(y, takes_classes[name], model, name) for name, y in examples.y.items()}
    classes = {**examples.classes, **{name: names for name, (_, names) in found.items() if names}}
    return replace(examples, y={name: y for name, (y, _) in found.items()}, classes=classes)


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
