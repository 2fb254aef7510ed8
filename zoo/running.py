"""One training as a directory: the spec, the history, the model and the result."""

import contextlib
import csv
import functools
import importlib.metadata
import io
import itertools
import json
import math
import platform
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
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


class Interrupted(KeyboardInterrupt):
    """A training ended by Ctrl-C after at least one epoch; says where its weights and history lie."""


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


def train(source: Source, out: str | Path | None = None, on_epoch: OnEpoch | None = None, **params: Any) -> Run:
    """Train a model as its spec says and keep everything in a new directory (runs/NAME where `out` is None).

    The directory holds spec.yaml with the values in force, history.json, history.csv, model.keras, classes.json and,
    written last, metrics.json: without it a run is not complete. A training that ends early, by Ctrl-C or an error,
    leaves all but metrics.json, as far as it came, and no directory where it did not come through an epoch.

    Raises `UserError` where the spec, the data or the directory cannot be used, `RunError` where training fails or
    the directory cannot be written, `Interrupted` on Ctrl-C after an epoch; what `on_epoch` raises goes up.
    """
    document = as_document(source, params)
    dataset = load_data(document)
    with _new_directory(document.name, out) as directory:
        _write_text(directory / SPEC, specs.dump(document, directory))
        keep = functools.partial(_write, directory, dataset.classes)
        started = time.monotonic()
        fitted = fit(document, dataset, on_epoch=on_epoch, on_stop=keep)
        seconds = time.monotonic() - started
        keep(fitted)
        metrics = _metrics(document, dataset, fitted, seconds)
        _write_text(directory / METRICS, _json(metrics))
    return Run(directory, fitted, metrics)


@contextlib.contextmanager
def _new_directory(name: str, out: str | Path | None) -> Iterator[Path]:
    """A directory of our own from the start, so that an hour's training does not end before a locked door."""
    directory = _first_free(_numbered(RUNS / name) if out is None else [Path(out)])
    try:
        yield directory
    except BaseException as error:
        if not (directory / MODEL).is_file():
            shutil.rmtree(directory)
            raise
        kept = f"{directory} holds what there is, without {METRICS}"
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(f"stopped; {kept}") from error
        if isinstance(error, RunError):
            error.args = (f"{error}; {kept}",)
        else:
            error.add_note(kept)
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
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    found = {
        "name": document.name,
        **{name: evaluate(document, model, part) for name, part in parts.items()},
        "epochs": len(fitted.history),
        "best_epoch": fitted.best_epoch + 1,
        "seconds": round(seconds, 3),
        "seed": training_of(document).seed,
        "data": {"fingerprint": dataset.fingerprint, "examples": {name: len(part) for name, part in parts.items()}},
        "started": None if fitted.started is None else str(fitted.started),
        "params": dict(document.params),
        "versions": versions(),
    }
    return {key: _finite(value) for key, value in found.items()}


def versions() -> dict[str, str]:
    """Version of Python, of Keras and of the library it runs on."""
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        backend: importlib.metadata.version(backend),
    }


def _write(directory: Path, classes: tuple[str, ...], fitted: Fit) -> None:
    rows = [{"epoch": epoch, **logs} for epoch, logs in enumerate(fitted.history, start=1)]
    _write_text(directory / "history.json", _json(_finite(rows)))
    _write_text(directory / "history.csv", _csv(rows))
    _write_text(directory / CLASSES, _json(classes))
    with _cannot_be_written(directory), written_atomically(directory / MODEL) as partial:
        fitted.model.save(partial)


def _write_text(path: Path, text: str) -> None:
    with _cannot_be_written(path.parent):
        write_text_atomically(path, text)


@contextlib.contextmanager
def _cannot_be_written(directory: Path) -> Iterator[None]:
    """Only our own writes stand in here: an OSError of a caller's `on_epoch` says nothing about the directory."""
    try:
        yield
    except OSError as error:
        raise RunError(f"{directory}: cannot be written ({error.strerror or error})") from error


def _finite(value: Any) -> Any:
    """The value with None for every number that JSON has no word for.

    >>> _finite({"loss": float("nan"), "params": {"rates": [0.5, float("inf")]}})
    {'loss': None, 'params': {'rates': [0.5, None]}}
    """
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
