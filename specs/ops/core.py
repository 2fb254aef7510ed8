"""Input, dense, reshaping, dropout and scaling."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

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
    is_int,
    refuse,
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


def _padding(value: object) -> object:
    """Keras' three forms of a padding, as ((top, bottom), (left, right))."""
    if is_int(value):
        return ((value, value), (value, value))
    if isinstance(value, tuple) and len(value) == 2:
        sides = tuple((v, v) if is_int(v) else v for v in value)
        if all(isinstance(side, tuple) and len(side) == 2 for side in sides):
            return sides
    raise refuse("must be an integer, [height, width] or [[top, bottom], [left, right]]")


_PADDING_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        {
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {
                "anyOf": [
                    {"type": "integer", "minimum": 0},
                    {
                        "type": "array",
                        "items": {"type": "integer", "minimum": 0},
                        "minItems": 2,
                        "maxItems": 2,
                    },
                ]
            },
        },
    ]
}


class ZeroPadding2D(Op):
    """Rows and columns of zeros around an image: (height, width, channels) grows by the padding."""

    padding: Annotated[
        tuple[tuple[Size, Size], tuple[Size, Size]],
        BeforeValidator(_padding),
        WithJsonSchema(_PADDING_SCHEMA),
    ] = ((1, 1), (1, 1))
    """One number for all sides, [height, width], or [[top, bottom], [left, right]]."""


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
