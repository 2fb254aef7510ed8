"""Model → a smaller and faster one that computes the same: folded and frozen, each step proven on real inputs."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specs.errors import DataError, UserError
from specs.graph import Graph
from zoo.backend import keras
from zoo.building import model_of, typed
from zoo.data import load_data
from zoo.exports.folding import Weights, batch_norms, fold
from zoo.exports.program import outputs_of
from zoo.exports.verifying import Arrays, ExportError
from zoo.finished import Finished

TOLERANCE = 1e-5
"""Largest difference of a value to the plain model's, as a fraction of the output's largest value."""

EXAMPLES = 32
"""How many examples of the test part each step is proven on."""

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
    """Difference of the SavedModel with its weights as constants."""
    examples: int
    """How many inputs were compared."""
    real: bool
    """Whether they are examples of the test part; else they are random."""


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


def _weights(model: keras.Model, graph: Graph) -> Weights:
    owners = (node.name for node in graph.nodes if node.shares is None)
    found = {name: tuple(model.get_layer(name).get_weights()) for name in owners}
    return {name: arrays for name, arrays in found.items() if arrays}


def check_constants(model: keras.Model, name: str) -> None:
    """`UserError` where the weights are too many to be constants of one file."""
    size = sum(int(np.prod(weight.shape)) * np.dtype(weight.dtype).itemsize for weight in model.weights)
    if size > MAX_BYTES:
        most = f"an optimised SavedModel holds at most {MAX_BYTES / 2**30:.2f} GiB"
        raise UserError(f"{name}: has {size / 2**30:.2f} GiB of weights, and {most}; export it without --optimize")


def proving_inputs(origin: Finished | None, graph: Graph) -> Arrays | None:
    """The first examples of a run's test part by input; None where there is no run, or where its data are gone."""
    if origin is None:
        return None
    try:
        test = load_data(origin.document).test
    except DataError:
        return None
    return test.take(np.arange(min(EXAMPLES, len(test)))).x


def answers(model: keras.Model, graph: Graph, x: Arrays) -> Arrays:
    """What a model gives for inputs, by output, as float32."""
    found = outputs_of(model, graph, {name: typed(graph, name, array) for name, array in x.items()})
    return {name: keras.ops.convert_to_numpy(value).astype(np.float32) for name, value in found.items()}


def answers_of_program(folder: Path, graph: Graph, x: Arrays) -> Arrays:
    """What a SavedModel gives for inputs, by output."""
    from zoo.backend import tensorflow as tf

    loaded = tf.saved_model.load(str(folder))  # held: its weights go with it
    found = loaded.signatures["serving_default"](**{name: typed(graph, name, array) for name, array in x.items()})
    return {name: value.numpy() for name, value in found.items()}


def proven(step: str, found: Arrays, plain: Arrays) -> float:
    """The largest difference of two answers; `ExportError` where it is above `TOLERANCE`."""
    differences = {name: difference(found[name], plain[name]) for name in plain}
    worst = max(differences, key=lambda name: differences[name])
    if not differences[worst] <= TOLERANCE:
        told = f"{worst} is off by {differences[worst]:.1e} of its largest value (at most {TOLERANCE:.0e})"
        raise ExportError(f"the {step} model computes other values than the plain one: {told}")
    return differences[worst]
