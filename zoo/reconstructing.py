"""What an autoencoder learns: a part of the model itself, computed from the inputs of each batch."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from specs.errors import UserError
from specs.graph import Graph, Output
from specs.measured import to_measure
from zoo.augmenting import DEVICE
from zoo.backend import keras
from zoo.building import model_of, one_or_all, typed
from zoo.data.dataset import Array

Target = Callable[[Mapping[str, Array]], Array]
"""The inputs of a batch, by name → float32 of shape (examples, *shape of the output)."""


def reconstructed_by(graph: Graph) -> dict[str, Target]:
    """By output that reconstructs: how its targets follow from the inputs; layers that only act in training rest.

    >>> import specs
    >>> text = "{name: a, input: {shape: [2]}, body: [Rescaling: {scale: 0.5}, Dense: {units: 2}]"
    >>> graph = specs.lower(specs.loads(text + ", outputs: {drawn: {from: dense1, reconstructs: rescaling1}}}"))
    >>> reconstructed_by(graph)["drawn"]({"input": np.ones((1, 2))}).tolist()
    [[0.5, 0.5]]
    """
    wanted = {name: output.reconstructs for name, output in graph.outputs.items() if output.reconstructs}
    return {
        name: partial(_given, node) if node in graph.inputs else _computed(graph, node) for name, node in wanted.items()
    }


def _given(name: str, inputs: Mapping[str, Array]) -> Array:
    return np.asarray(inputs[name], np.float32)


def _computed(graph: Graph, node: str) -> Target:
    part = graph.ending_in({"target": Output(node)})
    unknown = to_measure(part)
    if unknown:
        raise UserError(f"{graph.name}: what {unknown[0].name!r} measures is not known, and the target needs it")
    with keras.device(DEVICE):
        model: Any = model_of(part)

    def target(inputs: Mapping[str, Array]) -> Array:
        with keras.device(DEVICE):
            tensors = {name: typed(graph, name, inputs[name]) for name in graph.inputs}
            found = model(one_or_all(tensors), training=False)
            return np.asarray(keras.ops.convert_to_numpy(found), np.float32)

    return target
