"""Reads what a document names, holds it against the model, and splits it."""

from dataclasses import replace
from typing import Any

import numpy as np

import specs
from specs.adversarial import shown
from specs.document import Document
from specs.dump import data_folder
from specs.errors import DataError, UserError
from specs.graph import Graph
from specs.recipe import loss_of
from specs.sections import Train
from specs.sections.data import Split
from specs.sections.judging import LABELS
from zoo.data.dataset import Array, Dataset, Examples, Part
from zoo.data.sources import SOURCES, TABLES
from zoo.data.splitting import (
    consecutive_indices,
    fold_indices,
    forward_indices,
    grouped_indices,
    labelled_indices,
    members,
    split_indices,
)
from zoo.data.tables import with_classes
from zoo.data.targets import with_targets


def load_data(document: Document) -> Dataset:
    """The data of a document's `train` section, checked against its model and split.

    Paths are relative to the folder of the spec, for a shipped spec to the current one. Raises `DataError` where the
    data cannot be used, `UserError` where the document has no `train` section.
    """
    how: Any = training_of(document).data.args
    return split(read_examples(document), how)


def read_examples(document: Document) -> Examples:
    """All examples of the same data, checked against the model and in no parts."""
    train = training_of(document)
    graph = shown(specs.lower(document), train)
    choice: Any = train.data
    examples = SOURCES[choice.kind](choice.args, data_folder(document), graph)
    if choice.kind in TABLES:
        examples = with_classes(examples, _takes_classes(train, graph), graph.name)
    try:
        return fitted(examples, train, graph)
    except DataError as error:
        if "data" in train.model_fields_set:
            raise
        raise DataError(f"{error}; train names no data, which means digits") from None


def _takes_classes(train: Train, graph: Graph) -> dict[str, bool]:
    return {name: LABELS[loss_of(train, graph.outputs[name]).kind] != "numbers" for name in graph.labelled}


def training_of(document: Document) -> Train:
    """The `train` section; `UserError` where there is none."""
    if document.train is None:
        raise UserError(f"{document.file}: has no train section; the shortest is `train: {{data: digits}}`")
    return document.train


def fitted(examples: Examples, train: Train, graph: Graph) -> Examples:
    """The examples with labels as the losses take them; `DataError` where they do not fit the inputs or outputs."""
    for name, wanted in graph.input_shapes().items():
        if name not in examples.x:
            raise DataError(f"{graph.name}: the data has nothing for the input {name!r}")
        got = examples.x[name].shape[1:]
        if len(wanted) != len(got) or any(size not in (None, have) for size, have in zip(wanted, got, strict=True)):
            raise DataError(f"{graph.name}: the model takes {_text(wanted)}, the data is {_text(got)}")
    return with_targets(examples, train, graph)


def split(examples: Examples, how: Split) -> Dataset:
    """Examples in three parts: random by the seed with every class in proportion, or one after the other in time."""
    if examples.gap is not None:
        parts = consecutive_indices(len(examples), how, examples.gap)
        if examples.past is not None and examples.y:
            past = examples.past.fitted(next(iter(examples.y.values())), parts[0])
            examples = replace(examples, past=past)
    elif examples.parts is not None:
        parts = examples.parts
    elif examples.groups is not None:
        parts = grouped_indices(examples.groups, how, examples.held_out)
    else:
        parts = split_indices(_labels(examples)[: len(examples) - examples.only_trained], how, examples.held_out)
    train, validation, test = (Part(examples, positions) for positions in parts)
    if how.labelled is None:
        return Dataset(_with_those_only_trained(train), validation, test, examples.classes)
    known, others = labelled_indices(_labels(examples)[train.positions], how)
    kept, unlabelled = (Part(examples, train.positions[at]) for at in (known, others))
    return Dataset(_with_those_only_trained(kept), validation, test, examples.classes, unlabelled)


def _with_those_only_trained(part: Part) -> Part:
    count = len(part.examples)
    more = np.arange(count - part.examples.only_trained, count)
    return Part(part.examples, np.concatenate([part.positions, more]))


def folds_of(dataset: Dataset, count: int, seed: int) -> tuple[Dataset, ...]:
    """For each of `count` folds the dataset with that fold for validation and the others for training.

    Folds divide what the training and the validation part hold together; the test part stays what it is. They are
    random by the seed with every class in proportion; in a series each follows what is trained on. Raises
    `DataError` where there are too few examples.
    """
    examples = dataset.train.examples
    if examples.gap is not None:
        length = int(dataset.validation.positions[-1]) + 1
        parts = forward_indices(length, count, examples.gap)
    else:
        both = np.sort(np.concatenate([dataset.train.positions, dataset.validation.positions]))
        own = len(examples) - examples.only_trained
        divided, more = both[both < own], both[both >= own]
        folds = _folds(examples, divided, count, seed)
        parts = [(np.concatenate([np.delete(divided, fold), more]), divided[fold]) for fold in folds]
    return tuple(
        replace(dataset, train=Part(examples, train), validation=Part(examples, validation))
        for train, validation in parts
    )


def _folds(examples: Examples, both: Array, count: int, seed: int) -> list[Array]:
    """Places in `both` of the examples of each fold."""
    if examples.groups is None:
        return fold_indices(_labels(examples)[both], count, seed)
    names = np.unique(examples.groups[both])
    folds = fold_indices(np.zeros(len(names), np.int64), count, seed)
    return [members(examples.groups[both], names[fold]) for fold in folds]


def _labels(examples: Examples) -> Array:
    """The classes that the first output with such learns; one class where there is none."""
    classes = (y for y in examples.y.values() if y.dtype.kind in "iu" and y.ndim == 1)
    return next(classes, np.zeros(len(examples), np.int64))


def _text(shape: tuple[int | None, ...]) -> str:
    return "×".join("any" if size is None else str(size) for size in shape) or "a single number"
