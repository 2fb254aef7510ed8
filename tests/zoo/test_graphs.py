"""What `specs` infers is what Keras builds: shapes and weights of shipped models and of random graphs."""

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import specs
import zoo
from specs.errors import Mark
from specs.graph import Graph
from specs.infer import INFER, ShapeError
from specs.ops import OPS
from specs.tree import from_plain, plain
from tests.zoo.strategies import combined, layers, steps
from zoo.backend import keras
from zoo.layers import LAYERS, make_layer


def assert_equals_keras(graph: Graph) -> None:
    """Every node's output shape and weights, and the totals, are those of the layers that Keras made."""
    with keras.StatelessScope(initialize_variables=False):
        model = zoo.build(graph)
    assert {layer.name for layer in model.layers} == {node.name for node in graph.nodes}
    for node in graph.nodes:
        layer = model.get_layer(node.name)
        found = layer.output.shape[1:]
        assert tuple(found) == node.output_shape, f"{node.name}: {found} in Keras, {node.output_shape} inferred"
        assert _count(layer.trainable_weights) == node.trainable, node.name
        assert _count(layer.non_trainable_weights) == node.non_trainable, node.name
    assert model.count_params() == graph.params


def _count(weights: list[Any]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


@pytest.mark.parametrize("name", specs.shipped())
def test_shipped_model_is_inferred_as_keras_builds_it(name: str) -> None:
    assert_equals_keras(specs.lower(specs.load(name)))


@pytest.mark.parametrize(
    ("name", "original"),
    [("resnet50", "ResNet50"), ("inception_v3", "InceptionV3"), ("densenet121", "DenseNet121")],
)
def test_full_size_model_has_the_weights_of_keras_applications(name: str, original: str) -> None:
    with keras.StatelessScope(initialize_variables=False):
        ours = zoo.build(name)
        theirs = getattr(keras.applications, original)(weights=None)
    assert ours.count_params() == theirs.count_params()
    assert sorted(tuple(w.shape) for w in ours.weights) == sorted(tuple(w.shape) for w in theirs.weights)
    ours_kinds = sorted(type(layer).__name__ for layer in ours.layers if layer.weights)
    assert ours_kinds == sorted(type(layer).__name__ for layer in theirs.layers if layer.weights)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A random graph that the checker accepts: of the steps that are drawn, those that fit are kept."""
    size = st.one_of(st.none(), st.integers(1, 9))
    document: dict[str, Any] = {
        "name": "random",
        "input": {"shape": draw(st.tuples(size, size, st.integers(1, 4)).map(list) | st.just([8]))},
        "body": [{"Rescaling": {"scale": 0.5}}],
    }
    for step in draw(st.lists(steps | combined(steps), min_size=4, max_size=10)):
        longer = {**document, "body": [*document["body"], step]}
        with contextlib.suppress(specs.SpecError):
            specs.loads(json.dumps(longer))
            document = longer
    return specs.lower(specs.loads(json.dumps(document)))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs())
def test_random_graph_is_inferred_as_keras_builds_it(graph: Graph) -> None:
    assert_equals_keras(graph)


STRICTER = (
    "is the batch axis",
    "hold one twice",
    "is outside the input",
    "needs a list of codes",
    "one text",
    "single code",
)
"""What Keras takes when it builds and what makes no sense or fails when it runs: we refuse it."""
UNSEEING = ("Resizing", "CenterCrop")
"""Layers whose shape function in Keras looks at no shape, so that what is no image fails when the model runs."""

sizes = st.none() | st.integers(1, 7)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(layers, st.lists(sizes, min_size=0, max_size=2) | st.tuples(sizes, sizes, sizes).map(list))
def test_keras_refuses_what_is_refused_and_takes_what_is_taken(step: dict[str, Any], shape: list[int | None]) -> None:
    ((op, written),) = step.items()
    try:
        args = OPS[op].model_validate(plain(from_plain(written, Mark("", 1, 1), "")))
    except ValidationError:
        with pytest.raises((ValueError, TypeError)):
            LAYERS[op](**written)
        return
    with keras.StatelessScope(initialize_variables=False):
        tensor = keras.Input(tuple(shape))
        try:
            found = INFER[op](args, tuple(shape))
        except ShapeError as error:
            if op in UNSEEING or any(words in str(error) for words in STRICTER):
                return
            with pytest.raises(Exception):  # noqa: B017  # Keras and TensorFlow refuse with errors of many types
                make_layer("layer", op, args)(tensor)
        else:
            assert make_layer("layer", op, args)(tensor).shape[1:] == found.output_shape
