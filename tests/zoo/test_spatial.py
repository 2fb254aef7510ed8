"""Layers over sequences, images and volumes, and merging layers, both ways against Keras, and run."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from specs.errors import Mark
from specs.infer import INFER, ShapeError
from specs.infer.base import Shape
from specs.ops import OPS, Op
from specs.tree import from_plain, plain
from tests.zoo.spatial import SPATIAL, shapes_for, sizes
from tests.zoo.strategies import MERGES
from tests.zoo.test_graphs import STRICTER, assert_of_one_mind
from tests.zoo.unallocated import unallocated
from zoo.backend import keras
from zoo.layers import make_layer

quick = settings(deadline=None, suppress_health_check=list(HealthCheck))


def arguments(op: str, written: dict[str, Any]) -> Op:
    return OPS[op].model_validate(plain(from_plain(written, Mark("", 1, 1), "")))


def run(op: str, args: Op, shape: Shape) -> Shape:
    """The output shape of the layer on zeros, in a graph as training and exports run it; unknown sizes are 12."""
    import tensorflow as tf

    zeros = np.zeros((2, *(12 if size is None else size for size in shape)), np.float32)
    layer = make_layer("layer", op, args)
    layer.build(zeros.shape)
    function = tf.function(layer, input_signature=[tf.TensorSpec((None, *shape), tf.float32)])
    return tuple(function(zeros).shape[1:])


@settings(quick, max_examples=40)
@given(st.sampled_from(sorted(SPATIAL)).flatmap(lambda op: st.tuples(st.just(op), SPATIAL[op], shapes_for(op))))
def test_what_is_taken_runs_and_gives_the_shape(drawn: tuple[str, dict[str, Any], list[int | None]]) -> None:
    """Keras builds these layers from a formula, without running them: the formula may be wrong, as ours may."""
    op, written, shape = drawn
    try:
        args = arguments(op, written)
        found = INFER[op](args, tuple(shape))
    except (ValidationError, ShapeError):
        return
    for size, inferred in zip(run(op, args, tuple(shape)), found.output_shape, strict=True):
        assert inferred in (None, size)


@pytest.mark.parametrize(
    ("op", "written", "shape"),
    [
        (
            "Conv1DTranspose",
            {"filters": 1, "kernel_size": 2, "strides": 2, "padding": "same", "output_padding": 0},
            (4, 1),
        ),
        ("AdaptiveAveragePooling1D", {"output_size": 1}, (5, 2)),
        ("AdaptiveMaxPooling2D", {"output_size": [2, 1]}, (5, 5, 2)),
        ("AdaptiveMaxPooling3D", {"output_size": 2}, (5, 2, 1, 2)),
        ("AdaptiveAveragePooling1D", {"output_size": 2}, (None, 2)),
    ],
)
def test_strictness_spares_a_failure(op: str, written: dict[str, Any], shape: Shape) -> None:
    """Keras builds the layer, we refuse it, and it fails when it runs."""
    args = arguments(op, written)
    with pytest.raises(ShapeError) as refused:
        INFER[op](args, shape)
    assert any(op.startswith(kind) and words in str(refused.value) for kind, words, _ in STRICTER)
    with unallocated():
        make_layer("layer", op, args)(keras.Input(shape))
    with pytest.raises(Exception):  # noqa: B017  # TensorFlow fails with errors of many types
        run(op, args, shape)


@st.composite
def merges(draw: st.DrawFn) -> tuple[str, dict[str, Any], tuple[Shape, Shape]]:
    """A layer that merges numbers, its arguments, and two inputs that mostly agree but for a few sizes."""
    op = draw(st.sampled_from([op for op in MERGES if op != "HashedCrossing"]))
    # Below the rank a negative axis that is one number alone wraps around in Keras.
    axis = st.integers(-2, 3)
    one = draw(st.lists(sizes, min_size=1, max_size=3))
    other = [draw(st.sampled_from([size, size, size, 1, 3, None])) for size in one]
    if draw(st.integers(0, 5)) == 0:
        other = draw(st.permutations([*other, 2]))
    written: dict[str, Any] = {}
    if op == "Dot":
        written = {"axes": draw(axis | st.lists(axis, min_size=2, max_size=2)), "normalize": draw(st.booleans())}
    elif op == "Concatenate":
        written = {"axis": draw(axis)}
    return op, written, (tuple(one), tuple(other))


@settings(quick, max_examples=200)
@given(merges())
def test_two_inputs_are_merged_as_in_keras(drawn: tuple[str, dict[str, Any], tuple[Shape, Shape]]) -> None:
    op, written, shapes = drawn
    assert_of_one_mind(op, arguments(op, written), *shapes)
