"""The parts of a document around its body: what it expects, its inputs and outputs, the header of a block."""

from typing import Annotated

from pydantic import Field

from specs.ops.base import Frozen, NonNegative, PositiveInt

Count = Annotated[int, Field(ge=0)]


class Expects(Frozen):
    """Published figures that `zoo validate` holds the model to."""

    params: Count | None = None
    """All weights."""
    trainable: Count | None = None
    """Weights that training changes."""
    macs: Count | None = None
    """Multiply-accumulates of convolutions and dense layers for one input."""
    output: tuple[PositiveInt | None, ...] | None = None
    """Shape of the (first) output without the batch axis."""


class OutputSpec(Frozen):
    """One named output."""

    source: Annotated[str, Field(min_length=1)] = Field(alias="from")
    """Name of the step that computes it."""
    loss_weight: NonNegative = 1.0
    """Weight of its loss in training."""
