"""Normalisations."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from specs.ops.base import (
    MAX_SIZE,
    Op,
    Positive,
    Rate,
    Regularizer,
    VectorConstraint,
    VectorInitializer,
    is_int,
    refuse,
)

Axis = Annotated[int, Field(ge=-8, le=8)]
"""An axis of the tensor with its batch axis, which is 0; negative counts from the end."""


def _axes(value: object) -> object:
    if isinstance(value, tuple):
        return value
    if is_int(value):
        return (value,)
    raise refuse("must be an integer or a list of integers")


_AXES_SCHEMA = {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}
Axes = Annotated[
    tuple[Axis, ...],
    Field(min_length=1),
    BeforeValidator(_axes),
    WithJsonSchema(_AXES_SCHEMA),
]


class Affine(Op):
    """A learned scale (gamma) and shift (beta) after the normalisation."""

    center: bool = True
    """Add a learned beta."""
    scale: bool = True
    """Multiply by a learned gamma."""
    beta_initializer: VectorInitializer = "zeros"
    gamma_initializer: VectorInitializer = "ones"
    beta_regularizer: Regularizer = None
    gamma_regularizer: Regularizer = None
    beta_constraint: VectorConstraint = None
    gamma_constraint: VectorConstraint = None


class BatchNormalization(Affine):
    """Zero mean and unit variance over the batch; moving averages in inference (arXiv:1502.03167)."""

    axis: Axis = -1
    """The axis that keeps its own statistics: the channels."""
    momentum: Rate = 0.99
    """Fraction of the old moving average kept at each step."""
    epsilon: Positive = 1e-3
    """Added to the variance."""
    moving_mean_initializer: VectorInitializer = "zeros"
    moving_variance_initializer: VectorInitializer = "ones"


class LayerNormalization(Affine):
    """Zero mean and unit variance over the given axes of each example (arXiv:1607.06450)."""

    axis: Axes = (-1,)
    epsilon: Positive = 1e-3
    """Added to the variance."""


def _groups(value: int) -> int:
    if value == 0:
        raise refuse("must be at least 1, or -1 for one group a channel")
    return value


class GroupNormalization(Affine):
    """Zero mean and unit variance over groups of channels of each example (arXiv:1803.08494)."""

    groups: Annotated[
        int, Field(ge=-1, le=MAX_SIZE), AfterValidator(_groups), WithJsonSchema({"type": "integer", "minimum": -1})
    ] = 32
    """Number of groups; divides the channels. -1: one group a channel, which is instance normalisation."""
    axis: Axis = -1
    """The axis of the channels."""
    epsilon: Positive = 1e-3
    """Added to the variance."""


class UnitNormalization(Op):
    """Length 1 in the L2 norm over the given axes."""

    axis: Axes = (-1,)


class RMSNormalization(Op):
    """Root mean square 1 over the given axes of each example, times a learned scale (arXiv:1910.07467)."""

    axis: Axes = (-1,)
    epsilon: Positive = 1e-6
    """Added to the mean square."""
