"""Run, ensemble, document or name → a directory that can be served without Keras and without speczoo."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import specs
from specs.document import Document
from specs.errors import UserError
from specs.graph import Graph
from zoo.backend import keras
from zoo.building import build, served
from zoo.exports.card import CARD, card
from zoo.exports.elsewhere import Handed, hand_over
from zoo.exports.errors import ExportError as ExportError
from zoo.exports.formats import FORMATS, SAVED_MODEL, check_expressible, check_formats, program_folder, write_format
from zoo.exports.golden import write_golden
from zoo.exports.locating import node_named
from zoo.exports.manifest import Signature, check_replaceable, described, write_manifest
from zoo.exports.optimizing import Optimized, optimizing
from zoo.exports.program import write_program
from zoo.exports.provenance import provenance
from zoo.exports.proving import proof_of
from zoo.exports.quantizing import LITERT, Quantized, check_quantize, quantized
from zoo.exports.questions import questions
from zoo.exports.trust import sign
from zoo.exports.verifying import golden_inputs, golden_outputs, verify
from zoo.exports.warming import write_requests
from zoo.exports.ways import asked_for, ways_of
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
    signed: bool
    """Whether it is known as this user's own; else it is asked with `trust`."""
    differences: Mapping[str, float]
    """By format: largest difference to the model's own outputs, as a fraction of the output's largest value."""
    optimized: Optimized | None
    """What optimising came to; None where it was not asked for."""
    quantized: Quantized | None
    """How the LiteRT file was quantised; None where it was not."""
    signatures: Mapping[str, Signature]
    """The ways to ask it, by name."""
    left_out: tuple[str, ...]
    """Those that the spec names and this export cannot have."""
    warm: bool
    """Whether there are requests with which TensorFlow Serving warms up."""

    @property
    def difference(self) -> float:
        """The largest of all formats."""
        return max(self.differences.values())


class _Written(NamedTuple):
    differences: Mapping[str, float]
    optimized: Optimized | None
    quantized: Quantized | None
    signatures: Mapping[str, Signature]
    left_out: tuple[str, ...]
    warm: bool


