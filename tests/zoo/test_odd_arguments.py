"""One argument at a time of every layer is given an odd value: what we take Keras takes, with the same shape, and what
only we refuse stands in a table with the reason.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from specs.errors import Mark
from specs.infer import INFER, MERGING, ShapeError
from specs.ops import OPS, Op
from specs.tree import from_plain, plain
from tests.zoo.unallocated import unallocated
from zoo.backend import keras
from zoo.layers import CALL_ARGUMENTS, LAYERS, call_layer, make_layer

ODD: tuple[Any, ...] = (
    0, -1, 3, 1.5, -0.5, "same", "no", [], [2], [1, 2], [1, 2, 3], [0, 0], None, True, 10**12,
)  # fmt: skip

STRICTER = {
    "valid boolean": "Keras takes whatever Python takes for true or false",
    "valid number": "Keras keeps what it is given, and fails when it runs or never reads it",
    "valid integer": "true is no integer, and 1.5 no axis; Keras asks none",
    "valid tuple": "a list is a list; Keras takes a text for one letter by letter",
    "must be an integer": "true is no size",
    "must be a number": "Keras looks at numbers alone, not at those of a pair one by one, and takes true for 1",
    "less than or equal to": "beyond what a 32-bit integer holds, or a fraction above 1: nonsense that Keras builds",
    "greater than": "negative sizes, seeds, rates and epsilons: nonsense that Keras builds",
    "Input should be '": "names that Keras does not know until it runs, and null, which has the name linear",
    "Tuple should have": "too few or too many numbers: Keras counts them when it runs, or not at all",
    "Field required": "as too few numbers",
    "is the batch axis": "Keras mixes the examples of a batch",
    "one for the batch axis": "Keras broadcasts a mask of other axes than the input's",
    "must be different axes": "in Keras the number after the last axis means the heads, which see each other then",
    "must be equal in height and width": "TensorFlow asks for it where it computes on images of a batch",
    "a step has one output": "Keras gives the states as further outputs of the layer",
    "batches are shuffled": "Keras lets a batch go on where the last one ended",
    "must be an odd integer": "a blur has a middle; Keras asks for none",
    "a blur of no width": "Keras divides by it when it runs",
    "Keras cannot pool": "Keras builds it and fails when it runs",
}
"""Parts of our words for what Keras takes when it builds, with the reason why we do not."""

GIVEN: dict[str, Any] = {
    **dict.fromkeys(("units", "filters", "kernel_size", "pool_size", "output_size", "height", "width", "n"), 2),
    **dict.fromkeys(("output_dim", "num_heads", "key_dim", "head_dim", "num_query_heads"), 2),
    **dict.fromkeys(("rate", "stddev", "scale"), 0.5),
    **dict.fromkeys(("factor", "height_factor", "width_factor"), 0.2),
    "target_shape": [-1],
    "dims": [2, 1],
    "axes": 1,
    "input_dim": 3,
    "num_key_value_heads": 1,
    "activation": "relu",
    "mean": [0.5],
    "variance": [1.0],
    "layer": {"Dense": {"units": 2}},
}
"""Values of the arguments that a layer has to have."""
GIVEN_TO: dict[str, dict[str, Any]] = {
    "Bidirectional": {"layer": {"LSTM": {"units": 2}}},
    "RandomPosterization": {"factor": 4},
}
"""Those of single layers."""

CODES = {"StringLookup", "IntegerLookup", "TextVectorization", "Hashing", "HashedCrossing", "Discretization"}
OWN = {name for name, layer in LAYERS.items() if layer.__module__.startswith("zoo.")}
OPERATIONS = sorted(OPS.keys() - CODES - OWN - {"InputLayer", "CategoryEncoding"})
"""Layers but those that read codes (tests/zoo/test_preprocessing.py runs them) and those that Keras lacks."""

SHAPES: dict[str, tuple[int, ...]] = {
    "RepeatVector": (4,), "Embedding": (6,), "Dot": (4, 4), "GroupNormalization": (6, 6, 32),
    **dict.fromkeys(("Permute", "SimpleRNN", "LSTM", "GRU", "Bidirectional", "TimeDistributed", "Masking"), (6, 4)),
    **dict.fromkeys(("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"), (6, 4)),
    **dict.fromkeys(("RandomColorDegeneration", "RandomColorJitter", "RandomGrayscale"), (6, 6, 3)),
    **dict.fromkeys(("RandomHue", "RandomSaturation"), (6, 6, 3)),
    **{f"ConvLSTM{rank}D": (5, *(6,) * rank, 4) for rank in (1, 2, 3)},
}  # fmt: skip
TWICE = MERGING | {"Attention", "AdditiveAttention"}


def shapes_of(op: str) -> list[tuple[int, ...]]:
    """Inputs that the layer takes with its usual arguments."""
    rank = next((rank for rank in (1, 2, 3) if f"{rank}D" in op), 2)
    return [SHAPES.get(op, (*(6,) * rank, 4))] * (2 if op in TWICE else 1)


def given_to(op: str) -> dict[str, Any]:
    """The arguments that the layer has to have."""
    values = {**GIVEN, **GIVEN_TO.get(op, {})}
    return {name: values[name] for name, field in OPS[op].model_fields.items() if field.is_required()}


def cases(op: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Arguments with one odd value."""
    for name in OPS[op].model_fields:
        if name.endswith(("_initializer", "_regularizer", "_constraint")) or name == "layer":
            continue
        for value in ODD:
            yield name, {**given_to(op), name: value}


