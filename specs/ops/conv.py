"""Convolutions over sequences, images and volumes, channels last.

Each family states its arguments once; what differs by the number of axes is the type of the sizes.
"""

from functools import partial
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

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
    Size,
    Sizes,
    Triple,
    VectorConstraint,
    VectorInitializer,
    VolumeKernelConstraint,
    sized,
    sized_schema,
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


class Transposed(Undilated):
    """Convolutions that enlarge."""

    padding: Padding = "valid"
    """`valid`: every place the window reaches; `same`: the input's size times the strides."""
    output_padding: Sizes | None = None
    """Places added at the end of each axis, fewer than the strides; null: as many as the padding asks for."""
    filters: PositiveInt
    """Channels of the output."""
    kernel_initializer: Initializer = "glorot_uniform"
    kernel_regularizer: Regularizer = None
    kernel_constraint: KernelConstraint = None

    @model_validator(mode="after")
    def _pad_less_than_a_step(self) -> Self:
        if any(p >= s for p, s in zip(self.output_padding or (), self.strides, strict=False)):
            padding, strides = list(self.output_padding or ()), list(self.strides)
            raise ValueError(f"output_padding must be below strides (got output_padding {padding}, strides {strides})")
        return self


class Conv1DTranspose(Transposed):
    """Transposed convolution, which enlarges: (length, channels) → (length', filters)."""

    kernel_size: Single
    strides: Single = (1,)
    dilation_rate: Single = (1,)
    output_padding: Annotated[tuple[Size], BeforeValidator(partial(sized, 1)), sized_schema(1, 0)] | None = None
    kernel_constraint: SequenceKernelConstraint = None


class Conv2DTranspose(Transposed):
    """Transposed convolution, which enlarges: (height, width, channels) → (height', width', filters)."""

    kernel_size: Pair
    strides: Pair = (1, 1)
    dilation_rate: Pair = (1, 1)
    output_padding: Annotated[tuple[Size, Size], BeforeValidator(partial(sized, 2)), sized_schema(2, 0)] | None = None


class Conv3DTranspose(Transposed):
    """Transposed convolution: (depth, height, width, channels) → (depth', height', width', filters)."""

    kernel_size: Triple
    strides: Triple = (1, 1, 1)
    dilation_rate: Triple = (1, 1, 1)
    output_padding: (
        Annotated[tuple[Size, Size, Size], BeforeValidator(partial(sized, 3)), sized_schema(3, 0)] | None
    ) = None
    kernel_constraint: VolumeKernelConstraint = None


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
