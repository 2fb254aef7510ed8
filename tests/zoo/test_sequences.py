"""Layers over sequences are inferred as Keras builds them, and refused where Keras refuses or fails when it runs."""

import contextlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import specs
import zoo
from specs.errors import Mark
from specs.infer import INFER, ShapeError
from specs.ops import OPS
from specs.tree import from_plain, plain
from tests.zoo.sequences import SEQUENCES, inputs_of
from tests.zoo.test_graphs import assert_equals_keras
from tests.zoo.unallocated import unallocated
from zoo.backend import keras, tensorflow
from zoo.layers import call_layer, make_layer

STRICTER = {
    "needs attention along axis 1 alone": "Keras makes the mask for that axis and lays it over others of equal size",
    "of the same number of axes": "Keras repeats what lacks an axis, which looks like attention and is none",
    "differ before their last two axes": "an axis of 1 beside another size: the same",
    "must be different axes": "in Keras the number after the last axis means the heads, which see each other then",
}
"""What Keras takes and we refuse: a part of our words, and why."""

Shape = tuple[int | None, ...]


def _count(weights: list[Any]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _called(op: str, args: Any, inputs: list[Any]) -> tuple[Any, Any]:
    layer = make_layer("layer", op, args)
    return layer, call_layer(layer, op, args, inputs)


def _zeros(op: str, shape: Shape) -> Any:
    return np.zeros((2, *(3 if size is None else size for size in shape)), "int32" if op == "Embedding" else "float32")


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, Any], list[list[int | None]]]:
    op = draw(st.sampled_from(sorted(SEQUENCES)))
    return op, draw(SEQUENCES[op]), draw(inputs_of(op))


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls())
def test_keras_refuses_what_is_refused_and_takes_what_is_taken(
    call: tuple[str, dict[str, Any], list[list[int | None]]],
) -> None:
    op, written, shapes = call
    try:
        args = OPS[op].model_validate(plain(from_plain(written, Mark("", 1, 1), "")))
    except ValidationError as error:
        if op == "SpectralNormalization" and "Embedding" in written["layer"]:
            return  # test_spectral_normalization_makes_whole_numbers_of_an_embedding says why it is refused.
        _refused_by_keras(op, written, shapes, str(error))
        return
    try:
        found = INFER[op](args, *map(tuple, shapes))
    except ShapeError as error:
        _refused_when_it_runs(op, args, shapes, str(error))
        return
    with unallocated():
        layer, out = _called(op, args, [keras.Input(tuple(shape)) for shape in shapes])
    assert out.shape[1:] == found.output_shape
    assert (_count(layer.trainable_weights), _count(layer.non_trainable_weights)) == (
        found.trainable,
        found.non_trainable,
    )


def _refused_by_keras(op: str, written: dict[str, Any], shapes: list[list[int | None]], why: str) -> None:
    """Arguments that fit no input: Keras refuses them when it makes the layer or when it calls it."""
    inner = written.get("layer")
    if inner is not None:
        ((name, arguments),) = inner.items()
        written = {**written, "layer": getattr(keras.layers, name)(**arguments)}
    with pytest.raises((ValueError, TypeError, AttributeError)):
        getattr(keras.layers, op)(**written)(_zeros("", tuple(shapes[0])))
        raise AssertionError(why)


def _refused_when_it_runs(op: str, args: Any, shapes: list[list[int | None]], why: str) -> None:
    """Keras refuses to build it, or fails when it is given numbers."""
    if any(words in why for words in STRICTER):
        return
    try:
        layer, _ = _called(op, args, [keras.Input(tuple(shape)) for shape in shapes])
        signature = [
            tensorflow.TensorSpec((None, *shape), "int32" if op == "Embedding" else "float32") for shape in shapes
        ]
        traced = tensorflow.function(
            lambda *inputs: call_layer(layer, op, args, list(inputs)), input_signature=signature
        )
        traced(*(_zeros(op, tuple(shape)) for shape in shapes))
    except Exception:  # noqa: BLE001  # Keras and TensorFlow refuse with errors of many types
        return
    pytest.fail(f"Keras takes {op} {args} on {shapes}: {why}")


