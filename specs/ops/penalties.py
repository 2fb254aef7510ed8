"""Penalties on weights; imported when a spec writes one."""

from typing import Self

from pydantic import model_validator

from specs.ops import regularizers
from specs.ops.frozen import Frozen, NonNegative


class Penalty(Frozen):
    """Penalty l1 · Σ|w| + l2 · Σw² added to the loss (`keras.regularizers.L1L2`), or another kind by its name."""

    l1: NonNegative = 0.0
    """Strength of the sum of absolute values."""
    l2: NonNegative = 0.0
    """Strength of the sum of squares."""
    NuclearNorm: regularizers.NuclearNorm | None = None
    """Sum of singular values."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = sorted(self.model_fields_set - {"l1", "l2"})
        if len(kinds) > 1 or (kinds and self.model_fields_set & {"l1", "l2"}):
            raise ValueError(
                f"{' and '.join(sorted(self.model_fields_set))} exclude each other: Keras takes one penalty"
            )
        return self


class MatrixPenalty(Penalty):
    """A penalty on a weight that is a matrix."""

    OrthogonalRegularizer: regularizers.OrthogonalRegularizer | None = None
    """Pushes rows or columns to be orthogonal."""
