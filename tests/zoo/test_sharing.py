"""`share:` is one Keras layer called several times; what cannot share in Keras is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import specs
import zoo
from specs.analysis.memory import memory
from specs.diff import compare
from specs.errors import Mark
from specs.graph import Node
from specs.infer import INFER, ShapeError, weights
from specs.ops import OPS
from specs.tree import from_plain, plain
from tests.zoo.sequences import SEQUENCES, inputs_of
from tests.zoo.spatial import SPATIAL, shapes_for
from tests.zoo.strategies import ARGUMENTS
from tests.zoo.test_graphs import assert_equals_keras
from tests.zoo.unallocated import unallocated
from zoo.backend import keras
from zoo.layers import call_layer, make_layer

VALID = Path(__file__).parents[1] / "valid" / "shared_weights.yaml"


def _images() -> dict[str, Any]:
    random = np.random.default_rng(0)
    return {
        "left": random.normal(size=(2, 8, 8, 1)).astype("float32"),
        "right": random.normal(size=(2, 12, 10, 1)).astype("float32"),
    }


def test_shared_layers_are_one_layer_in_keras() -> None:
    assert_equals_keras(specs.lower(specs.load(VALID)))


SIAMESE = """
name: siamese
inputs: {left: {shape: [6]}, right: {shape: [6]}}
body:
  - Dense: {units: 5, activation: tanh}
    from: left
    name: one
  - Dense: {units: 5, activation: tanh}
    from: right
    share: one
    name: other
  - Subtract: {}
    from: [one, other]
  - Dense: {units: 1}
