"""Graph → keras.Model: one node becomes one layer with the node's name, or a further call of another node's layer.

Nothing about the architecture is decided here.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

import specs
from specs.cutting import with_features, without_top
from specs.errors import UserError
from specs.graph import Graph, Node
from specs.measured import with_values
from zoo.backend import keras
from zoo.layers import call_layer, make_layer
from zoo.sources import Source, as_document, as_graph
from zoo.weights import inherited, start_from


def build(
    source: Source | Graph,
    *,
    include_top: bool = True,
    features: Iterable[str] = (),
    weights: str | Path | None = None,
    **params: Any,
) -> keras.Model:
    """The functional Keras model of a shipped name, a spec's path, a document or a graph.

    Layers carry the names of the graph's nodes. One input is a tensor of shape (batch, *shape), several are a dict
    by input name; one output is a tensor, several are a dict by output name. Without `include_top` the model ends where
    its classifier begins; with `features` it has an output for each step, block or layer of these names instead.
    `weights` are those of `zoo.weights.start_from`: `imagenet`, a run, or a file; where None, those that the spec
    names. Otherwise they are freshly initialised; call `keras.utils.set_random_seed` before to have the same ones
    again. A graph names no weights.

    Raises `specs.errors.SpecError` where the spec is wrong, `UserError` where it has no such part or the weights cannot
    be had.
    """
    if isinstance(source, Graph):
        if not include_top or weights is not None:
            raise TypeError("a Graph has neither a top nor weights; give the document")
        graph, model = as_graph(source, params), model_of(source)
    else:
        document = inherited(as_document(source, params), weights)
        graph = specs.lower(document)
        model = model_of(graph)
        start_from(model, document, weights)
        graph = graph if include_top else without_top(graph, document.top)
    part = with_features(graph, features) if features else graph
    return model if include_top and part is graph else ending_in(model, part)


def model_of(graph: Graph) -> keras.Model:
    """The Keras model of a graph, with fresh weights; `UserError` as `check_backend` says."""
    check_backend(graph)
    tensors: dict[str, Any] = {}
    layers: dict[str, Any] = {}
    for node in graph.nodes:
        with _named_in_errors(node):
            layer = layers[node.shares] if node.shares else _layer(node, graph)
            layers[node.name], tensors[node.name] = layer, _call(layer, node, tensors)
            if node.op == "Normalization" and node.name in graph.adapted:
                _put(layer, graph.adapted[node.name])
    inputs = {name: tensors[name] for name in graph.inputs}
    outputs = {name: tensors[output.node] for name, output in graph.outputs.items()}
    return keras.Model(one_or_all(inputs), one_or_all(outputs), name=graph.name)


def _dtype(node: Node, graph: Graph) -> dict[str, str]:
    """Where layers compute in half precision, outputs are float32: their logarithms would not be exact enough."""
    policy = keras.config.dtype_policy()
    if policy.compute_dtype == policy.variable_dtype or hasattr(node.args, "dtype"):
        return {}
    return {"dtype": "float32"} if any(each.node == node.name for each in graph.outputs.values()) else {}


TENSORFLOW_ONLY = ("Hashing", "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization")
"""Layers that Keras computes by TensorFlow on any backend, and therefore in no compiled model of another."""


def check_backend(graph: Graph) -> None:
    """Raises `UserError` where only TensorFlow computes the model, and the backend is another."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return
    texts = [name for name in graph.inputs if getattr(graph.node(name).args, "dtype", "") == "string"]
    layers = [node for node in graph.nodes if node.op in TENSORFLOW_ONLY]
    if texts or layers:
        told = f"the input {texts[0]!r} is text" if texts else f"{layers[0].name!r} is {layers[0].op}"
        raise UserError(
            f"{graph.name}: {told}, which only TensorFlow computes: set KERAS_BACKEND=tensorflow (got {backend})"
        )


def served(model: keras.Model, graph: Graph) -> tuple[keras.Model, Graph]:
    """The model that was built from the graph, and the graph, without auxiliary outputs; the weights are shared."""
    kept = graph.served()
    return (model, graph) if kept.outputs == graph.outputs else (ending_in(model, kept), kept)


def ending_in(model: keras.Model, part: Graph) -> keras.Model:
    """The part of a model that has the outputs of that part of its graph; the weights are shared."""
    outputs = {name: model.get_layer(output.node).output for name, output in part.outputs.items()}
    return keras.Model(model.input, one_or_all(outputs), name=part.name)


def one_or_all(named: dict[str, Any]) -> Any:
    """The only value, or the mapping where there are several.

    >>> one_or_all({"image": 1}), one_or_all({"left": 1, "right": 2})
    (1, {'left': 1, 'right': 2})
    """
    return next(iter(named.values())) if len(named) == 1 else named


def typed(graph: Graph, name: str, array: NDArray[Any]) -> Any:
    """An array as a tensor of the type that the input takes."""
    dtype: str = getattr(graph.node(name).args, "dtype")  # noqa: B009  # an InputLayer's, by construction
    if dtype != "string":
        return keras.ops.convert_to_tensor(array.astype(dtype, copy=False))
    from zoo.backend import tensorflow

    return tensorflow.constant(array.tolist(), dtype="string")


def _layer(node: Node, graph: Graph) -> Any:
    values = graph.adapted.get(node.name)
    # A Normalization's are weights, which are there once it is built.
    args = node.args if values is None or node.op == "Normalization" else with_values(node.args, values)
    return make_layer(node.name, node.op, args, **_dtype(node, graph))


def _put(layer: Any, values: Mapping[str, Any]) -> None:
    """What was measured into the weights of a Normalization, which computes with a copy of them."""
    shape = layer.adapt_mean.shape
    layer.adapt_mean.assign(keras.ops.reshape(values["mean"], shape))
    layer.adapt_variance.assign(keras.ops.reshape(values["variance"], shape))
    layer.finalize_state()


def _call(layer: Any, node: Node, tensors: dict[str, Any]) -> Any:
    if not node.inputs:
        return layer.output
    return call_layer(layer, node.op, node.args, [tensors[name] for name in node.inputs])


@contextlib.contextmanager
def _named_in_errors(node: Node) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        error.add_note(f"while building node {node.name} ({node.mark.file}:{node.mark.line})")
        raise
