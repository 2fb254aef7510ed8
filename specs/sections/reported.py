"""What training reports after each epoch, by its names: what can be watched, and which way is better."""

from typing import Literal, get_args

Trained = Literal[
    "loss", "accuracy", "mae", "top_k_categorical_accuracy", "auc", "precision", "recall", "f1_score", "fbeta_score",
    "mean_iou", "root_mean_squared_error", "mean_squared_error", "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error", "r2_score",
]  # fmt: skip
"""What training may report of the training examples after each epoch."""
Validated = Literal[
    "val_loss", "val_accuracy", "val_mae", "val_top_k_categorical_accuracy", "val_auc", "val_precision", "val_recall",
    "val_f1_score", "val_fbeta_score", "val_mean_iou", "val_root_mean_squared_error", "val_mean_squared_error",
    "val_mean_absolute_percentage_error", "val_mean_squared_logarithmic_error", "val_r2_score",
]  # fmt: skip
"""What training may report of the validation examples."""
Reported = Literal[Validated, Trained]
REPORTED: tuple[str, ...] = get_args(Reported)

MINIMISED = frozenset(
    {
        *("loss", "mae", "root_mean_squared_error", "mean_squared_error"),
        *("mean_absolute_percentage_error", "mean_squared_logarithmic_error"),
    }
)
"""What is better where it is smaller; of everything else that is reported, more is better."""


def is_maximised(name: str) -> bool:
    """Whether a larger value of what training reports is better.

    >>> is_maximised("val_accuracy"), is_maximised("val_loss"), is_maximised("mae")
    (True, False, False)
    """
    return name.removeprefix("val_") not in MINIMISED
