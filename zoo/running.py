"""One training as a directory: the spec, the history, the model and the result."""

import functools
import importlib.metadata
import json
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.errors import UserError
from specs.replicas import spread, told
from specs.teaching import check_teacher
from zoo.adapting import adapted
from zoo.backend import keras
from zoo.data import Dataset, load_data
from zoo.data.loading import training_of
from zoo.data.python import Data, as_dataset
from zoo.detecting.judging import box_figures, check_can_judge
from zoo.distributing import replicas_of, undistributed
from zoo.epochs import Logs, OnBatch, OnEpoch
from zoo.events import LOGS, write_events
from zoo.files import only_here
from zoo.json_text import finite, json_text
from zoo.progress import say
from zoo.replicas import Replicas
from zoo.run_directory import BEGUN, CHECKPOINT, METRICS, SPEC, left_as_it_is, new_directory, thrown_away
from zoo.run_files import cannot_be_written, write_evaluation, write_run, write_text
from zoo.sources import Source, as_document
from zoo.teaching import teacher_digest
from zoo.training import Fit, evaluate, fit, in_order


@dataclass(frozen=True, slots=True)
class Run:
    """A finished training and the directory in which it lies.

    `metrics` is what metrics.json holds: loss and accuracy of `train`, `validation` and `test`, `epochs` that were
    run, `best_epoch` counted from 1, `seconds`, `seed`, `data`, `params` and `versions`. A number that is not finite is
    None.
    """

    directory: Path
    fit: Fit
    metrics: dict[str, Any]
    worker: int = 0
    """The number of this process; the directory of any but 0 is gone."""

    def __str__(self) -> str:
        return f"worker {self.worker}: worker 0 keeps the run" if self.worker else f"run: {self.directory}"


def train(
    source: Source,
    out: str | Path | None = None,
    on_epoch: OnEpoch | None = None,
    on_batch: OnBatch | None = None,
    data: Data | None = None,
    **params: Any,
) -> Run:
    """Train a model as its spec says and keep everything in a new directory (runs/NAME where `out` is None).

    `data` takes the place of what the spec names: a `zoo.Dataset`, a pair (x, y) of arrays, a `tf.data.Dataset` or a
    sequence of examples, see `zoo.as_dataset`. A path is the value of the spec's param `data`.

    The directory holds spec.yaml with the values in force, run.json with what it was begun with, logs for TensorBoard,
    history.json, history.csv, curves.svg, model.keras, classes.json, evaluation.json with the scores of each class on
    the test part, confusion.svg and, written last, metrics.json: without it a run is not complete. After each epoch all
    that is needed to go on is kept; `resume` does go on. A training that ends early, by Ctrl-C or an error, leaves all
    but the last three, as far as it came, and no directory where it did not come through an epoch.

    Raises `UserError` where the spec, the data or the directory cannot be used, `RunError` where training fails or
    the directory cannot be written, `Interrupted` on Ctrl-C after an epoch; what the callbacks raise goes up.
    """
    if isinstance(data, (str, Path)):
        params, data = {**params, "data": str(data)}, None
    document = as_document(source, params)
    _check_can_begin(document)
    replicas = _replicas(document)
    dataset = load_data(document) if data is None else as_dataset(data, document)
    columns = dataset.train.examples.columns
    document = specs.with_columns(document, columns) if columns else document
    document = adapted(document, dataset.train, training_of(document).batch_size)
    with thrown_away() if replicas.worker else new_directory(document.name, out) as directory:
        write_text(directory / SPEC, specs.dump(document, directory))
        write_text(directory / BEGUN, json_text(_beginning(document, dataset, replicas)))
        return _trained(document, dataset, directory, on_epoch, on_batch)


def resume(
    directory: str | Path,
    on_epoch: OnEpoch | None = None,
    on_batch: OnBatch | None = None,
    data: Data | None = None,
) -> Run:
    """Go on with a training that was killed or stopped, to the same result as if it had not been.

    Exactly the same on a CPU, with the same data and libraries. Raises `UserError` where the directory is no run, is
    complete, is in another process's hands, or its data is no longer the same; else as `train`, whose `data` is given
    again.
    """
    directory = Path(directory)
    begun = _begun(directory)
    document = specs.load(directory / SPEC)
    _check_can_begin(document)
    if teacher_digest(document) != {name: value for name, value in begun.items() if name == "teacher"}:
        raise UserError(f"{directory}: the teacher is not the one that the training was begun with; train anew")
    replicas = _replicas(document)
    if replicas.count != begun["replicas"]:
        count = begun["replicas"]
        raise UserError(f"{directory}: was begun on {count} replicas; go on with as many (got {replicas.count})")
    dataset = load_data(document) if data is None else as_dataset(data, document)
    if dataset.fingerprint != begun["fingerprint"]:
        raise UserError(f"{directory}: the data is not what the training was begun with; train anew")
    if replicas.worker:
        with thrown_away(directory) as copy:
            return _trained(document, dataset, copy, on_epoch, on_batch)
    with left_as_it_is(directory):
        return _trained(document, dataset, directory, on_epoch, on_batch)


