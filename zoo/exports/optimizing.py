"""Model → a smaller and faster one that computes the same: folded and frozen, each step proven on real inputs."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specs.document import Document
from specs.errors import UserError
from specs.graph import Graph
from zoo.backend import keras
from zoo.building import model_of, typed
from zoo.exports.errors import ExportError
from zoo.exports.folding import Weights, fold
from zoo.exports.manifest import SERVING
from zoo.exports.proving import Proof, answers_of
from zoo.exports.verifying import Arrays, difference
from zoo.finished import Finished

TOLERANCE = 1e-5
"""Largest difference of a value to the plain model's, as a fraction of the output's largest value."""

MAX_BYTES = 2**31 - 2**25
"""Weights that fit into one message of protobuf, which holds less than 2 GiB, beside the program that uses them."""


@dataclass(frozen=True, slots=True)
class Optimized:
    """What optimising came to, and how far each step is from the plain model, as `TOLERANCE` measures it."""

    batch_norms: int
    """Of the plain model."""
    left: int
    """Of these, those that could not be folded."""
    folded: float
    """Difference of the folded model."""
    frozen: float
    """Difference of the program whose weights are constants."""
    examples: str
    """How many inputs of what kind were compared."""

    def __str__(self) -> str:
        norms = f"{self.batch_norms - self.left} of {self.batch_norms} batch norms folded"
        return f"optimised: {norms}, off by {self.folded:.1e}; frozen, off by {self.frozen:.1e} (on {self.examples})"


@dataclass(frozen=True, slots=True)
class Optimizing:
    """A plain model, the folded one that has been proven against it, and what they were asked."""

    plain: keras.Model
    folded: keras.Model
    graph: Graph
    """Of the folded model; of an ensemble that of its plain first member."""
    proof: Proof
    difference: float

    def proven(self, program: Path) -> Optimized:
        """What it came to, once the frozen program has been written; `ExportError` where that is not equal."""
        norms, left = _batch_norms(self.plain), _batch_norms(self.folded)
        frozen = _proven("frozen", _answers_of_program(program, self.graph, self.proof.x), self.proof.answers)
        return Optimized(norms, left, self.difference, frozen, str(self.proof))


def optimizing(
    origin: Finished | Document, model: keras.Model, graph: Graph, proof: Proof, keep: Collection[str] = ()
) -> Optimizing:
    """The folded model of a run, an ensemble or a spec, given its plain model and graph; `keep` is that of `fold`.

    Raises `UserError` where the weights cannot become constants, `ExportError` where the folded model is not equal.
    """
    check_constants(model, graph.name)
    if isinstance(origin, Finished) and origin.voting is not None:
        small, without = origin.model(lambda member, of: folded(member, of)[0]), graph
    else:
        small, without = folded(model, graph, keep)
    worst = _proven("folded", answers_of(small, without, proof.x), proof.answers)
    return Optimizing(model, small, without, proof, worst)


def folded(model: keras.Model, graph: Graph, keep: Collection[str] = ()) -> tuple[keras.Model, Graph]:
    """The model of the folded graph, with the weights that it has to have, and that graph.

    `model` is the one built from `graph`; it stays as it is. For `keep` see `zoo.exports.folding.fold`.
    """
    found = fold(graph, _weights(model, graph), keep)
    small = model_of(found.graph)
    for name, arrays in found.weights.items():
        layer = small.get_layer(name)
        layer.set_weights(arrays)
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it computes with a copy of its weights
    return small, found.graph


def check_constants(model: keras.Model, name: str) -> None:
    """`UserError` where the weights are too many to be constants of one file."""
    size = sum(int(np.prod(weight.shape)) * np.dtype(weight.dtype).itemsize for weight in model.weights)
    if size > MAX_BYTES:
        most = f"an optimised export holds at most {MAX_BYTES / 2**30:.2f} GiB"
        raise UserError(f"{name}: has {size / 2**30:.2f} GiB of weights, and {most}; export it without --optimize")


def _weights(model: keras.Model, graph: Graph) -> Weights:
    owners = (node.name for node in graph.nodes if node.shares is None)
    found = {name: tuple(model.get_layer(name).get_weights()) for name in owners}
    return {name: arrays for name, arrays in found.items() if arrays}


def _batch_norms(model: keras.Model) -> int:
    """Also of the models inside a model, which an ensemble has."""
    inside = [_batch_norms(layer) for layer in model.layers if isinstance(layer, keras.Model)]
    return sum(inside) + sum(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers)


def _answers_of_program(program: Path, graph: Graph, x: Arrays) -> Arrays:
    from zoo.backend import tensorflow as tf

    loaded = tf.saved_model.load(str(program))  # held: its tables go with it
    found = loaded.signatures[SERVING](**{name: typed(graph, name, x[name]) for name in graph.inputs})
    return {name: value.numpy() for name, value in found.items()}


def _proven(step: str, found: Arrays, plain: Arrays) -> float:
    """The largest difference; `ExportError` where it is above `TOLERANCE`."""
    differences = {name: difference(name, found[name], plain[name]) for name in plain}
    worst = max(differences, key=lambda name: differences[name])
    if differences[worst] > TOLERANCE:
        told = f"{worst} is off by {differences[worst]:.1e} of its largest value (at most {TOLERANCE:.0e})"
        raise ExportError(f"the {step} model computes other values than the plain one: {told}")
    return differences[worst]
