"""What the last layers tell apart, in two dimensions; and what the first convolution looks for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from specs.graph import Graph, Node
from zoo.backend import keras
from zoo.data.dataset import Array

MAX_FILTERS = 64


@dataclass(frozen=True, slots=True)
class Projection:
    """Points of shape (examples, 2), and the share of the variance that lies along each of the two axes."""

    points: Array
    shares: tuple[float, float]


def penultimate(graph: Graph, output: str) -> Node | None:
    """The node that the last layer with weights before an output reads; None where that reads the input itself.

    >>> import specs
    >>> penultimate(specs.lower(specs.load("resnet50")), "output").op
    'GlobalAveragePooling2D'
    """
    before = graph.upstream([graph.outputs[output].node])
    for node in reversed([each for each in graph.nodes if each.name in before]):
        if node.has_weights and len(node.inputs) == 1:
            found = graph.node(node.inputs[0])
            return found if any(each.trainable for each in graph.nodes if each.name in _up(graph, found)) else None
    return None


def _up(graph: Graph, node: Node) -> set[str]:
    return graph.upstream([node.name])


def features_of(model: keras.Model, node: Node, batches: Iterable[Any]) -> Array:
    """What a node gives for batches of inputs, of shape (examples, features); over places or times the mean."""
    probe = keras.Model(model.input, model.get_layer(node.name).output)
    found = np.concatenate([np.asarray(probe.predict_on_batch(batch)) for batch in batches])
    return found.mean(axis=tuple(range(1, found.ndim - 1))) if found.ndim > 2 else found


def projected(features: Array) -> Projection | None:
    """The two directions in which features of shape (examples, features) vary most (principal components).

    Of each direction the side is the one on which its largest weight is positive, so that equal features give equal
    drawings. None for fewer than three examples, two features, or where nothing varies.

    >>> found = projected(np.array([[0.0, 0.0], [2.0, 2.0], [4.0, 4.0]]))
    >>> [round(share, 6) for share in found.shares]
    [1.0, 0.0]
    """
    if features.ndim != 2 or min(features.shape[0] - 1, features.shape[1]) < 2 or not np.isfinite(features).all():
        return None
    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    _, strengths, directions = np.linalg.svd(centred, full_matrices=False)
    variances = strengths**2
    if not variances[0] > 0:
        return None
    axes = directions[:2]
    sides = np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])
    first, second = (variances[:2] / variances.sum()).tolist()
    return Projection(centred @ (axes * sides[:, np.newaxis]).T, (first, second))


def first_filters(model: keras.Model, graph: Graph) -> tuple[str, Array] | None:
    """Name and filters, (filters, height, width, 1 or 3) from 0 to 255, of the first convolution over an image.

    Gray in the middle is a weight of 0, of each filter the largest weight is white or black. At most 64. None where
    there is none, or where it has other channels than gray or red, green and blue, or looks at single pixels.
    """
    for node in graph.nodes:
        if node.op == "Conv2D" and not node.shares:
            kernel = np.asarray(keras.ops.convert_to_numpy(model.get_layer(node.name).kernel))
            height, width, channels, _ = kernel.shape
            if channels not in (1, 3) or height * width == 1:
                return None
            filters = np.moveaxis(kernel, -1, 0)[:MAX_FILTERS]
            reach = np.abs(filters).max(axis=(1, 2, 3), keepdims=True)
            return node.name, 127.5 + 127.5 * np.divide(filters, reach, out=np.zeros_like(filters), where=reach > 0)
    return None
