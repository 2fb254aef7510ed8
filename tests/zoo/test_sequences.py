"""Layers over sequences are inferred as Keras builds them, and refused where Keras refuses or fails when it runs."""

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
from zoo.backend import keras
from zoo.layers import call_layer, make_layer

STRICTER = {
    "differ in their positions": "an unknown length beside a known one: Keras compares them before it knows",
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
        _refused_by_keras(op, written, shapes, str(error))
        return
    with keras.StatelessScope(initialize_variables=False):
        tensors = [keras.Input(tuple(shape)) for shape in shapes]
        try:
            found = INFER[op](args, *map(tuple, shapes))
        except ShapeError as error:
            _refused_when_it_runs(op, args, shapes, str(error))
            return
        layer, out = _called(op, args, tensors)
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
        _called(op, args, [keras.Input(tuple(shape)) for shape in shapes])
        with keras.device("cpu"):
            _called(op, args, [_zeros(op, tuple(shape)) for shape in shapes])
    except Exception:  # noqa: BLE001  # Keras and TensorFlow refuse with errors of many types
        return
    pytest.fail(f"Keras takes {op} {args} on {shapes}: {why}")
