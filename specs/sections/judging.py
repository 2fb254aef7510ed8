"""How outputs are judged: the choice of a loss and of metrics, and what form of label each of them takes."""

from collections.abc import Mapping
from typing import Literal

from specs.sections import losses, metrics, more_losses
from specs.sections.base import OneOf


class LossChoice(OneOf):
    """The loss, by Keras' class name where Keras has it."""

    SparseCategoricalCrossentropy: losses.SparseCategoricalCrossentropy | None = None
    CategoricalCrossentropy: losses.CategoricalCrossentropy | None = None
    CategoricalFocalCrossentropy: losses.CategoricalFocalCrossentropy | None = None
    CategoricalGeneralizedCrossEntropy: losses.CategoricalGeneralizedCrossEntropy | None = None
    CategoricalHinge: losses.CategoricalHinge | None = None
    BinaryCrossentropy: losses.BinaryCrossentropy | None = None
    BinaryFocalCrossentropy: losses.BinaryFocalCrossentropy | None = None
    Hinge: losses.Hinge | None = None
    SquaredHinge: losses.SquaredHinge | None = None
    MeanSquaredError: losses.MeanSquaredError | None = None
    MeanAbsoluteError: losses.MeanAbsoluteError | None = None
    MeanAbsolutePercentageError: losses.MeanAbsolutePercentageError | None = None
    MeanSquaredLogarithmicError: losses.MeanSquaredLogarithmicError | None = None
    Huber: losses.Huber | None = None
    LogCosh: losses.LogCosh | None = None
    KLDivergence: losses.KLDivergence | None = None
    Poisson: losses.Poisson | None = None
    CosineSimilarity: losses.CosineSimilarity | None = None
    CTC: losses.CTC | None = None
    Dice: losses.Dice | None = None
    Tversky: losses.Tversky | None = None
    BoxRegression: losses.BoxRegression | None = None
    YoloV1: losses.YoloV1 | None = None
    DiceCrossentropy: more_losses.DiceCrossentropy | None = None
    Triplet: more_losses.Triplet | None = None
    Contrastive: more_losses.Contrastive | None = None


class MetricChoice(OneOf):
    """A metric, by Keras' class name."""

    TopKCategoricalAccuracy: metrics.TopKCategoricalAccuracy | None = None
    AUC: metrics.AUC | None = None
    Precision: metrics.Precision | None = None
    Recall: metrics.Recall | None = None
    F1Score: metrics.F1Score | None = None
    FBetaScore: metrics.FBetaScore | None = None
    MeanIoU: metrics.MeanIoU | None = None
    RootMeanSquaredError: metrics.RootMeanSquaredError | None = None
    MeanSquaredError: metrics.SquaredError | None = None
    MeanAbsolutePercentageError: metrics.PercentageError | None = None
    MeanSquaredLogarithmicError: metrics.LogarithmicError | None = None
    R2Score: metrics.R2Score | None = None


Labels = Literal["integers", "one_hot", "binary", "numbers", "sequence", "shifts", "boxes", "identities", "pairs"]

LABELS: Mapping[str, Labels] = {
    **dict.fromkeys(("SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy"), "integers"),
    "DiceCrossentropy": "integers",
    **dict.fromkeys(("CategoricalCrossentropy", "CategoricalFocalCrossentropy", "CategoricalHinge"), "one_hot"),
    **dict.fromkeys(("Dice", "Tversky"), "one_hot"),
    **dict.fromkeys(("BinaryCrossentropy", "BinaryFocalCrossentropy", "Hinge", "SquaredHinge"), "binary"),
    **dict.fromkeys(("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError"), "numbers"),
    **dict.fromkeys(("MeanSquaredLogarithmicError", "Huber", "LogCosh"), "numbers"),
    **dict.fromkeys(("KLDivergence", "Poisson", "CosineSimilarity"), "numbers"),
    "CTC": "sequence",
    "BoxRegression": "shifts",
    "YoloV1": "boxes",
    "Triplet": "identities",
    "Contrastive": "pairs",
}
"""The form of label that each loss takes.

- integers: the number of the class, from 0; shape (…) for an output (…, classes);
- one_hot: a vector with 1 at the class; shape (…, classes). Of masks with one channel the mask itself, as binary;
- binary: 0 or 1 for each output; shape (…, units);
- numbers: what the output should be; shape (…, units);
- sequence: class numbers from 1, shorter ones filled up with 0; shape (length) for an output (time, classes);
- shifts: how a region has to be moved, not a number where it is no object; shape (4) for an output (4);
- boxes: corners and class numbers, as many as an image has; for an output (S, S, numbers of a cell);
- identities: class numbers of which only matters whether they are equal; for an output (numbers), a place;
- pairs: 1 for two examples of one class, 0 for two of different ones; for an output (1), their distance.
"""

MASKS = ("Dice", "Tversky", "DiceCrossentropy")
"""Losses of masks: of one channel the label is 0 or 1, and binary whatever the table above says."""

ALWAYS: Mapping[Labels, str] = {
    **dict.fromkeys(("integers", "one_hot", "binary", "pairs"), "accuracy"),
    "numbers": "mae",
    "identities": "nearest_accuracy",
}
"""What training always reports of an output beside its loss, by the form of its labels."""

METRICS: Mapping[str, tuple[str, tuple[Labels, ...]]] = {
    "TopKCategoricalAccuracy": ("top_k_categorical_accuracy", ("integers", "one_hot")),
    "AUC": ("auc", ("one_hot", "binary")),
    "Precision": ("precision", ("one_hot", "binary")),
    "Recall": ("recall", ("one_hot", "binary")),
    "F1Score": ("f1_score", ("one_hot", "binary")),
    "FBetaScore": ("fbeta_score", ("one_hot", "binary")),
    "MeanIoU": ("mean_iou", ("integers", "one_hot", "binary")),
    "RootMeanSquaredError": ("root_mean_squared_error", ("numbers",)),
    "MeanSquaredError": ("mean_squared_error", ("numbers",)),
    "MeanAbsolutePercentageError": ("mean_absolute_percentage_error", ("numbers",)),
    "MeanSquaredLogarithmicError": ("mean_squared_logarithmic_error", ("numbers",)),
    "R2Score": ("r2_score", ("numbers",)),
}
"""By metric, the name under which training reports it, and the forms of labels that it can be computed from."""


def from_logits(loss: LossChoice) -> bool:
    """Whether the outputs that a loss takes are no probabilities yet."""
    return loss.kind in ("CTC", "Hinge", "SquaredHinge") or bool(getattr(loss.args, "from_logits", False))
