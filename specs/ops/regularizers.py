"""Arguments of regularisers, with the names and defaults of keras.regularizers."""

from typing import Literal

from specs.ops.frozen import Frozen, NonNegative


class OrthogonalRegularizer(Frozen):
    """Penalty factor · mean |cos| between the rows, or the columns, of a matrix."""

    factor: NonNegative = 0.01
    mode: Literal["rows", "columns"] = "rows"


class NuclearNorm(Frozen):
    """Penalty factor · Σ singular values of the kernel as a matrix (inputs × outputs), which favours a low rank."""

    factor: NonNegative = 0.01
