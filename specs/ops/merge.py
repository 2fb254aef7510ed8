"""Layers with several inputs: written with `from: [one, other]`."""

from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from specs.ops.base import Op, sized
from specs.ops.norm import Axis


class Add(Op):
    """Sum of the inputs, value by value."""


class Multiply(Op):
    """Product of the inputs, value by value."""


class Average(Op):
    """Mean of the inputs, value by value."""


class Maximum(Op):
    """Largest of the inputs, value by value."""


class Concatenate(Op):
    """The inputs one after the other along an axis; the other sizes agree."""

    axis: Axis = -1


class Subtract(Op):
    """The first input less the second, value by value."""


class Minimum(Op):
    """Smallest of the inputs, value by value."""


_AXIS = {"type": "integer"}


class Dot(Op):
    """Sum of products along an axis of each of two inputs: (steps, n) · (others, n) → (steps, others) with axes 2."""

    axes: Annotated[
        tuple[Axis, Axis],
        BeforeValidator(partial(sized, 2)),
        WithJsonSchema({"anyOf": [_AXIS, {"type": "array", "items": _AXIS, "minItems": 2, "maxItems": 2}]}),
    ]
    """The axis of the first input and of the second, counted with the batch axis, which is 0; one number for both."""
    normalize: bool = False
    """Divide by the lengths first, which gives the cosine."""
