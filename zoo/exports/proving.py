"""What a plain model answers, to prove with that what was made of it: asked about real inputs where there are any."""

from dataclasses import dataclass

import numpy as np

from specs.document import Document
from specs.errors import DataError
from specs.graph import Graph
from zoo.backend import keras
from zoo.building import typed
from zoo.data import load_data
from zoo.exports.manifest import SERVING
from zoo.exports.program import outputs_of
from zoo.exports.verifying import BATCHES, Arrays, golden_inputs
from zoo.finished import Finished

EXAMPLES = 64
"""So many examples of the test part, its first, are asked about."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Inputs, and what the plain model answers: both by name."""

    x: Arrays
    answers: Arrays
    real: bool
    """Whether they are examples of the run's test part; else they are random."""

    def __len__(self) -> int:
        return len(next(iter(self.x.values())))

    def __str__(self) -> str:
        return f"{len(self)} {'examples of the test part' if self.real else 'random inputs'}"


def proof_of(origin: Finished | Document, model: keras.Model, graph: Graph) -> Proof:
    """The answers of the plain model of a run, an ensemble or a spec; random inputs where there are no data."""
    found = _test_examples(origin)
    x = _random_inputs(graph) if found is None else found
    return Proof(x, answers_of(model, graph, x), found is not None)


def answers_of(model: keras.Model, graph: Graph, x: Arrays) -> Arrays:
    """What a model answers by output, as float32."""
    found = outputs_of(model, graph, {name: typed(graph, name, x[name]) for name in graph.inputs})
    return {name: keras.ops.convert_to_numpy(value).astype(np.float32) for name, value in found.items()}


def _test_examples(origin: Finished | Document) -> Arrays | None:
    if isinstance(origin, Document):
        return None
    try:
        test = load_data(origin.document).test
    except DataError:  # they were moved or changed since; the run is still good
        return None
    asked = test.take(np.arange(min(EXAMPLES, len(test)))).x
    # What a generator is asked is drawn, and stands in no data.
    return asked if set(asked) == set(origin.graph.inputs) else None


def _random_inputs(graph: Graph) -> Arrays:
    golden = golden_inputs(graph)
    return {name: golden[f"{SERVING}/{max(BATCHES)}/{name}"] for name in graph.inputs}
