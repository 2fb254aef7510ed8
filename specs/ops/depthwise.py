"""Convolutions of each channel apart, alone or with one over the channels behind it; channels last."""

from specs.ops.base import (
    Initializer,
    KernelConstraint,
    Padding,
    Pair,
    PositiveInt,
    Regularizer,
    SequenceKernelConstraint,
    Single,
)
from specs.ops.conv import ConvBase


class Depthwise(ConvBase):
    """Convolutions with filters for each channel apart. They may dilate and step at once, as Keras' may."""

    padding: Padding = "valid"
    depth_multiplier: PositiveInt = 1
    """Output channels for each input channel."""
    depthwise_initializer: Initializer = "glorot_uniform"
    depthwise_regularizer: Regularizer = None
    depthwise_constraint: KernelConstraint = None


class DepthwiseConv1D(Depthwise):
    """One filter a channel: (length, channels) → (length', channels · depth_multiplier)."""

    kernel_size: Single
    strides: Single = (1,)
    dilation_rate: Single = (1,)
    depthwise_constraint: SequenceKernelConstraint = None


class DepthwiseConv2D(Depthwise):
    """One filter a channel: (height, width, channels) → (height', width', channels · depth_multiplier)."""

    kernel_size: Pair
    strides: Pair = (1, 1)
    dilation_rate: Pair = (1, 1)


class Separable(ConvBase):
    """A depthwise convolution, then one of size 1 over the channels."""

    padding: Padding = "valid"
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


class SeparableConv1D(Separable):
    """A depthwise convolution, then one of size 1: (length, channels) → (length', filters)."""

    kernel_size: Single
    strides: Single = (1,)
    dilation_rate: Single = (1,)
    depthwise_constraint: SequenceKernelConstraint = None
    pointwise_constraint: SequenceKernelConstraint = None


class SeparableConv2D(Separable):
    """A depthwise convolution, then a 1×1 convolution: (height, width, channels) → (height', width', filters)."""

    kernel_size: Pair
    strides: Pair = (1, 1)
    dilation_rate: Pair = (1, 1)
