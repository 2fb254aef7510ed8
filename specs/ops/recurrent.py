"""Layers that walk along a sequence, and the table of token vectors that mostly stands before them."""

from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, model_validator

from specs.ops.base import (
    Activation,
    Constraint,
    Initializer,
    KernelConstraint,
    MatrixConstraint,
    MatrixRegularizer,
    Op,
    Padding,
    Pair,
    PositiveInt,
    Rate,
    Regularizer,
    SequenceKernelConstraint,
    Size,
    VectorConstraint,
    VectorInitializer,
    VolumeKernelConstraint,
    is_int,
    refuse,
)
from specs.ops.choices import beyond


def _one_output(value: bool) -> bool:
    if value:
        raise refuse("must be false: a step has one output, and the states would be further ones")
    return value


def _no_memory(value: bool) -> bool:
    if value:
        raise refuse("must be false: batches are shuffled, so that none goes on where the last one ended")
    return value


_FALSE = WithJsonSchema({"const": False})


class Recurrent(Op):
    """What all recurrent layers share."""

    activation: Activation = "tanh"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    recurrent_initializer: Initializer = "orthogonal"
    bias_initializer: VectorInitializer = "zeros"
    kernel_regularizer: Regularizer = None
    recurrent_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    recurrent_constraint: Constraint = None
    bias_constraint: Constraint = None
    dropout: Rate = 0.0
    """Fraction of the input's values set to zero in training, in [0, 1]."""
    recurrent_dropout: Rate = 0.0
    """Fraction of the state's values set to zero in training, in [0, 1]."""
    seed: Size | None = None
    return_sequences: bool = False
    """Give the output of every time step, not only of the last one."""
    return_state: Annotated[bool, AfterValidator(_one_output), _FALSE] = False
    """Always false: a step has one output."""
    go_backwards: bool = False
    """Read from the end; the outputs come in that order as well."""
    stateful: Annotated[bool, AfterValidator(_no_memory), _FALSE] = False
    """Always false: the state does not outlive a batch."""


class OfVectors(Recurrent):
    """What the layers share whose steps are vectors, and whose kernels are matrices."""

    units: PositiveInt
    """Size of the state and of the output."""
    kernel_regularizer: MatrixRegularizer = None
    recurrent_regularizer: MatrixRegularizer = None
    kernel_constraint: MatrixConstraint = None
    recurrent_constraint: MatrixConstraint = None
    unroll: bool = False
    """Write the steps out one by one instead of a loop: faster for short sequences, more memory."""


class SimpleRNN(OfVectors):
    """The output fed back into the next step: (steps, features) → (units)."""

    bias_constraint: VectorConstraint = None


class LSTM(OfVectors):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997): (steps, features) → (units)."""

    recurrent_activation: Activation = "sigmoid"
    """Of the gates."""
    unit_forget_bias: bool = True
    """Start with the forget gate's bias at one."""
    bias_constraint: VectorConstraint = None


class GRU(OfVectors):
    """Gated recurrent unit (arXiv:1406.1078): (steps, features) → (units)."""

    recurrent_activation: Activation = "sigmoid"
    """Of the gates."""
    reset_after: bool = True
    """Reset gate after the matrix product, with a second bias, as in cuDNN; false: before it, as in the paper."""

    @model_validator(mode="after")
    def _constraint_fits_bias(self) -> Self:
        # The two biases of reset_after are the rows of one weight.
        wrong = beyond(self.bias_constraint, 2 if self.reset_after else 1)
        if wrong:
            raise ValueError(f"bias_constraint {wrong} (got reset_after {str(self.reset_after).lower()})")
        return self


def _one(value: object) -> object:
    if is_int(value):
        return (value,)
    if isinstance(value, tuple) and len(value) == 1:
        return value
    raise refuse("must be an integer")


def _triple(value: object) -> object:
    if is_int(value):
        return (value, value, value)
    if isinstance(value, tuple) and len(value) == 3:
        return value
    raise refuse("must be an integer or three integers")


def _sizes_schema(count: int) -> WithJsonSchema:
    one = {"type": "integer", "minimum": 1}
    return WithJsonSchema({"anyOf": [one, {"type": "array", "items": one, "minItems": count, "maxItems": count}]})


One = Annotated[tuple[PositiveInt], BeforeValidator(_one), _sizes_schema(1)]
"""A length."""
Triple = Annotated[tuple[PositiveInt, PositiveInt, PositiveInt], BeforeValidator(_triple), _sizes_schema(3)]
"""Three lengths; one number stands for all."""


class ConvLSTM(Recurrent):
    """What the LSTMs share whose products are convolutions (arXiv:1506.04214)."""

    filters: PositiveInt
    """Channels of the output."""
    padding: Padding = "valid"
    """Of the input's convolution; that of the state keeps its size."""
    recurrent_activation: Activation = "sigmoid"
    """Of the gates."""
    unit_forget_bias: bool = True
    """Start with the forget gate's bias at one."""
    bias_constraint: VectorConstraint = None


class ConvLSTM1D(ConvLSTM):
    """An LSTM over rows: (steps, length, channels) → (length', filters)."""

    kernel_size: One
    """Length of the window."""
    strides: One = (1,)
    """Step of the window over the input."""
    dilation_rate: One = (1,)
    """Distance between the window's taps on the input."""
    kernel_constraint: SequenceKernelConstraint = None
    recurrent_constraint: SequenceKernelConstraint = None


class ConvLSTM2D(ConvLSTM):
    """An LSTM over images: (steps, height, width, channels) → (height', width', filters)."""

    kernel_size: Pair
    """Height and width of the window, in pixels."""
    strides: Pair = (1, 1)
    """Step of the window over the input, in pixels."""
    dilation_rate: Pair = (1, 1)
    """Distance between the window's taps on the input, in pixels."""
    kernel_constraint: KernelConstraint = None
    recurrent_constraint: KernelConstraint = None


class ConvLSTM3D(ConvLSTM):
    """An LSTM over volumes: (steps, depth, height, width, channels) → (depth', height', width', filters)."""

    kernel_size: Triple
    """Depth, height and width of the window, in voxels."""
    strides: Triple = (1, 1, 1)
    """Step of the window over the input, in voxels."""
    dilation_rate: Triple = (1, 1, 1)
    """Distance between the window's taps on the input, in voxels."""
    kernel_constraint: VolumeKernelConstraint = None
    recurrent_constraint: VolumeKernelConstraint = None


class Masking(Op):
    """Time steps whose values all are mask_value are skipped by the layers after it that know of masks."""

    mask_value: float = 0.0
    """Of a step that is padding; such steps become zero."""


class Embedding(Op):
    """A learned vector for every whole number: (...) → (..., output_dim)."""

    input_dim: PositiveInt
    """How many numbers there are: they lie in [0, input_dim)."""
    output_dim: PositiveInt
    """Size of a vector."""
    # Keras writes its default as "uniform", another name of the same initialiser.
    embeddings_initializer: Initializer = "random_uniform"
    embeddings_regularizer: MatrixRegularizer = None
    embeddings_constraint: MatrixConstraint = None
    mask_zero: bool = False
    """Take 0 for padding: layers after it that know of masks skip those time steps."""
