"""An operation on tensors in a Keras model, such as x + 3, as a layer of the language."""

import math
from collections.abc import Callable, Mapping
from typing import Any

MODULE = "keras.src.ops.numpy"
"""Where Keras has the classes that its models hold for operators."""
MERGING = ("Add", "Subtract", "Multiply", "Maximum", "Minimum")
"""Operations on two tensors that Keras has as layers of the same name."""
WITH_A_NUMBER: Mapping[tuple[str, bool], Callable[[float], dict[str, float]]] = {
    ("Add", True): lambda number: {"scale": 1.0, "offset": number},
    ("Add", False): lambda number: {"scale": 1.0, "offset": number},
    ("Subtract", True): lambda number: {"scale": 1.0, "offset": -number},
    ("Subtract", False): lambda number: {"scale": -1.0, "offset": number},
    ("Multiply", True): lambda number: {"scale": number},
    ("Multiply", False): lambda number: {"scale": number},
    ("TrueDivide", True): lambda number: {"scale": 1 / number},
    ("Divide", True): lambda number: {"scale": 1 / number},
}
"""Arguments of a Rescaling by the operation and whether the number stands behind the tensor."""
OPERATIONS = {*MERGING, *(name for name, _ in WITH_A_NUMBER)}


def layer_for(node: Any) -> tuple[str, dict[str, float]] | None:
    """The layer that a call of an operation is, with its arguments; None where there is none."""
    kind, args = type(node.operation), node.arguments.args
    if kind.__module__ != MODULE or len(args) != 2 or any(each is not None for each in node.arguments.kwargs.values()):
        return None
    tensors = node.input_tensors
    if len(tensors) == 2:
        alike = len(tensors[0].shape) == len(tensors[1].shape) and tensors[0] is not tensors[1]
        return (kind.__name__, {}) if alike and kind.__name__ in MERGING else None
    number = args[tensors[0] is args[0]]
    made = WITH_A_NUMBER.get((kind.__name__, tensors[0] is args[0]))
    if made is None or type(number) not in (int, float) or "float" not in tensors[0].dtype:
        return None
    if not math.isfinite(number) or (number == 0 and kind.__name__.endswith("Divide")):
        return None
    return "Rescaling", made(float(number))
