"""Measures on the training part what layers need before training: means, vocabularies, boundaries of intervals.

What was measured becomes part of the spec, under `adapted:` by the name of the layer. So a run's spec says all of what
its model computes, and a model is built the same way from it at any time.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import specs
from specs.document import Document
from specs.errors import DataError
from specs.graph import Graph, Node, Output
from specs.measured import to_measure
from zoo.backend import keras
from zoo.building import check_backend, model_of, one_or_all, typed
from zoo.data.dataset import Array, Part
from zoo.layers import make_layer
from zoo.weights import inherited

Values = dict[str, Any]
Batches = Callable[[], Iterator[Array]]
"""What a layer is given, batch by batch; it can be asked for again."""


def adapted(document: Document, part: Part, batch_size: int) -> Document:
    """The document with everything in it that was to be measured; the same document where that is nothing.

    Layers are measured in the order of the graph, each on what the layers before it give of the part. Values of a run
    that the document starts from are taken from there, and a Normalization whose values come with other weights is
    left to these. Raises `UserError` as `zoo.building.check_backend` does.
    """
    document = inherited(document)
    graph = specs.lower(document)
    check_backend(graph)
    nodes = [node for node in to_measure(graph) if not (document.weights and node.op == "Normalization")]
    if not nodes:
        return document
    return specs.with_adapted(document, measured(graph, nodes, part, batch_size))


def measured(graph: Graph, nodes: Sequence[Node], part: Part, batch_size: int) -> dict[str, Values]:
    """The values of these nodes, by name, beside those that the graph has already."""
    values: dict[str, Values] = {name: dict(each) for name, each in graph.adapted.items()}
    for node in nodes:
        known = replace(graph, adapted=values)
        values[node.name] = MEASURES[node.op](node, _given(known, node, part, batch_size))
    return values


def _given(graph: Graph, node: Node, part: Part, batch_size: int) -> Batches:
    """What the node is given of the part."""
    source = node.inputs[0]
    before = graph.ending_in({"before": Output(source)})
    model = None if source in graph.inputs else model_of(before)
    starts = range(0, len(part), batch_size)

    def batches() -> Iterator[Array]:
        for start in starts:
            x = part.take(np.arange(start, min(start + batch_size, len(part)))).x
            yield x[source] if model is None else _computed(model, graph, x)

    return batches


def _computed(model: keras.Model, graph: Graph, x: Mapping[str, Array]) -> Array:
    inputs = {name: typed(graph, name, array) for name, array in x.items()}
    return np.asarray(keras.ops.convert_to_numpy(model(one_or_all(inputs), training=False)))


class _Measure(Protocol):
    def __call__(self, node: Node, batches: Batches) -> Values: ...


def _mean_and_variance(node: Node, batches: Batches) -> Values:
    """Of every position along the axes, in float64; gaps do not count."""
    axes = tuple(getattr(node.args, "axis"))  # noqa: B009  # a Normalization's
    _, mean, variance = _moments(batches, axes)
    return {"mean": _plain(mean, node), "variance": _plain(variance, node)}


def _means(node: Node, batches: Batches) -> Values:
    """The mean of each column over what is known of it."""
    return {"values": _plain(_moments(batches, (-1,))[1], node)}


def _moments(batches: Batches, axes: Sequence[int]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Count, mean and variance of what is no gap, of the batches together (Chan, Golub and LeVeque 1979)."""
    count, mean, squares = np.zeros(()), np.zeros(()), np.zeros(())
    for batch in batches():
        numbers = batch.astype(np.float64)
        kept = sorted(axis % numbers.ndim for axis in axes)
        rest = tuple(axis for axis in range(numbers.ndim) if axis not in kept)
        known = ~np.isnan(numbers)
        here = known.sum(axis=rest)
        own = np.where(known, numbers, 0).sum(axis=rest) / np.maximum(here, 1)
        around = np.expand_dims(own, rest)
        own_squares = np.where(known, (numbers - around) ** 2, 0).sum(axis=rest)
        total = np.maximum(count + here, 1)
        squares = squares + own_squares + (own - mean) ** 2 * count * here / total
        mean = mean + (own - mean) * here / total
        count = count + here
    return count, np.where(count, mean, math.nan), squares / np.maximum(count, 1)


def _plain(numbers: NDArray[Any], node: Node) -> tuple[float, ...]:
    """The numbers as float32 has them, in their shortest form."""
    flat = numbers.reshape(-1).astype(np.float32)
    if not np.isfinite(flat).all():
        index = int(np.flatnonzero(~np.isfinite(flat))[0])
        raise DataError(
            f"{node.name}: cannot be measured, for value {index + 1} of its input is not known in any example"
        )
    return tuple(float(str(number)) for number in flat)


def _boundaries(node: Node, batches: Batches) -> Values:
    """Quantiles. Where many examples are equal there are fewer of them, and the intervals left over lie above."""
    bins: int = getattr(node.args, "num_bins")  # noqa: B009  # a measured Discretization's
    numbers = np.concatenate([batch.reshape(-1) for batch in batches()]).astype(np.float64)
    found = np.unique(np.float32(np.nanquantile(numbers, np.arange(1, bins) / bins)))
    while len(found) < bins - 1:
        found = np.append(found, np.nextafter(max(found[-1], np.float32(np.nanmax(numbers))), np.float32(np.inf)))
    return {"bin_boundaries": _plain(found, node)}


def _vocabulary(node: Node, batches: Batches) -> Values:
    """The most frequent words as Keras counts them, and where they are weighted, how rare they are."""
    layer = make_layer(node.name, node.op, node.args)
    layer.adapt(_column(batch) for batch in batches())
    found = layer.get_vocabulary(include_special_tokens=False)
    words = tuple(str(word) if isinstance(word, str) else int(word) for word in found)
    if not words:
        raise DataError(f"{node.name}: finds no words in the training examples, so it has no vocabulary")
    if getattr(node.args, "output_mode", "") != "tf_idf":
        return {"vocabulary": words}
    return {"vocabulary": words, "idf_weights": _rarities(node, words, batches)}


def _rarities(node: Node, words: tuple[str | int, ...], batches: Batches) -> tuple[float, ...]:
    """log(1 + examples / (1 + examples with the word)), as Keras weights them."""
    update = {"vocabulary": words, "output_mode": "multi_hot", "pad_to_max_tokens": False, "max_tokens": None}
    layer = make_layer(node.name, node.op, node.args.model_copy(update=update))
    occurs, total = np.zeros(len(words)), 0
    for batch in batches():
        found = keras.ops.convert_to_numpy(layer(_column(batch)))
        occurs, total = occurs + found[:, -len(words) :].sum(axis=0), total + len(batch)
    return _plain(np.log(1 + total / (1 + occurs)), node)


def _column(batch: Array) -> Any:
    """Each example in a row of its own: Keras takes a single axis for one text."""
    array = batch.reshape(-1, 1) if batch.ndim == 1 else batch
    if array.dtype.kind in "iu":
        return array
    from zoo.backend import tensorflow

    return tensorflow.constant(array.tolist(), dtype="string")


MEASURES: Mapping[str, _Measure] = {
    "Normalization": _mean_and_variance,
    "FillMissing": _means,
    "Discretization": _boundaries,
    "StringLookup": _vocabulary,
    "IntegerLookup": _vocabulary,
    "TextVectorization": _vocabulary,
}
"""How each of `specs.measured.MEASURED` is measured; a test holds the two together."""
