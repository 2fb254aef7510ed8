"""What stands for numbers that are not known, which Keras has no layer for; `zoo.fill_missing` has it."""

from specs.ops.base import Op
from specs.ops.preprocessing import Numbers


class FillMissing(Op):
    """NaN → a number of its column: (..., columns) → the same shape. What is known goes through as it is.

    Filling gaps with the mean of what is known is mean imputation (Little and Rubin, Statistical Analysis with Missing
    Data, section 4.2).
    """

    values: Numbers | None = None
    """One number for all columns, or one for each; null: the mean of each in the training part, 0 until measured."""
