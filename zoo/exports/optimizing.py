"""Model → a smaller and faster one that computes the same: folded and frozen, each step proven on real inputs."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specs.document import Document
from specs.errors import DataError, UserError
from specs.graph import Graph
from zoo.backend import keras
from zoo.building import model_of, typed
from zoo.data import load_data
from zoo.exports.errors import ExportError
from zoo.exports.folding import Weights, fold
from zoo.exports.manifest import SERVING
from zoo.exports.program import outputs_of
from zoo.exports.verifying import BATCHES, Arrays, difference, golden_inputs
from zoo.finished import Finished

TOLERANCE = 1e-5
"""Largest difference of a value to the plain model's, as a fraction of the output's largest value."""

EXAMPLES = 32
"""So many examples of the test part, its first, each step is proven on."""

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
    examples: int
    """How many inputs were compared."""
    real: bool
    """Whether they are examples of the run's test part; else they are random."""

    def __str__(self) -> str:
        inputs = f"{self.examples} {'examples of the test part' if self.real else 'random inputs'}"
        norms = f"{self.batch_norms - self.left} of {self.batch_norms} batch norms folded"
        return f"optimised: {norms}, off by {self.folded:.1e}; frozen, off by {self.frozen:.1e} (on {inputs})"


@dataclass(frozen=True, slots=True)
class Optimizing:
    """A plain model, the folded one that has been proven against it, and what they were asked."""

    plain: keras.Model
    folded: keras.Model
    graph: Graph
    """Of the folded model; of an ensemble that of its plain first member."""
    x: Arrays
    answers: Arrays
    difference: float
    real: bool

    def proven(self, program: Path) -> Optimized:
        """What it came to, once the frozen program has been written; `ExportError` where that is not equal."""
        norms, left = _batch_norms(self.plain), _batch_norms(self.folded)
        frozen = _proven("frozen", _answers_of_program(program, self.graph, self.x), self.answers)
        return Optimized(norms, left, self.difference, frozen, len(next(iter(self.x.values()))), self.real)


def optimizing(origin: Finished | Document, model: keras.Model, graph: Graph, keep: Collection[str] = ()) -> Optimizing:
    """The folded model of a run, an ensemble or a spec, given its plain model and graph; `keep` is that of `fold`.

    Raises `UserError` where the weights cannot become constants, `ExportError` where the folded model is not equal.
    """
    check_constants(model, graph.name)
    real = _test_examples(origin)
    x = _random_inputs(graph) if real is None else real
    answers = _answers(model, graph, x)
    if isinstance(origin, Finished) and origin.voting is not None:
        small, without = origin.model(lambda member, of: folded(member, of)[0]), graph
    else:
        small, without = folded(model, graph, keep)
    worst = _proven("folded", _answers(small, without, x), answers)
    return Optimizing(model, small, without, x, answers, worst, real is not None)


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


def _test_examples(origin: Finished | Document) -> Arrays | None:
    """The first of a run's test part by input; None where there is no run, or where its data are gone."""
    if isinstance(origin, Document):
        return None
    try:
        test = load_data(origin.document).test
    except DataError:
        return None
    return test.take(np.arange(min(EXAMPLES, len(test)))).x


def _random_inputs(graph: Graph) -> Arrays:
    golden = golden_inputs(graph)
    return {name: golden[f"{SERVING}/{max(BATCHES)}/{name}"] for name in graph.inputs}


def _answers(model: keras.Model, graph: Graph, x: Arrays) -> Arrays:
    """By output, as float32."""
    found = outputs_of(model, graph, {name: typed(graph, name, x[name]) for name in graph.inputs})
    return {name: keras.ops.convert_to_numpy(value).astype(np.float32) for name, value in found.items()}


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
