"""Convolutions over sequences, images and volumes, channels last.

Each family states its arguments once; what differs by the number of axes is the type of the sizes.
"""

from typing import Literal, Self

from pydantic import model_validator

from specs.ops.base import (
    Activation,
    Initializer,
    KernelConstraint,
    Op,
    Padding,
    Pair,
    PositiveInt,
    Regularizer,
    SequenceKernelConstraint,
    Single,
    Sizes,
    Triple,
    VectorConstraint,
    VectorInitializer,
    VolumeKernelConstraint,
)


class ConvBase(Op):
    """What all convolutions share."""

    kernel_size: Sizes
    """Size of the window along each axis; one number stands for all."""
    strides: Sizes
    """Step of the window along each axis."""
    padding: str = "valid"
    """`valid`: the window stays inside; `same`: zeros around, output size is the input's divided by the strides."""
    dilation_rate: Sizes
    """Distance between the window's taps along each axis."""
    activation: Activation = "linear"
    use_bias: bool = True
    bias_initializer: VectorInitializer = "zeros"
    bias_regularizer: Regularizer = None
    bias_constraint: VectorConstraint = None
    activity_regularizer: Regularizer = None


class Undilated(ConvBase):
    """Convolutions that cannot dilate and step at once."""

    @model_validator(mode="after")
    def _stride_or_dilate(self) -> Self:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            strides, dilation = list(self.strides), list(self.dilation_rate)
            raise ValueError(
                f"strides and dilation_rate cannot both be above 1 (got strides {strides}, dilation_rate {dilation})"
            )
        return self


class Convolution(Undilated):
    """Every filter sees all channels of its group."""

    filters: PositiveInt
    """Channels of the output."""
    groups: PositiveInt = 1
    """Channel groups that are convolved apart; divides the input's channels and the filters."""
    kernel_initializer: Initializer = "glorot_uniform"
    kernel_regularizer: Regularizer = None
    kernel_constraint: KernelConstraint = None

    @model_validator(mode="after")
    def _groups_divide_filters(self) -> Self:
        if self.filters % self.groups:
            raise ValueError(f"filters must be a multiple of groups (got filters {self.filters}, groups {self.groups})")
        return self


class Conv1D(Convolution):
    """Convolution over a sequence: (length, channels) → (length', filters)."""

    kernel_size: Single
    strides: Single = (1,)
    padding: Literal["valid", "same", "causal"] = "valid"
    """As for Conv2D; `causal`: zeros before the start, so that no output sees what comes after it."""
    dilation_rate: Single = (1,)
    kernel_constraint: SequenceKernelConstraint = None


class Conv2D(Convolution):
    """Convolution: (height, width, channels) → (height', width', filters)."""

    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: Padding = "valid"
    dilation_rate: Pair = (1, 1)


class Conv3D(Convolution):
    """Convolution over a volume: (depth, height, width, channels) → (depth', height', width', filters)."""

    kernel_size: Triple
    strides: Triple = (1, 1, 1)
    padding: Padding = "valid"
    dilation_rate: Triple = (1, 1, 1)
    kernel_constraint: VolumeKernelConstraint = None