def export(
    source: Source,
    out: str | Path | None = None,
    *,
    formats: Iterable[str] = (SAVED_MODEL,),
    optimize: bool = False,
    quantize: str | None = None,
    **params: Any,
) -> ExportReport:
    """Export a finished run or an ensemble (its directory), or a spec with fresh weights, verified in every format.

    The directory (exports/NAME where `out` is None) holds the SavedModel with `serving_default` and the signatures of
    the spec's `export`, the files of the other `formats` of `zoo.exports.formats.FORMATS`, the spec, of an ensemble its
    description and every member's spec, and speczoo.json. It appears only when for every format a fresh process without
    Keras has got the model's own answers from it, to the format's tolerance, at two batch sizes, twice the same; a
    directory there before is replaced if it is an export of ours, holds nothing else, and does not have trained weights
    where the new one has fresh ones. With `optimize` batch normalisations are folded into the layers beside them, what
    does nothing in inference is left out, and weights are constants; each step is proven on examples of the run's test
    part to 1e-5 as well. With `quantize`, one of `zoo.exports.quantizing.QUANTIZATIONS`, the LiteRT file has smaller
    numbers, and is held against the model to what that allows.

    Raises `UserError` where source or directory cannot be used, `ExportError` where the export does not do its work.
    """
    wanted = Wanted(check_formats(formats), optimize, quantize)
    origin = read_source(source, params)
    check_quantize(quantize, wanted.formats, origin)
    target = EXPORTS / origin.name if out is None else Path(out)
    if keras.backend.backend() == "tensorflow":
        return export_origin(origin, target, wanted)
    model, graph = _made(origin)
    answers = golden_outputs(model, graph, golden_inputs(graph))
    asked = {"formats": wanted.formats, "optimize": optimize, "quantize": quantize}
    found = hand_over(origin, model, answers, target=str(target), **asked)
    kinds = (("optimized", Optimized), ("quantized", Quantized))
    steps = {key: found[key] and kind(**found[key]) for key, kind in kinds}
    signatures = {name: Signature.model_validate_json(each) for name, each in found["signatures"].items()}
    told = {"directory": target, "signatures": signatures, "left_out": tuple(found["left_out"]), **steps}
    return ExportReport(**found | told)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an export is to be."""

    formats: tuple[str, ...]
    optimize: bool
    quantize: str | None = None
    handed: Handed | None = None
    """What another backend has handed over of the model."""


def export_origin(origin: Finished | Document, target: Path, wanted: Wanted) -> ExportReport:
    """As `export`, on TensorFlow, what has been read."""
    trained = isinstance(origin, Finished)
    target = _target(target, trained=trained)
    real = Path(os.path.realpath(target))  # what a link leads to is replaced, not the link
    beside = partial_of(real)
    try:
        remove_leftovers(real)
        written = _write_verified(origin, beside, real, wanted)
        signed = sign(beside)
        size = sum(path.stat().st_size for path in beside.rglob("*") if path.is_file())
        replace_directory(beside, real)
    except OSError as error:
        raise ExportError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return ExportReport(target, origin.name, trained, size, signed, **written._asdict())


def read_source(source: Source, params: dict[str, Any]) -> Finished | Document:
    """What a source names: a finished run, an ensemble, or a document with params put in."""
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


def _write_verified(origin: Finished | Document, folder: Path, final: Path, wanted: Wanted) -> _Written:
    """Write to `folder`, which is going to lie at `final`, and tell the differences that were found."""
    model, graph = _made(origin)
    if wanted.handed:
        wanted.handed.put(model)
    check_expressible(graph, wanted.formats, voting=isinstance(origin, Finished) and origin.voting is not None)
    asked = golden_inputs(graph)
    expected = golden_outputs(model, graph, asked)
    ways = ways_of(origin, wanted.formats, optimize=wanted.optimize)
    more_asked, more_expected = questions(model, graph, ways, asked)
    if wanted.handed:
        wanted.handed.check(expected)
    proof = proof_of(origin, model, graph) if wanted.optimize or wanted.quantize else None
    steps = optimizing(origin, model, graph, proof) if wanted.optimize and proof else None
    model, graph = (steps.folded, steps.graph) if steps else (model, graph)
    write = partial(write_program, frozen=wanted.optimize)
    with program_folder(folder, wanted.formats) as program:
        signatures = write_program(model, graph, program, ways, frozen=wanted.optimize)
        optimized = steps.proven(program) if steps else None
        smaller = quantized(wanted.quantize, origin, graph, program, folder, proof)
        differences = {LITERT: smaller.difference} if smaller else {}
        for kind in (kind for kind in wanted.formats if kind not in differences):
            with node_named(kind, model, graph, write):
                write_format(kind, program, model, folder)
                differences[kind] = verify(folder, asked | more_asked, expected | more_expected, kind)
    for name, text in _texts(origin, final):
        write_text_atomically(folder / name, text)
    classes = origin.classes if isinstance(origin, Finished) else None
    main = {kind: FORMATS[kind].files[0] for kind in wanted.formats}
    write_golden(folder, asked, expected)
    warm = SAVED_MODEL in wanted.formats and write_requests(folder, graph.name, asked | more_asked)
    origins = provenance(origin, graph)
    manifest = described(graph, signatures, classes, ways.gives, origins, versions(), main, wanted.quantize)
    document = origin if isinstance(origin, Document) else origin.document
    write_text_atomically(folder / CARD, card(manifest, document))
    write_manifest(folder, manifest)
    left_out = tuple(name for name in asked_for(document) if name not in signatures)
    return _Written(differences, optimized, smaller, signatures, left_out, warm)


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
