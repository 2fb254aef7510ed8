"""Losses, with the names and defaults of keras.losses."""

from typing import Annotated

from pydantic import Field

from specs.ops.base import Frozen, NonNegative, Positive, PositiveInt, Rate

Axis = Annotated[int, Field(ge=-8, le=8)]


class SparseCategoricalCrossentropy(Frozen):
    """Cross-entropy between integer labels and a distribution over classes."""

    from_logits: bool = False
    """The model ends without softmax."""
    ignore_class: Annotated[int, Field(ge=-1)] | None = None
    """A label that counts for nothing, as the void of a segmentation; null for none."""


class CategoricalCrossentropy(Frozen):
    """Cross-entropy between labels as vectors, made of integer ones, and a distribution over classes."""

    from_logits: bool = False
    """The model ends without softmax."""
    label_smoothing: Rate = 0.0
    """Share of each label that is spread over all classes (arXiv:1512.00567, section 7)."""


class CategoricalFocalCrossentropy(CategoricalCrossentropy):
    """Cross-entropy that counts what is right already less (arXiv:1708.02002)."""

    alpha: Annotated[float, Field(gt=0, le=1)] = 0.25
    """Factor on the loss of every class."""
    gamma: NonNegative = 2.0
    """Power by which right answers count less; 0 for none."""


class CategoricalGeneralizedCrossEntropy(Frozen):
    """Between cross-entropy and mean absolute error, for labels of which some are wrong (arXiv:1805.07836)."""

    q: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Towards 0 cross-entropy, towards 1 mean absolute error."""


class BinaryCrossentropy(Frozen):
    """Cross-entropy of each output by itself: yes or no, or several labels at once."""

    from_logits: bool = False
    """The model ends without sigmoid."""
    label_smoothing: Rate = 0.0
    """Share of each label that is moved to one half."""


class BinaryFocalCrossentropy(BinaryCrossentropy):
    """Binary cross-entropy that counts what is right already less (arXiv:1708.02002)."""

    apply_class_balancing: bool = False
    """Weigh yes by alpha, and no by 1 - alpha."""
    alpha: Rate = 0.25
    """Weight of yes where classes are balanced."""
    gamma: NonNegative = 2.0
    """Power by which right answers count less; 0 for none."""


class CategoricalHinge(Frozen):
    """The margin between the right class and the best of the others."""


class Hinge(Frozen):
    """The margin of yes and no, for outputs from -1 to 1."""


class SquaredHinge(Frozen):
    """The square of the margin of yes and no, for outputs from -1 to 1."""


class MeanSquaredError(Frozen):
    """Mean of the squared differences."""


class MeanAbsoluteError(Frozen):
    """Mean of the differences' sizes."""


class MeanAbsolutePercentageError(Frozen):
    """Mean of the differences in percent of the labels."""


class MeanSquaredLogarithmicError(Frozen):
    """Mean of the squared differences between logarithms of one more."""


class Huber(Frozen):
    """Squared differences up to delta, their sizes beyond it (Huber 1964, Robust Estimation)."""

    delta: Positive = 1.0
    """Difference at which the square ends."""


class LogCosh(Frozen):
    """Logarithm of the hyperbolic cosine of the differences: squares near zero, sizes far from it."""


class KLDivergence(Frozen):
    """Divergence of the predicted distribution from the labels' distribution."""


class Poisson(Frozen):
    """Negative log-likelihood of counts with the predicted mean."""


class CosineSimilarity(Frozen):
    """The negative cosine between label and output as vectors: -1 where they point the same way."""


class CTC(Frozen):
    """Connectionist temporal classification: logits over time, and shorter sequences of labels; 0 is the blank."""


class Dice(Frozen):
    """One minus the Dice coefficient of two masks (arXiv:1606.04797)."""

    axis: tuple[Axis, ...] | None = None
    """Axes that are summed over, 0 for the batch; null for all."""


class Tversky(Dice):
    """One minus the Tversky index of two masks: misses and false alarms weigh differently (arXiv:1706.05721)."""

    alpha: NonNegative = 0.5
    """Weight of misses: what the label has and the output has not."""
    beta: NonNegative = 0.5
    """Weight of false alarms: what the output has and the label has not."""


class BoxRegression(Frozen):
    """How regions have to be moved to be boxes: squares up to beta, sizes beyond it (smooth L1, arXiv:1504.08083).

    The output tells four numbers of each region: shift of its centre as parts of its width and height, and logarithms
    of the factors on these (arXiv:1311.2524, appendix C). Regions that are no object count for nothing.
    """

    beta: Positive = 1.0
    """Difference at which the square ends."""


class YoloV1(Frozen):
    """Squared errors of boxes, confidences and classes in the cells of a grid (arXiv:1506.02640, equation 3).

    For data with boxes and an output of shape (S, S, 5 · boxes + classes). A cell tells of each of its boxes x and y,
    the centre as parts of the cell, then √w and √h as parts of the image, then a confidence; the classes come last.
    """

    boxes: PositiveInt = 2
    """Boxes that each cell tells; the one that fits best learns."""
    lambda_coord: NonNegative = 5.0
    """Weight of place and size."""
    lambda_noobj: NonNegative = 0.5
    """Weight of the confidence of boxes where there is nothing."""
