"""A convolution that Keras lacks; `zoo.table_conv` has it."""

from typing import Annotated

from pydantic import AfterValidator, Field

from specs.ops.base import Initializer, Op, Padding, Pair, Regularizer, Size, VectorInitializer, refuse


def _each_once(maps: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(maps)) < len(maps):
        raise refuse("must name each channel once")
    return maps


Maps = Annotated[tuple[Size, ...], Field(min_length=1, max_length=4096), AfterValidator(_each_once)]
"""Channels of the input, counted from 0."""


class TableConv2D(Op):
    """Convolution whose filters see some of the channels each: (height, width, channels) → (height', width', filters).

    There is a kernel for each connection of the table and none elsewhere. Layer C3 of LeNet-5 (LeCun et al.,
    Gradient-Based Learning Applied to Document Recognition, 1998, table I).
    """

    connections: Annotated[tuple[Maps, ...], Field(min_length=1, max_length=4096)]
    """For each filter the channels of the input that it sees, counted from 0."""
    kernel_size: Pair
    """Size of the window along each axis; one number stands for both."""
    strides: Pair = (1, 1)
    """Step of the window along each axis."""
    padding: Padding = "valid"
    """`valid`: the window stays inside; `same`: zeros around, output size is the input's divided by the strides."""
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: VectorInitializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
