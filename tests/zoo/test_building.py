"""Graph → keras.Model."""

from collections.abc import Callable

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from specs.errors import Mark
from specs.graph import Graph, Node, Output
from specs.ops.core import Dense, InputLayer
from specs.ops.merge import Add
from zoo.backend import keras

MARK = Mark("hand.yaml", 7, 1)


def _node(name: str, op: str, args: specs.ops.Op, *inputs: str) -> Node:
    return Node(name, op, args, inputs, (4,), 0, 0, 0, MARK)


def test_one_node_is_one_layer_of_its_name(tiny: Document) -> None:
    graph, model = specs.lower(tiny), zoo.build(tiny)
    assert [layer.name for layer in model.layers] == [node.name for node in graph.nodes]
    assert [layer.count_params() for layer in model.layers] == [node.params for node in graph.nodes]
    assert model.name == "tiny"
    assert model.output.shape == (None, *next(iter(graph.output_shapes().values())))


def test_params_reach_the_layers(tiny: Document) -> None:
    assert zoo.build(tiny, units=5).count_params() == 64 * 5 + 5 + 5 * 10 + 10


def test_a_shipped_name_and_a_graph_give_the_same_model() -> None:
    by_name, by_graph = zoo.build("digits_mlp"), zoo.build(specs.lower(specs.load("digits_mlp")))
    assert by_name.get_config().keys() == by_graph.get_config().keys()
    assert by_name.count_params() == by_graph.count_params() == specs.lower(specs.load("digits_mlp")).params


def test_a_graph_takes_no_params(tiny: Document) -> None:
    with pytest.raises(TypeError, match="a Graph takes no params"):
        zoo.build(specs.lower(tiny), units=3)


def test_several_inputs_and_outputs_go_by_name() -> None:
    nodes = (
        _node("left", "InputLayer", InputLayer(shape=(4,))),
        _node("right", "InputLayer", InputLayer(shape=(4,), dtype="int32")),
        _node("sum", "Add", Add(), "left", "left"),
        _node("alone", "Add", Add(), "sum"),
        _node("head", "Dense", Dense(units=2), "alone"),
        _node("side", "Dense", Dense(units=3), "right"),
    )
    outputs = {"b": Output("head"), "a": Output("side"), "same": Output("head")}
    model = zoo.build(Graph("hand", nodes, ("right", "left"), outputs))
    answers = model({"left": np.ones((5, 4), np.float32), "right": np.ones((5, 4), np.int32)})
    assert {name: tuple(value.shape) for name, value in answers.items()} == {"a": (5, 3), "b": (5, 2), "same": (5, 2)}
    np.testing.assert_array_equal(answers["b"], answers["same"])


def test_a_failure_in_keras_names_the_node() -> None:
    nodes = (_node("input", "InputLayer", InputLayer(shape=())), _node("head", "Dense", Dense(units=2), "input"))
    with pytest.raises(ValueError, match=r".") as caught:
        zoo.build(Graph("hand", nodes, ("input",), {"output": Output("head")}))
    assert caught.value.__notes__ == ["while building node head (hand.yaml:7)"]


def test_channels_are_last_whatever_keras_json_says(spec: Callable[[str], Document]) -> None:
    document = spec("name: conv\ninput: {shape: [6, 5, 2]}\nbody: [Conv2D: {filters: 3, kernel_size: 2}, Flatten]\n")
    keras.config.set_image_data_format("channels_first")
    try:
        assert zoo.build(document).output.shape == (None, 5 * 4 * 3)
    finally:
        keras.config.set_image_data_format("channels_last")
