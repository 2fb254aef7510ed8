"""How good a finished run or an ensemble is: on a part of its own data, or on other data of the same kind."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from specs.document import Document
from specs.errors import DataError, UserError
from specs.graph import Graph
from zoo.backend import keras
from zoo.compiling import compile_model, plain_names
from zoo.data import Dataset, load_data
from zoo.data.dataset import Array, Examples, Part
from zoo.data.loading import read_examples, training_of
from zoo.epochs import Logs
from zoo.feeding import Feed
from zoo.finished import Finished, read_finished
from zoo.training import in_order

PartName = Literal["test", "validation", "train", "all"]
PARTS: tuple[str, ...] = get_args(PartName)


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one class is found, each a fraction in [0, 1]; 0 where nothing can be said."""

    label: str
    precision: float
    """Of the examples that were taken for the class, those that are of it."""
    recall: float
    """Of the examples of the class, those that were taken for it."""
    f1: float
    """Harmonic mean of the two."""
    support: int
    """Examples of the class."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of an evaluation.

    `metrics` are loss and metrics as `fit` reports them. Where there are classes, `classes` has a line for each, and
    `confusion[true][found]` counts examples of the class `true` that were taken for `found`; both are of the model's
    first output, and empty where that learns numbers.
    """

    name: str
    part: PartName
    examples: int
    metrics: Logs
    classes: tuple[ClassScore, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()


def evaluate(directory: str | Path, data: str | Path | None = None, part: PartName | None = None) -> Evaluation:
    """Evaluate a finished run or an ensemble on a part of its data, the test part where nothing is said.

    With `data` on all of that path instead, read as the training data were; its classes are found by their names.
    Auxiliary outputs, which only help training, are left out.

    Raises `UserError` where the directory holds no finished run, `DataError` where the data cannot be used or are no
    longer those of the training.
    """
    finished = read_finished(Path(directory))
    if data is None:
        chosen = part or "test"
        examples = part_of(own_data(finished), chosen)
    elif part in (None, "all"):
        chosen = "all"
        examples = whole(other_data(finished, Path(data)))
    else:
        raise UserError(f"other data are evaluated as a whole: leave out data, or the part (got {part!r})")
    return evaluation(finished, finished.model(), examples, chosen)


def own_data(finished: Finished) -> Dataset:
    """The data of a run as it was trained on them; `DataError` where they have changed since."""
    dataset = load_data(finished.document)
    if dataset.fingerprint != finished.members[0].fingerprint:
        hint = "its parts are no longer those of the training; evaluate it on other data instead"
        raise DataError(f"{finished.directory}: the data have changed since the training, {hint}")
    return dataset


def other_data(finished: Finished, path: Path) -> Examples:
    """All examples at a path, read as the training data were, with the labels that these classes had in training."""
    examples = read_examples(_at(finished.document, path))
    known = finished.classes
    unknown = [name for name in examples.classes if name not in known]
    if unknown or bool(examples.classes) != bool(known):
        got = f"the class {unknown[0]!r}" if unknown else "numbers"
        wanted = f"knows {', '.join(known[:8])}{' …' if len(known) > 8 else ''}" if known else "gives numbers"
        raise DataError(f"{path}: has {got}, {finished.name} {wanted}")
    numbers = np.array([known.index(name) for name in examples.classes], np.int64)
    y = {name: numbers[each] if each.dtype.kind in "iu" else each for name, each in examples.y.items()}
    return replace(examples, y=y, classes=known)


def _at(document: Document, path: Path) -> Document:
    """The document with its data elsewhere."""
    train = training_of(document)
    choice = train.data
    if "path" not in type(choice.args).model_fields:
        raise UserError(f"{document.name}: {choice.kind} lie at no path, so none can be put in its place (got {path})")
    args = choice.args.model_copy(update={"path": str(path.absolute())})
    data = type(choice).model_validate({choice.kind: args})
    return replace(document, train=train.model_copy(update={"data": data}))


def part_of(dataset: Dataset, name: PartName) -> Part:
    """A part of the data by its name."""
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    return whole(dataset.train.examples) if name == "all" else parts[name]


def whole(examples: Examples) -> Part:
    """All examples as one part."""
    return Part(examples, np.arange(len(examples)))


def evaluation(finished: Finished, model: keras.Model, part: Part, name: PartName) -> Evaluation:
    """Evaluate the model of a finished run on a part of data."""
    graph, train = finished.graph, training_of(finished.document)
    asked = replace(part, examples=replace(part.examples, y={each: part.examples.y[each] for each in graph.outputs}))
    feed = in_order(asked, graph, train)
    compile_model(model, graph, train, feed.steps)
    logs = model.evaluate(feed, steps=feed.steps, verbose=0, return_dict=True)
    metrics = {**plain_names(logs, graph), **part.naive()}
    output = next(iter(graph.outputs))
    labels = asked.examples.y[output][part.positions]
    if not finished.classes or labels.dtype.kind not in "iu" or labels.ndim != 1:
        return Evaluation(finished.name, name, len(part), metrics)
    found = np.concatenate([_classes(each, finished) for each in _answers(model, graph, feed)])
    return Evaluation(finished.name, name, len(part), metrics, *_scores(labels, found, finished.classes))


def _answers(model: keras.Model, graph: Graph, feed: Feed) -> Iterator[Array]:
    """What the first output gives for each batch."""
    output = next(iter(graph.outputs))
    for index in range(feed.steps):
        answer = model.predict_on_batch(feed[index][0])
        yield np.asarray(answer[output] if isinstance(answer, dict) else answer)


def _classes(answer: Array, finished: Finished) -> Array:
    """The number of the likeliest class; a number alone is what speaks for the second of two."""
    if answer.shape[-1] > 1:
        return np.asarray(answer.argmax(axis=-1))
    limit = 0.0 if finished.members[0].gives == "logits" else 0.5
    return (answer[..., 0] > limit).astype(np.int64)


def _scores(labels: Array, found: Array, names: tuple[str, ...]) -> tuple[Any, Any]:
    """Scores and confusion of each class; one that the data did not have has a number for a name."""
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support  # 2 s to import

    numbers = range(max(len(names), int(found.max()) + 1))
    each = precision_recall_fscore_support(labels, found, labels=numbers, zero_division=0)
    labelled = [*names, *map(str, numbers[len(names) :])]
    scores = tuple(
        ClassScore(label, float(precision), float(recall), float(f1), int(support))
        for label, precision, recall, f1, support in zip(labelled, *each, strict=True)
    )
    return scores, tuple(map(tuple, confusion_matrix(labels, found, labels=numbers).tolist()))