def _check_can_begin(document: Document) -> None:
    """What can be known of a training before its data are read."""
    graph = specs.lower(document)
    check_can_judge(graph, training_of(document))
    check_teacher(document, graph)


def _replicas(document: Document) -> Replicas:
    """The replicas of a training; what a step is on them is said, and refused where it cannot be."""
    train = training_of(document)
    replicas = replicas_of(train.distribution)
    spread(train, replicas.count)
    if train.distribution is not None:
        say(told(train, replicas.count))
    return replicas


def _beginning(document: Document, dataset: Dataset, replicas: Replicas) -> dict[str, Any]:
    seed = training_of(document).seed
    given = {"fingerprint": dataset.fingerprint, **teacher_digest(document)}
    return {**given, "seed": seed, "replicas": replicas.count, "versions": versions()}


def _begun(directory: Path) -> dict[str, Any]:
    if not (directory / BEGUN).is_file():
        raise UserError(f"{directory}: is no run that could go on: it has no {BEGUN}")
    if (directory / METRICS).is_file():
        raise UserError(f"{directory}: is complete; there is nothing to go on with")
    found: dict[str, Any] = json.loads((directory / BEGUN).read_text(encoding="utf-8"))
    now = versions()
    if found["versions"] != now:
        say(f"{directory}: begun with {_listed(found['versions'])}, now {_listed(now)}: figures may differ a little")
    return found


def _listed(found: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _trained(
    document: Document, dataset: Dataset, directory: Path, on_epoch: OnEpoch | None, on_batch: OnBatch | None
) -> Run:
    keep = functools.partial(write_run, directory, dataset.classes)
    started = time.monotonic()
    with only_here(directory / BEGUN):
        fitted = fit(
            document,
            dataset,
            checkpoint=directory / CHECKPOINT,
            on_epoch=functools.partial(_epoch, directory, on_epoch),
            on_batch=on_batch,
            on_stop=keep,
        )
        keep(fitted)
        metrics = _metrics(document, dataset, fitted, time.monotonic() - started)
        metrics["test"] |= _box_figures(document, dataset, fitted)
        write_evaluation(directory, document, dataset, fitted.model, metrics["test"])
        write_text(directory / METRICS, json_text(metrics))
        (directory / CHECKPOINT).unlink()
    return Run(directory, fitted, metrics, replicas_of(training_of(document).distribution).worker)


def _epoch(directory: Path, on_epoch: OnEpoch | None, epoch: int, logs: Logs) -> None:
    with cannot_be_written(directory):
        write_events(directory / LOGS, epoch, logs)
    if on_epoch is not None:
        on_epoch(epoch, logs)


def _metrics(document: Document, dataset: Dataset, fitted: Fit, seconds: float) -> dict[str, Any]:
    model = fitted.model
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    counted = {**parts, **({"unlabelled": dataset.unlabelled} if dataset.unlabelled else {})}
    found = {
        "name": document.name,
        **{name: evaluate(document, model, part) for name, part in parts.items()},
        "epochs": len(fitted.history),
        "best_epoch": fitted.best_epoch + 1,
        "seconds": round(seconds, 3),
        "seed": training_of(document).seed,
        "data": {"fingerprint": dataset.fingerprint, "examples": {name: len(part) for name, part in counted.items()}},
        "started": None if fitted.started is None else str(fitted.started),
        "params": dict(document.params),
        "versions": versions(),
    }
    return {key: finite(value) for key, value in found.items()}


def _box_figures(document: Document, dataset: Dataset, fitted: Fit) -> Logs:
    """How good the boxes are that the model tells of the test part; nothing where it tells none."""
    graph, train, test = specs.lower(document), training_of(document), dataset.test
    model = undistributed(fitted.model, replicas_of(train.distribution))
    return box_figures(model, graph, train, in_order(test, graph, train), test)


def versions() -> dict[str, str]:
    """Version of Python, of Keras and of the library it runs on."""
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        backend: importlib.metadata.version(backend),
    }
