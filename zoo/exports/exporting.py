"""Run, ensemble, document or name → a directory that can be served without Keras and without speczoo."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.errors import UserError
from specs.graph import Graph
from zoo.backend import keras
from zoo.building import build, served
from zoo.exports.card import CARD, card
from zoo.exports.golden import write_golden
from zoo.exports.manifest import check_replaceable, described, write_manifest
from zoo.exports.optimizing import Optimized, optimizing
from zoo.exports.program import write_program
from zoo.exports.provenance import provenance
from zoo.exports.trust import sign
from zoo.exports.verifying import ExportError as ExportError
from zoo.exports.verifying import golden_inputs, golden_outputs, verify
from zoo.files import partial_of, remove_leftovers, replace_directory, write_text_atomically
from zoo.finished import ENSEMBLE, Finished, ensemble_text, read_finished
from zoo.run_directory import SPEC
from zoo.running import versions
from zoo.sources import Source, as_document

EXPORTS = Path("exports")
"""Where exports go that are given no directory."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was exported, whereto, and how well it agrees with the model."""

    directory: Path
    name: str
    trained: bool
    """Whether the weights come from runs; otherwise they are freshly initialised."""
    size: int
    """Bytes of all files."""
    difference: float
    """Largest difference to the model's own outputs, as a fraction of the output's largest value."""
    signed: bool
    """Whether it is known as this user's own; else it is asked with `trust`."""
    optimized: Optimized | None = None
    """What optimising came to; None where it was not asked for."""


def export(source: Source, out: str | Path | None = None, *, optimize: bool = False, **params: Any) -> ExportReport:
    """Export a finished run or an ensemble (its directory), or a spec with fresh weights, as a verified SavedModel.

    The directory (exports/NAME where `out` is None) holds the SavedModel with its signature `serving_default`, the
    spec, of an ensemble its description and every member's spec, and speczoo.json. It appears only when a fresh process
    without Keras has got the model's own answers from it, to 1e-5 of the output's largest value, at two batch sizes; a
    directory there before is replaced if it is an export of ours, holds nothing else, and does not have trained weights
    where the new one has fresh ones. With `optimize` batch normalisations are folded into the layers beside them, what
    does nothing in inference is left out, and weights are constants; each step is proven on examples of the run's test
    part to 1e-5 as well.

    Raises `UserError` where source or directory cannot be used, `ExportError` where the export does not do its work.
    """
    if keras.backend.backend() != "tensorflow":
        raise UserError(f"export needs TensorFlow: set KERAS_BACKEND=tensorflow (got {keras.backend.backend()})")
    origin = _origin(source, params)
    trained = isinstance(origin, Finished)
    target = _target(EXPORTS / origin.name if out is None else Path(out), trained=trained)
    real = Path(os.path.realpath(target))  # what a link leads to is replaced, not the link
    partial = partial_of(real)
    try:
        remove_leftovers(real)
        difference, steps = _write_verified(origin, partial, real, optimize=optimize)
        signed = sign(partial)
        size = sum(path.stat().st_size for path in partial.rglob("*") if path.is_file())
        replace_directory(partial, real)
    except OSError as error:
        raise ExportError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return ExportReport(target, origin.name, trained, size, difference, signed, steps)


def _origin(source: Source, params: dict[str, Any]) -> Finished | Document:
    if isinstance(source, Document) or str(source) in specs.shipped() or not Path(source).is_dir():
        return as_document(source, params)
    if params:
        raise UserError(f"{source}: a run has its values already (got {', '.join(params)})")
    return read_finished(Path(source))


def _target(target: Path, *, trained: bool) -> Path:
    """The directory to write, refused where something stands there that may not be replaced."""
    if os.path.lexists(target):
        check_replaceable(target, trained=trained)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{target}: cannot be made ({error.strerror})") from None
    return target


def _write_verified(
    origin: Finished | Document, folder: Path, final: Path, *, optimize: bool
) -> tuple[float, Optimized | None]:
    """Write to `folder`, which is going to lie at `final`, and give the differences that were found."""
    model, graph = _made(origin)
    asked = golden_inputs(graph)
    expected = golden_outputs(model, graph, asked)
    steps = optimizing(origin, model, graph) if optimize else None
    model, graph = (steps.folded, steps.graph) if steps else (model, graph)
    write_program(model, graph, folder, frozen=optimize)
    for name, text in _texts(origin, final):
        write_text_atomically(folder / name, text)
    classes = origin.classes if isinstance(origin, Finished) else None
    write_golden(folder, asked, expected)
    manifest = described(graph, classes, provenance(origin, graph), versions())
    document = origin if isinstance(origin, Document) else origin.document
    write_text_atomically(folder / CARD, card(manifest, document))
    write_manifest(folder, manifest)
    return verify(folder, asked, expected), steps.proven(folder) if steps else None


def _made(origin: Finished | Document) -> tuple[keras.Model, Graph]:
    if isinstance(origin, Finished):
        return origin.model(), origin.graph
    graph = specs.lower(origin)
    return served(build(graph), graph)


def _texts(origin: Finished | Document, final: Path) -> Iterator[tuple[str, str]]:
    """What the export says of how it came to be, by the names of its files."""
    if isinstance(origin, Document):
        yield SPEC, specs.dump(origin, final)
    elif origin.voting is None:
        yield SPEC, specs.dump(origin.document, final)
    else:
        yield ENSEMBLE, ensemble_text(replace(origin, directory=final))
        for number, member in enumerate(origin.members, start=1):
            yield f"member{number}.yaml", specs.dump(member.document, final)
