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
from specs.step import LAYERS
from specs.tree import from_plain, plain
from zoo.backend import keras
from zoo.layers import make_layer

KINDS = ("standard", "depthwise", "separable", "transposed")
ORDERS = ("conv-norm-act", "conv-act-norm", "norm-act-conv")
NORMS = ("batch", "layer", "instance", "none")

small = st.integers(1, 4)
pairs = st.one_of(small, st.tuples(small, small).map(list))
booleans = st.booleans()
paddings = st.sampled_from(["valid", "same"])


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
def _window(draw: st.DrawFn) -> dict[str, Any]:
    found = {"kernel_size": draw(pairs), "padding": draw(paddings), "use_bias": draw(booleans)}
    found[draw(st.sampled_from(["strides", "dilation_rate"]))] = draw(st.integers(1, 3))
    return found


def _convolutions() -> st.SearchStrategy[dict[str, Any]]:
    filters = st.sampled_from([2, 4, 6])
    return st.one_of(
        st.builds(lambda w, f, g: {"Conv2D": {**w, "filters": f, "groups": g}}, _window(), filters, st.integers(1, 2)),
        st.builds(lambda w, f: {"Conv2DTranspose": {**w, "filters": f}}, _window(), filters),
        st.builds(lambda w, m: {"DepthwiseConv2D": {**w, "depth_multiplier": m}}, _window(), small),
        st.builds(
            lambda w, f, m: {"SeparableConv2D": {**w, "filters": f, "depth_multiplier": m}}, _window(), filters, small
        ),
    )


def _units() -> st.SearchStrategy[dict[str, Any]]:
    def unit(window: dict[str, Any], kind: str, order: str, norm: str, filters: int) -> dict[str, Any]:
        given = {**window, "kind": kind, "order": order, "norm": norm}
        return {"conv": given if kind == "depthwise" else {**given, "filters": filters}}

    choices = [st.sampled_from(each) for each in (KINDS, ORDERS, NORMS)]
    return st.builds(unit, _window(), *choices, st.sampled_from([2, 4]))


def _plain() -> st.SearchStrategy[dict[str, Any]]:
    axes = st.sampled_from([-1, 1, 2, 3])
    affine = {"center": booleans, "scale": booleans}
    rates = st.sampled_from([0.0, 0.3])
    pads = st.one_of(st.integers(0, 2), st.tuples(st.integers(0, 2), st.integers(0, 2)).map(list))
    pool = st.fixed_dictionaries({"pool_size": pairs, "padding": paddings, "strides": st.none() | small})
    keepdims = st.fixed_dictionaries({"keepdims": booleans})
    arguments: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        "Dense": st.fixed_dictionaries({"units": small, "use_bias": booleans}),
        "Flatten": st.just({}),
        "Reshape": st.fixed_dictionaries({"target_shape": st.sampled_from([[-1], [2, -1], [-1, 1, 2], [4, -1, 2]])}),
        "ZeroPadding2D": st.fixed_dictionaries({"padding": pads}),
        "Rescaling": st.just({"scale": 0.5, "offset": 1.0}),
        "Dropout": st.fixed_dictionaries({"rate": rates}),
        "SpatialDropout2D": st.fixed_dictionaries({"rate": rates}),
        "MaxPooling2D": pool,
        "AveragePooling2D": pool,
        "GlobalAveragePooling2D": keepdims,
        "GlobalMaxPooling2D": keepdims,
        "BatchNormalization": st.fixed_dictionaries({"axis": axes, **affine}),
        "LayerNormalization": st.fixed_dictionaries({"axis": axes | st.just([1, -1]), **affine}),
        "GroupNormalization": st.fixed_dictionaries({"groups": st.sampled_from([-1, 1, 2]), "axis": axes, **affine}),
        "UnitNormalization": st.fixed_dictionaries({"axis": axes}),
        "Activation": st.sampled_from(["relu", "silu", "softmax"]).map(lambda name: {"activation": name}),
        "ReLU": st.just({"max_value": 6.0}),
        "LeakyReLU": st.just({}),
        "PReLU": st.sampled_from([{}, {"shared_axes": [1, 2]}, {"shared_axes": [1]}]),
        "ELU": st.just({"alpha": 0.5}),
        "Softmax": st.fixed_dictionaries({"axis": axes}),
    }
    assert set(arguments) | {"Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D"} | {
        "Add", "Multiply", "Average", "Maximum", "Concatenate",
    } == set(LAYERS)  # fmt: skip
    return st.one_of(*(given.map(lambda a, op=op: {op: a}) for op, given in arguments.items()))  # type: ignore[misc]


layers = st.one_of(_convolutions(), _plain())
steps = st.one_of(layers, _units())


def _combined(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    bodies = st.lists(inner, min_size=1, max_size=2)
    merges = st.sampled_from(["concatenate", "add", "multiply", "average", "maximum"])
    shortcuts = st.sampled_from(["identity", "projection", "auto"])
    tails = {"scale": st.sampled_from([1.0, 0.5]), "drop_path": st.sampled_from([0.0, 0.2])}
    return st.one_of(
        st.fixed_dictionaries({"branches": st.lists(bodies, min_size=2, max_size=3), "merge": merges}).map(
            lambda a: {"parallel": a}
        ),
        st.fixed_dictionaries({"body": bodies, "shortcut": shortcuts, **tails}).map(lambda a: {"residual": a}),
        st.fixed_dictionaries({"body": bodies, "repeat": st.integers(1, 2)}).map(lambda a: {"dense": a}),
    )


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A random graph that the checker accepts: of the steps that are drawn, those that fit are kept."""
    size = st.one_of(st.none(), st.integers(1, 9))
    document: dict[str, Any] = {
        "name": "random",
        "input": {"shape": draw(st.tuples(size, size, st.integers(1, 4)).map(list) | st.just([8]))},
        "body": [{"Rescaling": {"scale": 0.5}}],
    }
    for step in draw(st.lists(steps | _combined(steps), min_size=4, max_size=10)):
        longer = {**document, "body": [*document["body"], step]}
        with contextlib.suppress(specs.SpecError):
            specs.loads(json.dumps(longer))
            document = longer
    return specs.lower(specs.loads(json.dumps(document)))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs())
def test_random_graph_is_inferred_as_keras_builds_it(graph: Graph) -> None:
    assert_equals_keras(graph)


STRICTER = ("is the batch axis", "hold one twice", "is outside the input")
"""What Keras takes when it builds and what makes no sense or fails when it runs: we refuse it."""

sizes = st.none() | st.integers(1, 7)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(layers, st.lists(sizes, min_size=1, max_size=2) | st.tuples(sizes, sizes, sizes).map(list))
def test_keras_refuses_what_is_refused_and_takes_what_is_taken(step: dict[str, Any], shape: list[int | None]) -> None:
    ((op, written),) = step.items()
    try:
        args = OPS[op].model_validate(plain(from_plain(written, Mark("", 1, 1), "")))
    except ValidationError:
        with pytest.raises((ValueError, TypeError)):
            getattr(keras.layers, op)(**written)
        return
    with keras.StatelessScope(initialize_variables=False):
        tensor = keras.Input(tuple(shape))
        try:
            found = INFER[op](args, tuple(shape))
        except ShapeError as error:
            if any(words in str(error) for words in STRICTER):
                return
            with pytest.raises(Exception):  # noqa: B017  # Keras and TensorFlow refuse with errors of many types
                make_layer("layer", op, args)(tensor)
        else:
            assert make_layer("layer", op, args)(tensor).shape[1:] == found.output_shape
