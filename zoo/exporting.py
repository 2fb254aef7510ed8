"""Run, document or name → a directory that can be served without Keras and without speczoo."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.errors import UserError
from specs.graph import Graph
from zoo.backend import keras
from zoo.building import build, served
from zoo.files import partial_of, remove_leftovers, replace_directory, write_text_atomically
from zoo.manifest import check_replaceable, write_manifest
from zoo.program import write_program
from zoo.run_directory import CLASSES, METRICS, MODEL, SPEC
from zoo.running import versions
from zoo.sources import Source, as_document
from zoo.verifying import ExportError as ExportError
from zoo.verifying import golden_inputs, golden_outputs, verify
from zoo.weights import load_weights

EXPORTS = Path("exports")
"""Where exports go that are given no directory."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was exported, whereto, and how well it agrees with the model."""

    directory: Path
    name: str
    trained: bool
    """Whether the weights come from a run; otherwise they are freshly initialised."""
    size: int
    """Bytes of all files."""
    difference: float
    """Largest difference to the model's own outputs, as a fraction of the output's largest value."""


@dataclass(frozen=True, slots=True)
class _Origin:
    document: Document
    run: Path | None


def export(source: Source, out: str | Path | None = None, **params: Any) -> ExportReport:
    """Export a finished run (its directory), or a spec with fresh weights, as a verified TensorFlow SavedModel.

    The directory (exports/NAME where `out` is None) holds the SavedModel with its signature `serving_default`, the
    spec and speczoo.json. It appears only when a fresh process without Keras has got the model's own answers from it,
    to 1e-5 of the output's largest value, at two batch sizes; a directory there before is replaced if it is
    an export of ours, holds nothing else, and does not have trained weights where the new one has fresh ones.

    Raises `UserError` where source or directory cannot be used, `ExportError` where the export does not do its work.
    """
    if keras.backend.backend() != "tensorflow":
        raise UserError(f"export needs TensorFlow: set KERAS_BACKEND=tensorflow (got {keras.backend.backend()})")
    origin = _origin(source, params)
    graph = specs.lower(origin.document)
    target = _target(EXPORTS / origin.document.name if out is None else Path(out), origin)
    real = Path(os.path.realpath(target))  # what a link leads to is replaced, not the link
    partial = partial_of(real)
    try:
        remove_leftovers(real)
        difference = _write_verified(origin, graph, partial, real)
        size = sum(path.stat().st_size for path in partial.rglob("*") if path.is_file())
        replace_directory(partial, real)
    except OSError as error:
        raise ExportError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return ExportReport(target, graph.name, origin.run is not None, size, difference)


def _origin(source: Source, params: dict[str, Any]) -> _Origin:
    if isinstance(source, Document) or str(source) in specs.shipped() or not Path(source).is_dir():
        return _Origin(as_document(source, params), None)
    run = Path(source)
    if params:
        raise UserError(f"{run}: a run has its values already (got {', '.join(params)})")
    missing = [name for name in (SPEC, MODEL, CLASSES, METRICS) if not (run / name).is_file()]
    if missing:
        raise UserError(f"{run}: is not a finished run: it has no {missing[0]}")
    return _Origin(specs.load(run / SPEC), run)


def _target(target: Path, origin: _Origin) -> Path:
    """The directory to write, refused where something stands there that may not be replaced."""
    if os.path.lexists(target):
        check_replaceable(target, trained=origin.run is not None)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{target}: cannot be made ({error.strerror})") from None
    return target


def _write_verified(origin: _Origin, graph: Graph, folder: Path, final: Path) -> float:
    """Write to `folder`, which is going to lie at `final`, and give the difference that `verify` found."""
    model = build(graph)
    if origin.run is not None:
        load_weights(model, origin.run / MODEL)
    model, graph = served(model, graph)
    asked = golden_inputs(graph)
    expected = golden_outputs(model, graph, asked)
    write_program(model, graph, folder)
    write_text_atomically(folder / SPEC, specs.dump(origin.document, final))
    write_manifest(folder, graph, _classes(origin.run), versions(), trained=origin.run is not None)
    return verify(folder, asked, expected)


def _classes(run: Path | None) -> tuple[str, ...] | None:
    return None if run is None else tuple(json.loads((run / CLASSES).read_text(encoding="utf-8")))