"""


def test_a_siamese_model_is_the_one_that_is_written_by_hand(spec: Any) -> None:
    ours = zoo.build(spec(SIAMESE))
    left, right = keras.Input((6,), name="left"), keras.Input((6,), name="right")
    encoder = keras.layers.Dense(5, activation="tanh")
    out = keras.layers.Dense(1)(keras.layers.Subtract()([encoder(left), encoder(right)]))
    theirs = keras.Model({"left": left, "right": right}, out)
    assert ours.count_params() == theirs.count_params() == specs.lower(spec(SIAMESE)).params == 6 * 5 + 5 + 5 + 1
    theirs.set_weights(ours.get_weights())
    given = {"left": np.ones((2, 6), "float32"), "right": np.arange(12, dtype="float32").reshape(2, 6)}
    np.testing.assert_array_equal(ours(given), theirs(given))
    assert not np.allclose(ours(given), 0)
    equal = {"left": given["left"], "right": given["left"]}
    np.testing.assert_array_equal(keras.Model(ours.inputs, ours.get_layer("subtract1").output)(equal), 0)


def test_training_moves_the_weights_in_every_place(tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    model = zoo.build(str(VALID))
    model.compile("sgd", "binary_crossentropy")
    before = keras.ops.convert_to_numpy(model.get_layer("refine").kernel).copy()
    model.train_on_batch(_images(), np.ones((2, 1)))
    assert not np.array_equal(before, model.get_layer("refine").kernel)
    model.save(tmp_path / "shared.keras")
    again = keras.saving.load_model(tmp_path / "shared.keras")
    assert again.count_params() == model.count_params()
    np.testing.assert_array_equal(again(_images()), model(_images()))


def test_memory_counts_weights_once_and_every_activation() -> None:
    once = _chain({"Dense": {"units": 4}, "name": "a"})
    twice = _chain({"Dense": {"units": 4}, "name": "a"}, {"share": "a"})
    one, other = memory(once), memory(twice)
    assert (one.weights, one.gradients, one.optimizer) == (other.weights, other.gradients, other.optimizer)
    assert one.activations is not None and other.activations is not None
    # The input of the second call is read by the backward pass of a weight that the first call is trained by.
    assert other.activations == one.activations + 32 * 4 * 4


def _chain(*steps: Any) -> specs.Graph:
    return specs.lower(specs.loads(json.dumps({"name": "chain", "input": {"shape": [4]}, "body": steps})))


def test_dumped_and_read_again_it_shares_as_before(spec: Any) -> None:
    document = specs.load(VALID)
    assert specs.lower(specs.loads(specs.dump(document))).params == specs.lower(document).params


def test_a_chain_of_sharing_ends_at_the_first() -> None:
    steps = [{"Dense": {"units": 4}, "name": "a"}, {"share": "a", "name": "b"}, {"share": "b", "name": "c"}]
    assert [node.shares for node in _chain(*steps).nodes] == [None, None, "a", "a"]


def test_sharing_is_a_difference() -> None:
    texts = [{"Dense": {"units": 4}, "name": "a"}, {"Dense": {"units": 4}, "name": "b"}]
    apart, tied = (
        specs.loads(json.dumps({"name": "t", "input": {"shape": [4]}, "body": body}))
        for body in (texts, [texts[0], {**texts[1], "share": "a"}])
    )
    found = compare(apart, tied)
    assert not found.equal
    assert [dict(each.arguments) for each in found.changed] == [{"share": (None, "a")}]


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, Any], list[list[int | None]], list[list[int | None]]]:
    """A layer with weights, and the inputs of two calls of it."""
    op = draw(st.sampled_from(sorted(WEIGHTED)))
    inputs = inputs_of(op) if op in SEQUENCES else shapes_for(op).map(lambda shape: [shape])
    arguments = {**ARGUMENTS, **SEQUENCES, **SPATIAL}[op]
    return op, draw(arguments), draw(inputs), draw(inputs)


WEIGHTED = (weights.ANY_RANK | weights.ANY_INPUT | weights.ALONG_AXIS | weights.ATTENDING | weights.LAST_AXIS) | {
    "PReLU",
    "Bidirectional",
    "TimeDistributed",
    "SpectralNormalization",
}

STRICTER = {
    "LayerNormalization": "Keras takes another number of axes where they are counted from the end: other data",
    "Normalization": "Keras takes another number of axes where they are counted from the end: other data",
    "RMSNormalization": "as LayerNormalization",
    "GroupQueryAttention": "Keras' einsum reads the batch's numbers on as if they were of the other size",
    "MultiHeadAttention": "as GroupQueryAttention",
}
UNCHECKED_RANK = {
    "BatchNormalization": "TimeDistributed goes past its check of ranks; in training that fails",
    "GroupNormalization": "TimeDistributed goes past the layer's check of ranks",
}
"""Layers inside a TimeDistributed that Keras calls on inputs of another rank."""


def _stricter(op: str, args: Any, first: Any, second: Any) -> bool:
    """Whether we refuse two calls for a reason of our own."""
    if op != "TimeDistributed":
        return op in STRICTER
    other_rank = len(first[0]) != len(second[0])
    return args.layer.op in STRICTER or (other_rank and args.layer.op in UNCHECKED_RANK)


@pytest.mark.filterwarnings("ignore")  # of a softmax over one position
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls())
def test_a_layer_is_shared_where_keras_calls_it_again(drawn: Any) -> None:
    op, written, first, second = drawn
    try:
        args = OPS[op].model_validate(plain(from_plain(written, Mark("", 1, 1), "")))
        found = [INFER[op](args, *map(tuple, shapes)) for shapes in (first, second)]
    except (ValidationError, ShapeError):
        assume(False)
    assume(found[0].trainable + found[0].non_trainable)
    ours = [weights.weight_sizes(op, args, *map(tuple, shapes)) for shapes in (first, second)]
    if ours[0] == ours[1]:
        with unallocated():
            layer = make_layer("layer", op, args)
            for shapes, inferred in zip((first, second), found, strict=True):
                out = call_layer(layer, op, args, [keras.Input(tuple(shape)) for shape in shapes])
                assert out.shape[1:] == inferred.output_shape
    elif not _stricter(op, args, first, second):
        # TensorFlow's softmax on a CPU takes five axes at most.
        assume(all(len(shape) <= 3 for shape in (*first, *second)) or op != "AdditiveAttention")
        layer = make_layer("layer", op, args)
        call_layer(layer, op, args, _zeros(first))
        # Where numbers decide: Keras' symbolic call of a recurrent layer looks at no kernel.
        with pytest.raises(Exception):  # noqa: B017  # Keras and TensorFlow refuse with errors of many types
            call_layer(layer, op, args, _zeros(second))


def _zeros(shapes: list[list[int | None]]) -> list[Any]:
    """Numbers in place of the inputs; a size that is open is what another input has there."""

    def size(axis: int) -> int:
        return next((shape[axis] for shape in shapes if axis < len(shape) and shape[axis] is not None), None) or 12

    whole = [[size(axis) if one is None else one for axis, one in enumerate(shape)] for shape in shapes]
    return [np.zeros((2, *shape), "float32") for shape in whole]


def test_every_layer_with_weights_says_what_they_depend_on() -> None:
    """None falls into the default, which asks for equal inputs."""
    nodes: list[Node] = []
    for path in (*VALID.parent.glob("*.yaml"), *specs.shipped().values()):
        nodes += specs.lower(specs.load(path)).nodes
    assert {node.op for node in nodes if node.params} <= WEIGHTED
