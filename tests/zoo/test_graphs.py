"""What `specs` infers is what Keras builds: shapes and weights of shipped models and of single random layers."""

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
from specs.infer import INFER, MERGING, Shape, ShapeError
from specs.ops import OPS, Op
from specs.tree import from_plain, plain
from tests.zoo.spatial import shapes_for
from tests.zoo.strategies import layers
from tests.zoo.unallocated import unallocated
from zoo.backend import keras
from zoo.layers import LAYERS, make_layer


def assert_equals_keras(graph: Graph) -> keras.Model:
    """Every node's output shape and weights, and the totals, are those of the layers of the model that Keras made."""
    with unallocated():
        model = zoo.build(graph)
    assert {layer.name for layer in model.layers} == {node.name for node in graph.nodes if node.shares is None}
    calls = {layer.name: iter(layer._inbound_nodes) for layer in model.layers}
    for node in graph.nodes:
        layer = model.get_layer(node.shares or node.name)
        (out,) = next(calls[layer.name]).outputs
        assert tuple(out.shape[1:]) == node.output_shape, f"{node.name}: {out.shape} in Keras, {node.output_shape} ours"
        if node.shares is not None:
            assert node.params == 0, "counted where they are first"
            continue
        assert _count(layer.trainable_weights) == node.trainable, node.name
        assert _count(layer.non_trainable_weights) == node.non_trainable, node.name
    assert model.count_params() == graph.params
    return model


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
    with unallocated():
        ours = zoo.build(name)
        theirs = getattr(keras.applications, original)(weights=None)
    assert ours.count_params() == theirs.count_params()
    assert sorted(tuple(w.shape) for w in ours.weights) == sorted(tuple(w.shape) for w in theirs.weights)
    ours_kinds = sorted(type(layer).__name__ for layer in ours.layers if layer.weights)
    assert ours_kinds == sorted(type(layer).__name__ for layer in theirs.layers if layer.weights)


STRICTER = (
    ("", "is the batch axis", "Keras mixes the examples of a batch"),
    ("", "hold one twice", "Keras normalises twice"),
    ("", "is outside the input", "Keras fails when it runs"),
    ("", "must be equal in height and width", "tf.nn.depthwise_conv2d asks for it, though its CPU kernel does not"),
    ("", "differ in their number of axes", "Keras adds axes in front, which is rarely meant"),
    ("Conv", "for a window of even size with padding same", "TensorFlow fails when it runs, as no convolution fits"),
    ("Adaptive", "needs", "Keras builds on any input, and fails, or pools another way, when it runs"),
    ("Adaptive", "Keras cannot pool", "Keras fails when it runs"),
    ("", "needs a list of codes", "Keras fails when it runs"),
    ("", "one text", "Keras fails when it runs"),
    ("", "single code", "Keras fails when it runs"),
    ("Resizing", "", "Keras' shape function looks at no shape; what is no image fails when it runs"),
    ("CenterCrop", "", "as Resizing"),
    ("ChannelS", "", "ours says its output's shape without looking at the input's; it fails when it runs"),
    ("LocalResponse", "known number", "as ChannelShuffle"),
    ("FillMissing", "", "as ChannelShuffle"),
    ("Random", "", "as Resizing"),
    ("Masking", "needs time steps with values", "Keras masks examples of the batch"),
)
"""What Keras takes when it builds and what makes no sense or fails when it runs: layer, refusal, reason."""

UNREAD = (
    ("RandomFlip", "mode", ("sideways",), "Keras reads a mode that it does not know when it runs, as no mirroring"),
    (
        "StringLookup",
        "vocabulary",
        (None,),
        "Keras measures one of any size; how large it may be has to be known before",
    ),
    ("IntegerLookup", "vocabulary", (None,), "as StringLookup"),
    ("TextVectorization", "vocabulary", (None,), "as StringLookup"),
)
"""Values that Keras takes when it makes a layer and that mean nothing: layer, argument, values, what comes of it."""

drawn = layers.flatmap(lambda step: st.tuples(st.just(step), shapes_for(next(iter(step)))))


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn)
def test_keras_refuses_what_is_refused_and_takes_what_is_taken(
    drawn: tuple[dict[str, Any], list[int | None]],
) -> None:
    step, shape = drawn
    ((op, written),) = step.items()
    try:
        args = OPS[op].model_validate(plain(from_plain(written, Mark("", 1, 1), "")))
    except ValidationError:
        if any(op == layer and written.get(name) in values for layer, name, values, _ in UNREAD):
            return
        with pytest.raises((ValueError, TypeError, NotImplementedError)):
            LAYERS[op](**written)
        return
    assert_of_one_mind(op, args, tuple(shape))


def assert_of_one_mind(op: str, args: Op, *shapes: Shape) -> None:
    """Keras takes the inputs that we take, with the same shape and weights, and refuses those that we refuse."""
    with unallocated():
        tensors = [keras.Input(shape) for shape in shapes]
        given = tensors if op in MERGING else tensors[0]
        try:
            found = INFER[op](args, *shapes)
        except ShapeError as error:
            if any(op.startswith(kind) and words in str(error) for kind, words, _ in STRICTER):
                return
            with pytest.raises(Exception):  # noqa: B017  # Keras and TensorFlow refuse with errors of many types
                make_layer("layer", op, args)(given)
        else:
            layer = make_layer("layer", op, args)
            assert layer(given).shape[1:] == found.output_shape
            assert _count(layer.trainable_weights) == found.trainable
            assert _count(layer.non_trainable_weights) == found.non_trainable
