"""One training as a directory: the spec, the history, the model and the result."""

import contextlib
import csv
import importlib.metadata
import io
import itertools
import json
import platform
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.errors import RunError, UserError
from zoo.backend import keras
from zoo.data import Dataset, load_data
from zoo.data.loading import training_of
from zoo.files import write_text_atomically, written_atomically
from zoo.sources import Source, as_document
from zoo.training import Fit, OnEpoch, evaluate, fit

RUNS = Path("runs")
"""Where runs go that are given no directory."""

SPEC, CLASSES, MODEL, METRICS = "spec.yaml", "classes.json", "model.keras", "metrics.json"


@dataclass(frozen=True, slots=True)
class Run:
    """A finished training and the directory in which it lies.

    `metrics` is what metrics.json holds: loss and accuracy of `train`, `validation` and `test`, `epochs` that were
    run, `best_epoch` counted from 1, `seconds`, `seed`, `data`, `params` and `versions`.
    """

    directory: Path
    fit: Fit
    metrics: dict[str, Any]


def train(source: Source, out: str | Path | None = None, on_epoch: OnEpoch | None = None, **params: Any) -> Run:
    """Train a model as its spec says and keep everything in a new directory (runs/NAME where `out` is None).

    The directory holds spec.yaml with the values in force, history.json, history.csv, model.keras, classes.json and,
    written last, metrics.json: without it a run is not complete. A training that fails leaves no directory.

    Raises `UserError` where the spec, the data or the directory cannot be used, `RunError` where training fails.
    """
    document = as_document(source, params)
    dataset = load_data(document)
    with _new_directory(document.name, out) as directory:
        write_text_atomically(directory / SPEC, specs.dump(document, directory))
        started = time.monotonic()
        fitted = fit(document, dataset, on_epoch=on_epoch)
        metrics = _metrics(document, dataset, fitted, time.monotonic() - started)
        _write(directory, fitted, dataset.classes, metrics)
    return Run(directory, fitted, metrics)


@contextlib.contextmanager
def _new_directory(name: str, out: str | Path | None) -> Iterator[Path]:
    """A directory of our own from the start, so that an hour's training does not end before a locked door."""
    directory = _first_free(_numbered(RUNS / name) if out is None else [Path(out)])
    try:
        yield directory
    except OSError as error:
        shutil.rmtree(directory)
        raise RunError(f"{directory}: cannot be written ({error.strerror or error})") from error
    except BaseException:
        shutil.rmtree(directory)
        raise


def _numbered(directory: Path) -> Iterator[Path]:
    yield directory
    yield from (directory.with_name(f"{directory.name}-{number}") for number in itertools.count(2))


def _first_free(candidates: Iterable[Path]) -> Path:
    """The first directory that did not exist, made."""
    for directory in candidates:
        try:
            directory.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise UserError(f"{directory}: cannot be made ({error.strerror})") from None
        return directory
    raise UserError(f"{directory}: exists already; name a new directory")


def _metrics(document: Document, dataset: Dataset, fitted: Fit, seconds: float) -> dict[str, Any]:
    model = fitted.model
    sizes = {"train": len(dataset.y_train), "validation": len(dataset.y_validation), "test": len(dataset.y_test)}
    return {
        "name": document.name,
        "train": evaluate(document, model, dataset.x_train, dataset.y_train),
        "validation": evaluate(document, model, dataset.x_validation, dataset.y_validation),
        "test": evaluate(document, model, dataset.x_test, dataset.y_test),
        "epochs": len(fitted.history),
        "best_epoch": fitted.best_epoch + 1,
        "seconds": round(seconds, 3),
        "seed": training_of(document).seed,
        "data": {"fingerprint": dataset.fingerprint, "examples": sizes},
        "params": dict(document.params),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Version of Python, of Keras and of the library it runs on."""
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        backend: importlib.metadata.version(backend),
    }


def _write(directory: Path, fitted: Fit, classes: tuple[str, ...], metrics: dict[str, Any]) -> None:
    rows = [{"epoch": epoch, **logs} for epoch, logs in enumerate(fitted.history, start=1)]
    write_text_atomically(directory / "history.json", _json(rows))
    write_text_atomically(directory / "history.csv", _csv(rows))
    write_text_atomically(directory / CLASSES, _json(classes))
    with written_atomically(directory / MODEL) as partial:
        fitted.model.save(partial)
    write_text_atomically(directory / METRICS, _json(metrics))


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
