"""Metrics beside accuracy and mean absolute error, with the names and defaults of keras.metrics.

What a metric needs to know of the output (the number of classes, whether it is logits) it is told by the loss.
"""

from typing import Annotated, Literal

from pydantic import Field

from specs.ops.base import Frozen, Positive, PositiveInt, Rate, Size


class TopKCategoricalAccuracy(Frozen):
    """How often the right class is among the first guesses."""

    k: PositiveInt = 5
    """Number of guesses."""


class AUC(Frozen):
    """Area under the curve of yes and no at all thresholds."""

    num_thresholds: Annotated[int, Field(ge=2, le=10_000)] = 200
    """Number of thresholds."""
    curve: Literal["ROC", "PR"] = "ROC"
    """ROC: true over false positives; PR: precision over recall."""
    multi_label: bool = False
    """One area for each output, and their mean, instead of one of all outputs together."""


class Precision(Frozen):
    """Share of what is told that is right."""

    thresholds: Rate | None = None
    """Probability from which on an output says yes; null for one half."""
    top_k: PositiveInt | None = None
    """Let the largest outputs of each example say yes, whatever their size."""
    class_id: Size | None = None
    """The only class that counts; null for all."""


class Recall(Precision):
    """Share of what is right that is told."""


class F1Score(Frozen):
    """Harmonic mean of precision and recall."""

    average: Literal["micro", "macro", "weighted"] = "macro"
    """One figure of all classes: counted together, their mean, or that weighted by their examples."""
    threshold: Annotated[float, Field(gt=0, le=1)] | None = None
    """Probability from which on an output says yes; null for the largest output only."""


class FBetaScore(F1Score):
    """Mean of precision and recall, in which recall counts beta times as much."""

    beta: Positive = 1.0
    """How much more recall counts."""


class MeanIoU(Frozen):
    """Intersection over union of predicted and true masks, averaged over classes."""

    ignore_class: Annotated[int, Field(ge=-1)] | None = None
    """A label that counts for nothing; null for none."""


class RootMeanSquaredError(Frozen):
    """Root of the mean squared difference."""


class SquaredError(Frozen):
    """Mean of the squared differences."""


class PercentageError(Frozen):
    """Mean of the differences in percent of the labels."""


class LogarithmicError(Frozen):
    """Mean of the squared differences between logarithms of one more."""


class R2Score(Frozen):
    """Share of the labels' variance that is predicted."""
