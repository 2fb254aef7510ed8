"""Graph → keras.Model: one node becomes one layer with the node's name. Nothing about the architecture is decided."""

import contextlib
from collections.abc import Iterator
from typing import Any

from specs.graph import Graph, Node
from zoo.backend import keras
from zoo.layers import call_layer, make_layer
from zoo.sources import Source, as_graph


def build(source: Source | Graph, **params: Any) -> keras.Model:
    """The functional Keras model of a shipped name, a spec's path, a document or a graph.

    Layers carry the names of the graph's nodes. One input is a tensor of shape (batch, *shape), several are a dict
    by input name; one output is a tensor, several are a dict by output name. Weights are freshly initialised; call
    `keras.utils.set_random_seed` before to have the same ones again.

    Raises `specs.errors.SpecError` where the spec is wrong.
    """
    graph = as_graph(source, params)
    tensors: dict[str, Any] = {}
    for node in graph.nodes:
        with _named_in_errors(node):
            tensors[node.name] = _call(node, tensors)
    inputs = {name: tensors[name] for name in graph.inputs}
    outputs = {name: tensors[output.node] for name, output in graph.outputs.items()}
    return keras.Model(one_or_all(inputs), one_or_all(outputs), name=graph.name)


def one_or_all(named: dict[str, Any]) -> Any:
    """The only value, or the mapping where there are several.

    >>> one_or_all({"image": 1}), one_or_all({"left": 1, "right": 2})
    (1, {'left': 1, 'right': 2})
    """
    return next(iter(named.values())) if len(named) == 1 else named


def _call(node: Node, tensors: dict[str, Any]) -> Any:
    layer = make_layer(node.name, node.op, node.args)
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
