"""Input, dense, reshaping, dropout and scaling."""

from typing import Annotated, Literal

from pydantic import Field

from specs.ops.base import (
    MAX_SIZE,
    Activation,
    Initializer,
    MatrixConstraint,
    MatrixRegularizer,
    Op,
    PositiveInt,
    Rate,
    Regularizer,
    Size,
    VectorConstraint,
    VectorInitializer,
)


class InputLayer(Op):
    """An input of the model; written under `input:` or `inputs:`, not as a step."""

    shape: tuple[PositiveInt | None, ...]
    """Sizes without the batch axis, channels last; null where a size is known only at run time."""
    dtype: Literal["float32", "float16", "int32", "int64", "string"] = "float32"
    """Type of what comes in; string for the layers that read text."""


class Dense(Op):
    """Matrix product over the last axis: (..., channels) → (..., units)."""

    units: PositiveInt
    """Size of the output's last axis."""
    activation: Activation = "linear"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: VectorInitializer = "zeros"
    kernel_regularizer: MatrixRegularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    kernel_constraint: MatrixConstraint = None
    bias_constraint: VectorConstraint = None


class Flatten(Op):
    """All axes in one: (height, width, channels) → (height · width · channels)."""


class Reshape(Op):
    """The same values in another shape of equal size."""

    target_shape: tuple[Annotated[int, Field(ge=-1, le=MAX_SIZE)], ...]
    """Sizes without the batch axis; -1, once, for the size that follows from the others."""


class Rescaling(Op):
    """Affine map of every value: x · scale + offset."""

    scale: float
    offset: float = 0.0


class Dropout(Op):
    """Sets values to zero at random in training and scales the others up, so that the mean stays."""

    rate: Rate
    """Fraction of values set to zero, in [0, 1]."""
    noise_shape: tuple[PositiveInt | None, ...] | None = None
    """Shape of the mask with the batch axis; null for the input's own size, 1 for one draw along the axis."""
    seed: Size | None = None


class SpatialDropout2D(Op):
    """Dropout of whole channels of an image."""

    rate: Rate
    """Fraction of channels set to zero, in [0, 1]."""
    seed: Size | None = None


class Maxout(Op):
    """Largest of several dense layers, unit by unit: (..., channels) → (..., units) (arXiv:1302.4389).

    Keras has no such layer; `zoo.maxout` has.
    """

    units: PositiveInt
    """Size of the output's last axis."""
    pieces: Annotated[int, Field(ge=2, le=MAX_SIZE)] = 2
    """Dense layers that the largest value is taken from."""
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: VectorInitializer = "zeros"
    kernel_regularizer: MatrixRegularizer = None
    bias_regularizer: Regularizer = None
    kernel_constraint: MatrixConstraint = None
    bias_constraint: VectorConstraint = None