@st.composite
def graphs(draw: st.DrawFn) -> specs.Graph:
    """A random model of a sequence that the checker accepts: of the steps that are drawn, those that fit are kept."""
    length = draw(st.none() | st.integers(1, 6))
    document: dict[str, Any] = {
        "name": "random",
        "input": {"shape": [length], "dtype": "int32"},
        "body": [{"Embedding": {"input_dim": 7, "output_dim": draw(st.sampled_from([2, 4]))}, "name": "tokens"}],
    }
    for op in draw(st.lists(st.sampled_from(sorted(SEQUENCES)), min_size=2, max_size=8)):
        step: dict[str, Any] = {op: draw(SEQUENCES[op])}
        body = document["body"]
        above = [f"step{number}" for number in range(1, len(body))] or ["tokens"]
        if "Attention" in op:
            others = draw(st.lists(st.sampled_from(["tokens", *above]), min_size=0, max_size=2))
            step["from"] = [above[-1], *others]
        longer = {**document, "body": [*body, {**step, "name": f"step{len(body)}"}]}
        with contextlib.suppress(specs.SpecError):
            specs.loads(json.dumps(longer))
            document = longer
    return specs.lower(specs.loads(json.dumps(document)))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs())
def test_random_model_of_a_sequence_is_inferred_as_keras_builds_it(graph: specs.Graph) -> None:
    assert_equals_keras(graph)


GROUPS = {"num_query_heads": 2, "num_key_value_heads": 1, "head_dim": 2}
CASES = Path(__file__).parents[1] / "valid"


@pytest.mark.parametrize("name", ["sequences", "attention"])
def test_model_runs_is_saved_and_gives_the_inferred_shape(name: str, tmp_path: Path) -> None:
    graph = specs.lower(specs.load(CASES / f"{name}.yaml"))
    assert_equals_keras(graph)
    model = zoo.build(graph)
    inputs = {name: _tokens(shape) for name, shape in graph.input_shapes().items()}
    given_ = inputs if len(inputs) > 1 else next(iter(inputs.values()))
    out = model.predict(given_, verbose=0)
    assert out.shape[1:] == graph.output_shapes()["output"]
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "model.keras").predict(given_, verbose=0), out, 1e-5)


def _tokens(shape: Shape) -> Any:
    return np.random.default_rng(0).integers(0, 7, (2, *(6 if size is None else size for size in shape)))


@pytest.mark.parametrize(
    "layer",
    [
        {"Attention": {"use_causal_mask": True}},
        {"AdditiveAttention": {"use_causal_mask": True}},
        {"MultiHeadAttention": {"num_heads": 2, "key_dim": 2, "use_causal_mask": True}},
        {"GroupQueryAttention": {**GROUPS, "use_causal_mask": True}},
    ],
    ids=lambda layer: next(iter(layer)),
)
def test_no_position_sees_a_later_one_with_a_causal_mask(layer: dict[str, Any]) -> None:
    body = [{"Rescaling": {"scale": 1.0}, "name": "x"}, {**layer, "from": ["x", "x"]}]
    document = {"name": "causal", "input": {"shape": [4, 3]}, "body": body}
    model = zoo.build(specs.loads(json.dumps(document)))
    x = np.random.default_rng(0).normal(size=(1, 4, 3)).astype("float32")
    later = x.copy()
    later[0, -1] += 1
    before, after = model(x).numpy(), model(later).numpy()
    np.testing.assert_allclose(before[0, :-1], after[0, :-1], atol=1e-6)
    assert np.abs(before[0, -1] - after[0, -1]).max() > 1e-3


def test_spectral_normalization_makes_whole_numbers_of_an_embedding() -> None:
    layer = keras.layers.SpectralNormalization(keras.layers.Embedding(3, 2))
    assert layer(np.zeros((1, 4), "int32")).dtype == "int32", "what is looked up is lost: it is refused"


def test_an_embedding_in_keras_cuts_fractions_off() -> None:
    layer = keras.layers.Embedding(3, 2)
    one, other = (keras.ops.convert_to_numpy(layer(np.array([x], "float32"))) for x in (1.0, 1.9))
    np.testing.assert_array_equal(one, other, "which is why an input of another type than an integer's is refused")
