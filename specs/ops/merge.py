"""Layers with several inputs: written with `from: [one, other]`."""

from specs.ops.base import Op
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
