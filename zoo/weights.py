"""Weights from elsewhere: published ones, those of a run, those of another model; and what of them fitted."""

import warnings
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.dump import weights_path
from specs.errors import RunError, UserError
from specs.graph import Graph
from specs.measured import to_measure
from specs.sections.original import OriginalChoice
from specs.unfreezing import frozen
from zoo.backend import keras
from zoo.matching import DifferentError, Pair, matched

IMAGENET = "imagenet"

RESOLUTIONS = (96, 128, 160, 192, 224)
"""Heights and widths that MobileNets' weights were published for."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of carrying weights over: names of the target's layers that have them now, and of those left fresh.

    `left` has a sentence for every layer with weights that kept its own.
    """

    carried: tuple[str, ...]
    left: tuple[str, ...]

    def __str__(self) -> str:
        """One line on both."""
        if not self.left:
            return f"weights of all {len(self.carried)} layers carried over"
        total = len(self.carried) + len(self.left)
        more = f" and {len(self.left) - 3} more" if len(self.left) > 3 else ""
        return f"weights of {len(self.carried)} of {total} layers carried over; not {'; '.join(self.left[:3])}{more}"


@dataclass(frozen=True, slots=True)
class Pretrained:
    """The layers that were pretrained, each with what its last epoch told."""

    layers: Mapping[str, Mapping[str, float]]

    @property
    def carried(self) -> tuple[str, ...]:
        """Names of the layers whose weights were learnt before."""
        return tuple(self.layers)

    def __str__(self) -> str:
        each = (f"{name} (val_loss {logs['val_loss']:.4g})" for name, logs in self.layers.items())
        return f"pretrained without labels: {', '.join(each)}"


Started = Carried | Pretrained
"""How the weights came to be that a training starts from."""


def carry_weights(source: keras.Model, target: keras.Model) -> Carried:
    """Copy weights from one model to another, layer by layer, where they fit.

    Where both are built the same way the layers are found by their place, whatever they are called: so from a model of
    keras.applications to ours. Where they are not, layers of the same name and kind are taken. A layer whose shapes
    differ keeps its own weights, as the classifier does for another number of classes.
    """
    try:
        pairs = matched(source, target)
    except DifferentError:
        pairs = list(_of_the_same_name(source, target))
    return _carried(pairs, target)


def _of_the_same_name(source: keras.Model, target: keras.Model) -> Iterable[Pair]:
    known = {layer.name: layer for layer in source.layers}
    for layer in target.layers:
        found = known.get(layer.name)
        if found is not None and type(found) is type(layer):
            yield found, layer


def _carried(pairs: Iterable[Pair], target: keras.Model) -> Carried:
    counterparts = {other.name: one for one, other in pairs}
    carried, left = [], []
    for layer in target.layers:
        if not layer.weights:
            continue
        source = counterparts.get(layer.name)
        shapes = [[tuple(weight.shape) for weight in each.weights] for each in (source, layer) if each is not None]
        if source is None:
            left.append(f"{layer.name}: it has no counterpart")
        elif shapes[0] != shapes[1]:
            left.append(f"{layer.name}: {_text(shapes[0])} there, {_text(shapes[1])} here")
        else:
            layer.set_weights(source.get_weights())
            if isinstance(layer, keras.layers.Normalization):
                # It computes with a copy of its weights.
                layer.finalize_state()
            carried.append(layer.name)
    return Carried(tuple(carried), tuple(left))


def _text(shapes: list[tuple[int, ...]]) -> str:
    return " and ".join("×".join(map(str, shape)) for shape in shapes)


def start_from(model: keras.Model, document: Document, weights: str | Path | None = None) -> Carried | None:
    """Put the weights that a document names, or others given here, into its model; None where it names none.

    `weights` is `imagenet`, the directory of a run, or a weight file of the original (.h5). Published weights come from
    Keras' own cache (~/.keras/models) or are fetched there; Keras checks their hash. What is already there is not
    fetched again.

    Raises UserError where the weights cannot be had or are not of this model.
    """
    chosen = weights if weights is not None else document.weights and (weights_path(document) or document.weights)
    if not chosen:
        return None
    path = Path(chosen)
    if path.is_dir():
        return carry_weights(_of_run(path), model)
    original = _original(document, str(chosen))
    try:
        pairs = matched(original, model)
    except DifferentError as error:
        raise UserError(f"{document.name}: weights of {original.name} do not fit: {error}") from None
    return _carried(pairs, model)


