"""How good a finished run or an ensemble is: on a part of its own data, or on other data of the same kind."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from specs.document import Document
from specs.errors import DataError, UserError
from zoo.backend import keras
from zoo.compiling import compile_model, plain_names
from zoo.data import Dataset, load_data
from zoo.data.boxes import are_boxes, renumbered
from zoo.data.dataset import Examples, Part
from zoo.data.loading import read_examples, training_of
from zoo.detecting.judging import box_figures
from zoo.epochs import Logs
from zoo.feeding import Feed
from zoo.files import check_page
from zoo.finished import Finished, read_finished
from zoo.scoring import ClassScore, scores_of
from zoo.stepping import check_usual
from zoo.training import in_order

PartName = Literal["test", "validation", "train", "all"]
PARTS: tuple[str, ...] = get_args(PartName)


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


def evaluate(
    directory: str | Path,
    data: str | Path | None = None,
    part: PartName | None = None,
    html: str | Path | None = None,
) -> Evaluation:
    """Evaluate a finished run or an ensemble on a part of its data, the test part where nothing is said.

    With `data` on all of that path instead, read as the training data were; its classes are found by their names.
    Auxiliary outputs, which only help training, are left out. With `html` a page is written to that file, see
    `zoo.inspecting.report`.

    Raises `UserError` where the directory holds no finished run, `DataError` where the data cannot be used or are no
    longer those of the training.
    """
    finished = read_finished(Path(directory))
    if html is not None:
        check_page(Path(html))
    if data is None:
        chosen = part or "test"
        examples = part_of(own_data(finished), chosen)
    elif part in (None, "all"):
        chosen = "all"
        examples = whole(other_data(finished, Path(data)))
    else:
        raise UserError(f"other data are evaluated as a whole: leave out data, or the part (got {part!r})")
    model = finished.model()
    found = evaluation(finished, model, examples, chosen)
    if html is not None:
        # What draws is imported only where something is to be drawn.
        from zoo.inspecting.report import write_report

        write_report(Path(html), finished, model, examples, found)
    return found


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
    y = dict(examples.y)
    for output, labels in examples.y.items():
        names, known = (of.get(output, ()) for of in (examples.classes, finished.classes))
        unknown = [name for name in names if name not in known]
        if unknown or bool(names) != bool(known):
            got = f"the class {unknown[0]!r}" if unknown else "numbers"
            wanted = f"knows {', '.join(known[:8])}{' …' if len(known) > 8 else ''}" if known else "gives numbers"
            raise DataError(f"{path}: has {got}, {finished.name} {wanted}")
        if known:
            numbers = np.array([known.index(name) for name in names], np.int64)
            y[output] = renumbered(labels, numbers) if are_boxes(labels) else numbers[labels]
    return replace(examples, y=y, classes=finished.classes)


def _at(document: Document, path: Path) -> Document:
    """The document with its data elsewhere."""
    train = training_of(document)
    choice = train.data
    if choice.kind == "characters":
        raise UserError(f"{document.name}: numbers its characters by the text that it was trained on (got {path})")
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


def feed_of(finished: Finished, part: Part) -> Feed:
    """A part as a finished run takes it, without what auxiliary outputs learn."""
    check_usual(finished.document, "an evaluation")
    y = {each: part.examples.y[each] for each in finished.graph.labelled}
    asked = replace(part, examples=replace(part.examples, y=y))
    return in_order(asked, finished.graph, training_of(finished.document))


def evaluation(finished: Finished, model: keras.Model, part: Part, name: PartName) -> Evaluation:
    """Evaluate the model of a finished run on a part of data."""
    graph, train, feed = finished.graph, training_of(finished.document), feed_of(finished, part)
    compile_model(model, graph, train, feed.steps)
    logs = model.evaluate(feed, steps=feed.steps, verbose=0, return_dict=True)
    metrics = {**plain_names(logs, graph), **part.baselines(), **box_figures(model, graph, train, feed, part)}
    output = next(iter(graph.outputs))
    classes, gives = finished.classes.get(output, ()), finished.members[0].gives[output]
    found = scores_of(model, output, feed, part, classes, gives)
    return Evaluation(finished.name, name, len(part), metrics, found.classes, found.confusion)
