"""Export → what it was made from: its spec and a model that can be trained, with the weights that it serves.

The program is not run and not even read: layers come from the spec, numbers from the file of variables.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.errors import UserError
from specs.files import read_file
from specs.graph import Graph
from specs.tree import plain
from zoo.answers import gives_of
from zoo.backend import keras
from zoo.building import build, served
from zoo.data.loading import training_of
from zoo.exports.formats import SAVED_MODEL
from zoo.exports.golden import read_golden
from zoo.exports.manifest import MANIFEST, SERVING, Manifest
from zoo.exports.trust import check_trusted
from zoo.exports.verifying import compared, golden_outputs
from zoo.files import write_text_atomically
from zoo.finished import ENSEMBLE, EnsembleFile, Finished, Member, ensemble_file, ensemble_text
from zoo.json_text import json_text
from zoo.run_directory import CLASSES, METRICS, MODEL, RUNS, SPEC, appearing, numbered
from zoo.voting import Voting, combined
from zoo.weights import load_weights

VARIABLES = "variables/variables"


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came back from an export, and whereto."""

    directory: Path
    name: str
    finished: bool
    """Whether it is a finished run, or an ensemble of some, as `evaluate` and `predict` take them; an export of fresh
    weights gives a spec and a model to start from."""
    difference: float
    """Largest difference to the outputs that the export was made with, as a fraction of the output's largest value."""
    fresh: tuple[str, ...]
    """Layers of auxiliary outputs, which no export has: they begin anew."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One model of the export: the only one, or a member of an ensemble."""

    document: Document
    whole: keras.Model
    """With auxiliary outputs, as it is trained."""
    served: keras.Model
    graph: Graph
    """Of what is served."""

    @property
    def fresh(self) -> tuple[str, ...]:
        """Layers with weights that are not served."""
        kept = {layer.name for layer in self.served.layers}
        return tuple(layer.name for layer in self.whole.layers if layer.weights and layer.name not in kept)


def recover(directory: str | Path, out: str | Path | None = None, *, trust: bool = False) -> Recovered:
    """Bring back the spec and the trainable model that an export was made from, from its directory alone.

    The new directory (runs/NAME, numbered, where `out` is None) is a run: spec.yaml, model.keras, classes.json and
    metrics.json; of an ensemble ensemble.yaml with a run for each member. `zoo evaluate`, `predict`, `export` and
    `weights:` of a spec take it. It appears only where the model gives the outputs that the export was made with.

    Raises `UserError` where the directory is no export that may be loaded, or was changed beyond recovery.
    """
    folder = Path(directory)
    manifest = check_trusted(folder, trust)
    texts = [folder / SPEC] if (folder / SPEC).is_file() else sorted(folder.glob("member*.yaml"), key=_number)
    if not texts:
        raise UserError(f"{folder / MANIFEST}: does not list {SPEC}")
    parts = [_part(whole_spec(path), None if path.name == SPEC else path.stem) for path in texts]
    if len(manifest.origin.runs) not in ({0, 1} if len(parts) == 1 else {len(parts)}):
        raise UserError(f"{folder / MANIFEST}: tells of {len(manifest.origin.runs)} runs, there are {len(parts)} specs")
    rule = ensemble_file(folder / ENSEMBLE) if len(parts) > 1 else None
    model, graph = _model(parts, manifest, rule)
    _put_weights(model, folder, manifest)
    asked, expected = read_golden(folder, graph)
    wanted = {key: value for key, value in expected.items() if key.startswith(f"{SERVING}/")}
    difference = compared(golden_outputs(model, graph, asked), wanted)
    target = (
        Path(out) if out is not None else next(each for each in numbered(RUNS / manifest.name) if not each.exists())
    )
    with appearing(target) as partial:
        _write(partial, target, parts, manifest, rule)
    fresh = tuple(name for part in parts for name in part.fresh)
    return Recovered(target, manifest.name, bool(manifest.origin.runs), difference, fresh)


def whole_spec(path: Path) -> Document:
    """The spec in an export, which stands for itself: it extends nothing, so that no other file is read."""
    tree = plain(read_file(path, str(path)))
    if isinstance(tree, dict) and "extends" in tree:
        raise UserError(f"{path}: extends another spec; the spec of an export is whole")
    return specs.load(path)


