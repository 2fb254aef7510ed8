"""Transposed convolutions over sequences, images and volumes, channels last."""

from functools import partial
from typing import Annotated, Self

from pydantic import BeforeValidator, model_validator

from specs.ops.base import (
    Initializer,
    KernelConstraint,
    Padding,
    Pair,
    PositiveInt,
    Regularizer,
    SequenceKernelConstraint,
    Single,
    Size,
    Sizes,
    Triple,
    VolumeKernelConstraint,
    sized,
    sized_schema,
)
from specs.ops.conv import Undilated


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