def ours(op: str, written: dict[str, Any]) -> tuple[Op, tuple[int | None, ...]] | str:
    """The arguments and the output shape, or why they are refused."""
    try:
        args = OPS[op].model_validate(plain(from_plain(written, Mark("", 1, 1), "")))
        return args, INFER[op](args, *shapes_of(op)).output_shape
    except ValidationError as error:
        return str(error.errors()[0]["msg"])
    except ShapeError as error:
        return str(error)


def taken_by_keras(op: str, written: dict[str, Any]) -> bool:
    """Whether Keras builds the layer from the arguments as they are written."""
    called = CALL_ARGUMENTS.get(op, ())
    made = {name: value for name, value in written.items() if name not in called}
    how = {name: value for name, value in written.items() if name in called}
    if "layer" in made:
        ((inner, arguments),) = made["layer"].items()
        made["layer"] = getattr(keras.layers, inner)(**arguments)
    tensors = [keras.Input(shape) for shape in shapes_of(op)]
    try:
        layer = LAYERS[op](**made)
        if len(tensors) > 1:
            layer(tensors, **how)
        else:
            layer(*(tensors * 2 if op in ("MultiHeadAttention", "GroupQueryAttention") else tensors), **how)
    except Exception:  # noqa: BLE001  # Keras and TensorFlow refuse with errors of many types
        return False
    return True


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("op", OPERATIONS)
def test_what_we_take_keras_takes_and_what_only_we_refuse_has_a_reason(op: str) -> None:
    for name, written in cases(op):
        found = ours(op, written)
        with unallocated():
            if isinstance(found, str):
                known = any(words in found for words in STRICTER)
                assert known or not taken_by_keras(op, written), f"{name}: only we refuse {written[name]!r}: {found}"
            else:
                args, shape = found
                out = call_layer(make_layer("layer", op, args), op, args, [keras.Input(s) for s in shapes_of(op)])
                assert out.shape[1:] == shape, f"{name}: {written[name]!r}"


@pytest.mark.parametrize("op", OPERATIONS)
def test_usual_arguments_are_taken(op: str) -> None:
    """Else every odd value would be refused for another reason than its own."""
    found = ours(op, given_to(op))
    assert not isinstance(found, str), found
