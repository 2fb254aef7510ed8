"""The law of the checker: what it infers of any spec is what Keras builds of it.

`GRAPHS=10000 pytest tests/zoo/test_random_specs.py` tries more of them; docs/results has what that gave.
"""

import math
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import specs
from specs.graph import Graph, Node
from tests.zoo.random_specs import texts
from tests.zoo.test_graphs import assert_equals_keras
from zoo.backend import keras

GRAPHS = int(os.environ.get("GRAPHS", "1000"))


@pytest.mark.filterwarnings("ignore")  # of masks that a layer does not pass on, of a softmax over one value
@settings(max_examples=GRAPHS, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts())
def test_random_spec_is_inferred_as_keras_builds_it(text: str) -> None:
    graph = specs.lower(specs.loads(text))
    assert_counts_like(assert_equals_keras(graph), graph)


POSITIONED = frozenset({"Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D", "Dense", "Maxout"})
SEPARABLE = frozenset({"SeparableConv1D", "SeparableConv2D"})
TRANSPOSED = frozenset({"Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"})
RECURRENT = frozenset({"SimpleRNN", "LSTM", "GRU"})


def assert_counts_like(model: keras.Model, graph: Graph) -> None:
    """Multiply-accumulates from the kernels that Keras made: each number of one is used at every position."""
    for node in graph.nodes:
        if node.inputs and node.macs is not None:
            layer = model.get_layer(node.shares or node.name)
            counted = _macs(node, layer, graph.node(node.inputs[0]).output_shape)
            assert counted in (None, node.macs), f"{node.name}: {counted} from the kernels, {node.macs} inferred"


def _macs(node: Node, layer: Any, before: tuple[int | None, ...]) -> int | None:
    """What the kernels say; None for layers whose count does not follow from them alone."""
    if node.op in POSITIONED:
        # The positions of a convolution are those of its output, of a dense layer all but the last axis.
        return _size(layer.kernel) * _positions(node.output_shape[:-1])
    if node.op in SEPARABLE:
        return (_size(layer.depthwise_kernel) + _size(layer.pointwise_kernel)) * _positions(node.output_shape[:-1])
    if node.op in TRANSPOSED:
        return _size(layer.kernel) * _positions(before[:-1])
    if node.op in RECURRENT:
        return (_size(layer.cell.kernel) + _size(layer.cell.recurrent_kernel)) * _positions(before[:1])
    return None if node.params or node.shares or node.op in ("Attention", "AdditiveAttention", "Dot") else 0


def _size(kernel: Any) -> int:
    return math.prod(kernel.shape)


def _positions(sizes: tuple[int | None, ...]) -> int:
    return math.prod(size or 0 for size in sizes)


def test_of_the_random_specs_few_are_trivial() -> None:
    """Steps that do not fit are taken out: what is left has to be worth building."""
    found: list[Graph] = []

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(texts())
    def collect(text: str) -> None:
        found.append(specs.lower(specs.loads(text)))

    collect()
    nodes = [node for graph in found for node in graph.nodes]
    assert len(nodes) >= 4 * len(found)
    assert len({node.op for node in nodes}) >= 20
    assert any(node.shares for node in nodes)
    assert any(len(graph.inputs) > 1 for graph in found)
    assert any(len(graph.outputs) > 1 for graph in found)