def inherited(document: Document, weights: str | Path | None = None) -> Document:
    """The document with what the run that it starts from has measured, as far as its layers are the same.

    Weights that were trained behind a vocabulary mean nothing behind another.
    """
    path = Path(weights) if weights is not None else weights_path(document)
    own = specs.lower(document)
    wanted = to_measure(own)
    if path is None or not wanted or not (path / "spec.yaml").is_file():
        return document
    there = specs.lower(specs.load(path / "spec.yaml"))
    known = {node.name: node for node in there.nodes if node.name in there.adapted}
    same = [node.name for node in wanted if node.name in known and known[node.name].args == node.args]
    return specs.with_adapted(document, {**own.adapted, **{name: there.adapted[name] for name in same}} if same else {})


def _of_run(run: Path) -> keras.Model:
    from zoo.building import build
    from zoo.run_directory import MODEL, SPEC

    for name in (SPEC, MODEL):
        if not (run / name).is_file():
            raise UserError(f"{run}: is no run to start from: it has no {name}")
    model = build(specs.lower(specs.load(run / SPEC)))
    load_weights(model, run / MODEL)
    return model


def load_weights(model: keras.Model, path: Path) -> None:
    """Only the numbers are read: the layers come from the spec, so that nothing in the file can be run."""
    try:
        with warnings.catch_warnings():
            # Keras warns, and goes on with fresh weights, where a layer of the model is missing in the file.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except (OSError, ValueError, KeyError, UserWarning, zipfile.BadZipFile) as error:
        raise RunError(f"{path}: its weights cannot be loaded ({error})") from error


def _original(document: Document, weights: str) -> keras.Model:
    """The model of keras.applications that the document names, with its weights."""
    choice = document.original
    if choice is None:
        raise UserError(f"{document.name} names no original: published weights are for models of keras.applications")
    if weights != IMAGENET and not Path(weights).is_file():
        raise UserError(f"{weights}: there is no such file or run")
    if weights == IMAGENET and document.params.get(IMAGENET) is False:
        told = f"published weights expect another model of {document.name}: set its param {IMAGENET} to true"
        raise UserError(f"{told} (its file says why)")
    arguments = choice.args.model_dump(exclude_unset=True)
    try:
        return getattr(keras.applications, choice.kind)(weights=weights, **_shape(document, weights), **arguments)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(_wrong_file(choice, weights, error)) from error
    except Exception as error:
        # Keras raises a plain Exception where it cannot fetch a file.
        if "URL fetch failure" not in str(error):
            raise
        cache = "they are looked for in ~/.keras/models first"
        raise UserError(f"{choice.kind}: its weights cannot be fetched, and {cache} ({error})") from error


def _shape(document: Document, weights: str) -> dict[str, Any]:
    """MobileNets' weights are published for several resolutions; all others are there once."""
    if weights != IMAGENET or document.original is None or document.original.kind not in ("MobileNet", "MobileNetV2"):
        return {}
    (shape,) = specs.lower(document).input_shapes().values()
    return {"input_shape": shape} if shape[0] == shape[1] and shape[0] in RESOLUTIONS else {}


def _wrong_file(choice: OriginalChoice, weights: str, error: BaseException) -> str:
    what = "its published weights" if weights == IMAGENET else weights
    reason = str(error).partition("\n")[0]
    return f"{what}: cannot be loaded into keras.applications.{choice.kind} ({reason})"


def freeze(model: keras.Model, graph: Graph, until: str | None) -> None:
    """Keep the weights of everything that the step of that name depends on, and its own, as they are in training.

    All others learn. Frozen batch normalisation uses its moving statistics, as Keras has it.
    """
    kept = frozen(graph, until)
    for node in graph.nodes:
        if not node.shares:
            model.get_layer(node.name).trainable = node.name not in kept
