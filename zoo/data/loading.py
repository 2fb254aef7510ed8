"""Reads what a document names, holds it against the model, and splits it."""

from typing import Any

import numpy as np

import specs
from specs.document import Document
from specs.dump import data_folder
from specs.errors import DataError, UserError
from specs.graph import Graph, Shape
from specs.recipe import loss_of
from specs.sections import Train
from specs.sections.data import Split
from specs.sections.judging import LABELS
from zoo.data.dataset import Array, Dataset, Examples, Part
from zoo.data.sources import SOURCES, TABLES
from zoo.data.splitting import consecutive_indices, split_indices
from zoo.data.tables import with_classes


def load_data(document: Document) -> Dataset:
    """The data of a document's `train` section, checked against its model and split.

    Paths are relative to the folder of the spec, for a shipped spec to the current one. Raises `DataError` where the
    data cannot be used, `UserError` where the document has no `train` section.
    """
    how: Any = training_of(document).data.args
    return split(read_examples(document), how)


def read_examples(document: Document) -> Examples:
    """All examples of the same data, checked against the model and in no parts."""
    train, graph = training_of(document), specs.lower(document)
    choice: Any = train.data
    examples = SOURCES[choice.kind](choice.args, data_folder(document), graph)
    if choice.kind in TABLES:
        examples = with_classes(examples, _takes_classes(train, graph), graph.name)
    check_examples(examples, graph)
    return examples


def _takes_classes(train: Train, graph: Graph) -> dict[str, bool]:
    return {name: LABELS[loss_of(train, output).kind] != "numbers" for name, output in graph.outputs.items()}


def training_of(document: Document) -> Train:
    """The `train` section; `UserError` where there is none."""
    if document.train is None:
        raise UserError(f"{document.file}: has no train section; the shortest is `train: {{data: digits}}`")
    return document.train


def check_examples(examples: Examples, graph: Graph) -> None:
    """`DataError` where the examples do not fit the model's inputs or outputs."""
    for name, wanted in graph.input_shapes().items():
        if name not in examples.x:
            raise DataError(f"{graph.name}: the data has nothing for the input {name!r}")
        got = examples.x[name].shape[1:]
        if len(wanted) != len(got) or any(size not in (None, have) for size, have in zip(wanted, got, strict=True)):
            raise DataError(f"{graph.name}: the model takes {_text(wanted)}, the data is {_text(got)}")
    for name, shape in graph.output_shapes().items():
        y = examples.y[name]
        if y.dtype.kind in "iu":
            _check_labels(y, graph.name, name, shape)
        elif _without_ones(got := y.shape[1:]) != _without_ones(shape):
            raise DataError(f"{graph.name}: output {name!r} is {_text(shape)}, the data has {_text(got)} for it")


def _check_labels(y: Array, model: str, output: str, shape: Shape) -> None:
    if len(shape) != 1 or shape[0] is None:
        raise DataError(f"{model}: output {output!r} must be one number a class (got shape {_text(shape)})")
    # One number for two classes: the probability of the second.
    low, high, last = int(y.min()), int(y.max()), max(shape[0] - 1, 1)
    if low < 0 or high > last:
        wrong = low if low < 0 else high
        raise DataError(f"{model}: output {output!r} has labels 0 to {last}, the data has label {wrong}")


def split(examples: Examples, how: Split) -> Dataset:
    """Examples in three parts: random by the seed with every class in proportion, or one after the other in time."""
    if examples.gap is not None:
        parts = consecutive_indices(len(examples), how, examples.gap)
    else:
        labels = next((y for y in examples.y.values() if y.dtype.kind in "iu"), np.zeros(len(examples), np.int64))
        parts = split_indices(labels, how, examples.held_out)
    train, validation, test = (Part(examples, positions) for positions in parts)
    return Dataset(train, validation, test, examples.classes)


def _without_ones(shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    return tuple(size for size in shape if size != 1)


def _text(shape: tuple[int | None, ...]) -> str:
    return "×".join("any" if size is None else str(size) for size in shape) or "a single number"
