"""Reads what a document names, holds it against the model, and splits it."""

from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.errors import DataError, UserError
from specs.graph import Graph, Shape
from specs.sections import Train
from specs.sections.data import Split
from zoo.data.dataset import Dataset, Examples
from zoo.data.sources import SOURCES
from zoo.data.splitting import split_indices


def load_data(document: Document) -> Dataset:
    """The data of a document's `train` section, checked against its model and split.

    Paths are relative to the folder of the spec. Raises `DataError` where the data cannot be used, `UserError` where
    the document has no `train` section.
    """
    train, graph = training_of(document), specs.lower(document)
    choice: Any = train.data
    shape = input_shape(graph)
    examples = SOURCES[choice.kind](choice.args, Path(document.file).parent, shape)
    check_examples(examples, graph)
    return split(examples, choice.args)


def training_of(document: Document) -> Train:
    """The `train` section; `UserError` where there is none."""
    if document.train is None:
        raise UserError(f"{document.file}: has no train section; the shortest is `train: {{data: digits}}`")
    return document.train


def input_shape(graph: Graph) -> Shape:
    """Shape of the only input; `DataError` where the model has several, since every source gives one array."""
    if len(graph.inputs) > 1:
        raise DataError(f"{graph.name}: training data has one array, the model {len(graph.inputs)} inputs")
    return graph.node(graph.inputs[0]).output_shape


def check_examples(examples: Examples, graph: Graph) -> None:
    """`DataError` where the examples do not fit the model's input or outputs."""
    wanted, got = input_shape(graph), examples.x.shape[1:]
    if len(wanted) != len(got) or any(size not in (None, have) for size, have in zip(wanted, got, strict=True)):
        raise DataError(f"{graph.name}: the model takes {_text(wanted)}, the data is {_text(got)}")
    for name, shape in graph.output_shapes().items():
        if len(shape) != 1 or shape[0] is None:
            raise DataError(f"{graph.name}: output {name!r} must be one number a class (got shape {_text(shape)})")
        _check_labels(examples, graph.name, name, shape[0])


def _check_labels(examples: Examples, model: str, output: str, units: int) -> None:
    low, high = int(examples.y.min()), int(examples.y.max())
    if low < 0 or high >= units:
        wrong = low if low < 0 else high
        raise DataError(f"{model}: output {output!r} has labels 0 to {units - 1}, the data has label {wrong}")


def split(examples: Examples, how: Split) -> Dataset:
    """Examples in three parts, every class in proportion, random by the seed."""
    train, validation, test = split_indices(examples.y, how)
    return Dataset(
        x_train=examples.x[train],
        y_train=examples.y[train],
        x_validation=examples.x[validation],
        y_validation=examples.y[validation],
        x_test=examples.x[test],
        y_test=examples.y[test],
        classes=examples.classes,
    )


def _text(shape: tuple[int | None, ...]) -> str:
    return "×".join("any" if size is None else str(size) for size in shape) or "a single number"
