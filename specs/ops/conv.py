"""Convolutions over images, channels last."""

from typing import Self

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
    VectorConstraint,
    VectorInitializer,
)


class ConvBase(Op):
    """What all two-dimensional convolutions share."""

    kernel_size: Pair
    """Height and width of the window, in pixels."""
    strides: Pair = (1, 1)
    """Step of the window, in pixels."""
    padding: Padding = "valid"
    """`valid`: the window stays inside; `same`: zeros around, output size is the input's divided by the strides."""
    dilation_rate: Pair = (1, 1)
    """Distance between the window's taps, in pixels."""
    activation: Activation = "linear"
    use_bias: bool = True
    bias_initializer: VectorInitializer = "zeros"
    bias_regularizer: Regularizer = None
    bias_constraint: VectorConstraint = None
    activity_regularizer: Regularizer = None

    @model_validator(mode="after")
    def _stride_or_dilate(self) -> Self:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            strides, dilation = list(self.strides), list(self.dilation_rate)
            raise ValueError(
                f"strides and dilation_rate cannot both be above 1 (got strides {strides}, dilation_rate {dilation})"
            )
        return self


class Conv2D(ConvBase):
    """Convolution: (height, width, channels) → (height', width', filters)."""

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


class Conv2DTranspose(ConvBase):
    """Transposed convolution, which enlarges: (height, width, channels) → (height', width', filters)."""

    filters: PositiveInt
    """Channels of the output."""
    kernel_initializer: Initializer = "glorot_uniform"
    kernel_regularizer: Regularizer = None
    kernel_constraint: KernelConstraint = None


class DepthwiseConv2D(ConvBase):
    """One filter a channel: (height, width, channels) → (height', width', channels · depth_multiplier)."""

    depth_multiplier: PositiveInt = 1
    """Output channels for each input channel."""
    depthwise_initializer: Initializer = "glorot_uniform"
    depthwise_regularizer: Regularizer = None
    depthwise_constraint: KernelConstraint = None


class SeparableConv2D(ConvBase):
    """A depthwise convolution, then a 1×1 convolution: (height, width, channels) → (height', width', filters)."""

    filters: PositiveInt
    """Channels of the output."""
    depth_multiplier: PositiveInt = 1
    """Channels between the two convolutions for each input channel."""
    depthwise_initializer: Initializer = "glorot_uniform"
    pointwise_initializer: Initializer = "glorot_uniform"
    depthwise_regularizer: Regularizer = None
    pointwise_regularizer: Regularizer = None
    depthwise_constraint: KernelConstraint = None
    pointwise_constraint: KernelConstraint = None
