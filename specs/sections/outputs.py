"""`outputs:`, which steps compute what the model is for, and how each of them is trained."""

from typing import Annotated

from pydantic import Field

from specs.ops.base import Frozen, NonNegative
from specs.sections.judging import LossChoice


class OutputSpec(Frozen):
    """One named output."""

    source: Annotated[str, Field(min_length=1)] = Field(alias="from")
    """Name of the step that computes it."""
    loss: LossChoice | None = None
    """Its loss in training; that of `train` where null."""
    loss_weight: NonNegative = 1.0
    """Weight of its loss in training."""
    reconstructs: Annotated[str, Field(min_length=1)] | None = None
    """The input, or a step without weights on the way to `from`, whose values it learns; null for labels."""
    auxiliary: bool = False
    """Whether it only helps training, as GoogLeNet's classifiers on the way do; an export leaves it out."""
