"""The files of a run, each written whole or not at all."""

import contextlib
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.errors import RunError
from zoo.answers import gives_of
from zoo.backend import keras
from zoo.confusion import MAX_DRAWN, draw_confusion
from zoo.curves import draw_curves
from zoo.data import Dataset
from zoo.data.dataset import Classes
from zoo.data.loading import training_of
from zoo.distributing import replicas_of, undistributed
from zoo.epochs import Logs
from zoo.evaluating import Evaluation
from zoo.files import write_text_atomically, written_atomically
from zoo.json_text import json_text
from zoo.printing import evaluation_json
from zoo.run_directory import CLASSES, CONFUSION, EVALUATION, HISTORY, MODEL
from zoo.scoring import scores_of
from zoo.stepping import kept
from zoo.training import Fit, in_order


def write_run(directory: Path, classes: Classes, fitted: Fit) -> None:
    """History, classes, curves and the model, as far as training came."""
    rows = [{"epoch": epoch, **logs} for epoch, logs in enumerate(fitted.history, start=1)]
    write_text(directory / HISTORY, json_text(rows))
    write_text(directory / "history.csv", _csv(rows))
    write_text(directory / CLASSES, json_text(classes))
    with cannot_be_written(directory), written_atomically(directory / "curves.svg") as partial:
        draw_curves(fitted.history, fitted.best_epoch, partial)
    with cannot_be_written(directory), written_atomically(directory / MODEL) as partial:
        kept(fitted.model).save(partial)


def write_evaluation(directory: Path, document: Document, dataset: Dataset, model: keras.Model, found: Logs) -> None:
    """The test part as `zoo evaluate` shows it, and a picture of the confusion where there are classes."""
    train, graph, test = training_of(document), specs.lower(document), dataset.test
    model = undistributed(model, replicas_of(train.distribution))
    output, classes = next(iter(graph.outputs)), dataset.classes
    gives = gives_of(train, graph, classes)[output]
    scores = scores_of(model, output, in_order(test, graph, train), test, classes.get(output, ()), gives)
    evaluation = Evaluation(document.name, "test", len(test), found, scores.classes, scores.confusion)
    write_text(directory / EVALUATION, json_text(evaluation_json(evaluation)))
    if 0 < len(scores.classes) <= MAX_DRAWN:
        with cannot_be_written(directory), written_atomically(directory / CONFUSION) as partial:
            draw_confusion(scores, partial)


def write_text(path: Path, text: str) -> None:
    """A file of the run, whole or not at all."""
    with cannot_be_written(path.parent):
        write_text_atomically(path, text)


@contextlib.contextmanager
def cannot_be_written(directory: Path) -> Iterator[None]:
    """Only our own writes stand in here: an OSError of a caller's `on_epoch` says nothing about the directory."""
    try:
        yield
    except OSError as error:
        raise RunError(f"{directory}: cannot be written ({error.strerror or error})") from error


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