def _number(path: Path) -> int:
    digits = path.stem.removeprefix("member")
    return int(digits) if digits.isdecimal() else 0


def _part(document: Document, name: str | None) -> _Part:
    graph = specs.lower(document)
    graph = replace(graph, name=name or graph.name)
    whole = build(graph)
    return _Part(document, whole, *served(whole, graph))


def _model(parts: Sequence[_Part], manifest: Manifest, rule: EnsembleFile | None) -> tuple[keras.Model, Graph]:
    first = parts[0]
    if rule is None:
        return first.served, first.graph
    graph = replace(first.graph, name=manifest.name)
    gives = gives_of(training_of(first.document), first.graph, manifest.classes or {})
    voting = Voting(rule.vote, rule.weights)
    return combined([part.served for part in parts], graph, voting, gives), graph


def _put_weights(model: keras.Model, folder: Path, manifest: Manifest) -> None:
    """From the SavedModel or the Keras file; the other formats keep no weights that could be found again."""
    if SAVED_MODEL in manifest.formats:
        _assign(model, folder / VARIABLES)
    elif "keras" in manifest.formats:
        load_weights(model, folder / manifest.formats["keras"])
    else:
        raise UserError(f"{folder}: has neither a SavedModel nor a Keras file (it has {', '.join(manifest.formats)})")


def _assign(model: keras.Model, variables: Path) -> None:
    """Put the numbers of a SavedModel into the model that it was written from: both have them in the same order."""
    from zoo.backend import tensorflow as tf

    with _refused(variables, tf.errors.OpError):
        reader = tf.train.load_checkpoint(str(variables))
        shapes = reader.get_variable_to_shape_map()
        found = [shapes.get(_key(index)) for index in range(len(model.weights))]
        wanted = [list(weight.shape) for weight in model.weights]
        if found != wanted or _key(len(wanted)) in shapes:
            raise UserError(f"{variables}: has other weights than its spec; it was optimised, or is of another model")
        for index, weight in enumerate(model.weights):
            weight.assign(reader.get_tensor(_key(index)))
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it computes with a copy of its weights


def _key(index: int) -> str:
    return f"weights/{index}/.ATTRIBUTES/VARIABLE_VALUE"


@contextlib.contextmanager
def _refused(path: Path, error: type[Exception]) -> Iterator[None]:
    try:
        yield
    except (error, ValueError, OSError) as wrong:
        raise UserError(f"{path}: cannot be read ({str(wrong).partition(chr(10))[0]})") from None


def _write(partial: Path, target: Path, parts: Sequence[_Part], manifest: Manifest, rule: EnsembleFile | None) -> None:
    classes: dict[str, Any] = {} if manifest.classes is None else manifest.classes
    runs = manifest.origin.runs
    if rule is None:
        _write_run(partial, target, parts[0])
        if runs:
            write_text_atomically(partial / CLASSES, json_text(classes))
            write_text_atomically(partial / METRICS, runs[0].model_dump_json(indent=2) + "\n")
        return
    members = []
    for number, (part, run) in enumerate(zip(parts, runs, strict=True), start=1):
        name = f"member{number}"
        (partial / name).mkdir()
        _write_run(partial / name, target / name, part)
        write_text_atomically(partial / name / CLASSES, json_text(classes))
        write_text_atomically(partial / name / METRICS, run.model_dump_json(indent=2) + "\n")
        members.append(Member(partial / name, part.document, classes, run.data.fingerprint))
    whole = Finished(partial, manifest.name, tuple(members), Voting(rule.vote, rule.weights))
    write_text_atomically(partial / ENSEMBLE, ensemble_text(whole))
    write_text_atomically(partial / CLASSES, json_text(classes))
    said = {"name": manifest.name, "vote": rule.vote, "weights": rule.weights, "test": manifest.origin.test}
    write_text_atomically(partial / METRICS, json_text(said))


def _write_run(folder: Path, final: Path, part: _Part) -> None:
    write_text_atomically(folder / SPEC, specs.dump(part.document, final))
    part.whole.save(folder / MODEL)
