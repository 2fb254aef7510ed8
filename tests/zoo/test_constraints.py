"""Constraints hold each weight of layers over sequences, on axes that the weight has; other axes are refused."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

import specs
import zoo
from specs.ops import OPS
from zoo.backend import keras

HELD = {"l1": 1e-3}
ONES = {"bias_initializer": "ones"}
"""Zeros have no direction, and a short step from them is not brought to a norm of one within rounding."""
SEQUENCES = {
    "LSTM": {"LSTM": {"units": 3, "kernel_constraint": {"MaxNorm": {"axis": 1}}, "activity_regularizer": HELD}},
    "GRU": {"GRU": {"units": 3, **ONES, "bias_constraint": {"UnitNorm": {"axis": 1}}}},
    "ConvLSTM": {
        "ConvLSTM1D": {"filters": 2, "kernel_size": 3, "kernel_constraint": {"UnitNorm": {"axis": [0, 1]}}},
    },
    "MultiHead": {
        "MultiHeadAttention": {
            "num_heads": 2, "key_dim": 3, "kernel_constraint": {"UnitNorm": {"axis": 2}}, "bias_constraint": "NonNeg",
            "activity_regularizer": HELD,
        },
    },
    "Groups": {
        "GroupQueryAttention": {
            "head_dim": 3, "num_query_heads": 2, "num_key_value_heads": 1,
            "kernel_constraint": {"MaxNorm": {"axis": [0, 1]}}, "bias_constraint": "UnitNorm", **ONES,
        },
    },
    "Wide": {
        "MultiHeadAttention": {
            "num_heads": 2, "key_dim": 3, "output_shape": [2, 3], "bias_constraint": {"UnitNorm": {"axis": 1}}, **ONES,
        },
    },
    "Conv1D": {"Conv1D": {"filters": 2, "kernel_size": 3, "kernel_constraint": {"UnitNorm": {"axis": 2}}}},
}  # fmt: skip


@pytest.mark.parametrize("name", SEQUENCES)
def test_weights_of_layers_over_sequences_are_held(name: str) -> None:
    """On each axis that a weight has: a step of training would fail on another."""
    shape = [4, 5, 3] if name == "ConvLSTM" else [4, 3]
    body = [SEQUENCES[name], "Flatten", {"Dense": {"units": 1}}]
    model = zoo.build(specs.loads(json.dumps({"name": "held", "input": {"shape": shape}, "body": body})))
    model.compile("sgd", "mean_squared_error")
    model.fit(keras.random.uniform((2, *shape), seed=0), keras.ops.ones((2, 1)), verbose=0)
    held = [each for each in model.trainable_variables if each.constraint]
    assert held
    for each in held:
        assert keras.ops.all(keras.ops.abs(each.constraint(each.value) - each.value) < 1e-5), each.path
    assert bool(model.losses) == ("activity_regularizer" in next(iter(SEQUENCES[name].values())))


@pytest.mark.parametrize(
    ("op", "written", "constraint", "axis"),
    [
        ("LSTM", {"units": 3}, "kernel", 2),
        ("LSTM", {"units": 3}, "bias", 1),
        ("GRU", {"units": 3, "reset_after": False}, "bias", 1),
        ("GRU", {"units": 3}, "bias", 2),
        ("ConvLSTM1D", {"filters": 3, "kernel_size": 3}, "recurrent", 3),
        ("ConvLSTM2D", {"filters": 3, "kernel_size": 3}, "kernel", 4),
        ("ConvLSTM3D", {"filters": 3, "kernel_size": 3}, "kernel", 5),
        ("Conv1D", {"filters": 3, "kernel_size": 3}, "kernel", 3),
        ("Conv3DTranspose", {"filters": 3, "kernel_size": 3}, "kernel", 5),
        ("DepthwiseConv1D", {"kernel_size": 3}, "depthwise", 3),
        ("SeparableConv1D", {"filters": 3, "kernel_size": 3}, "pointwise", 3),
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, "kernel", 3),
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, "bias", 1),
        ("GroupQueryAttention", {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1}, "bias", 1),
        ("Embedding", {"input_dim": 2, "output_dim": 3}, "embeddings", 2),
    ],
)
def test_an_axis_that_a_weight_has_not_is_refused(op: str, written: dict[str, Any], constraint: str, axis: int) -> None:
    def read(number: int) -> None:
        OPS[op].model_validate({**written, f"{constraint}_constraint": {"UnitNorm": {"axis": number}}})

    read(axis - 1)
    with pytest.raises(ValidationError, match="has an axis that the weight has not"):
        read(axis)
