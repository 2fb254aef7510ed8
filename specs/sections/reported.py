"""What training reports after each epoch, by its names: what can be watched, and which way is better."""

from collections.abc import Mapping
from typing import Literal, get_args

Trained = Literal[
    "loss", "accuracy", "mae", "top_k_categorical_accuracy", "auc", "precision", "recall", "f1_score", "fbeta_score",
    "mean_iou", "root_mean_squared_error", "mean_squared_error", "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error", "r2_score", "nearest_accuracy", "distance",
]  # fmt: skip
"""What training may report of the training examples after each epoch."""
Validated = Literal[
    "val_loss", "val_accuracy", "val_mae", "val_top_k_categorical_accuracy", "val_auc", "val_precision", "val_recall",
    "val_f1_score", "val_fbeta_score", "val_mean_iou", "val_root_mean_squared_error", "val_mean_squared_error",
    "val_mean_absolute_percentage_error", "val_mean_squared_logarithmic_error", "val_r2_score",
    "val_nearest_accuracy", "val_distance",
]  # fmt: skip
"""What training may report of the validation examples."""
Reported = Literal[Validated, Trained]
REPORTED: tuple[str, ...] = get_args(Reported)

STEPPED: Mapping[str, tuple[str, ...]] = {"adversarial": ("distance",)}
"""By step that learns another way than by the losses of the outputs: what it reports beside its loss, of the model as a
whole.

- distance: the energy distance between made and real examples, 0 where they are alike (Székely and Rizzo 2013).
"""

Counted = Literal["parameters", "macs", "memory"]
"""What is known of a model without training it: weights, multiply-accumulates, bytes of a training step."""
COUNTED: tuple[str, ...] = get_args(Counted)

MINIMISED = frozenset(
    {
        *("parameters", "macs", "memory"),
        *("loss", "mae", "root_mean_squared_error", "mean_squared_error"),
        *("mean_absolute_percentage_error", "mean_squared_logarithmic_error", "distance"),
    }
)
"""What is better where it is smaller; of everything else, more is better."""


def is_maximised(name: str) -> bool:
    """Whether a larger value is better, of what training reports or of what is counted.

    >>> is_maximised("val_accuracy"), is_maximised("val_loss"), is_maximised("mae")
    (True, False, False)
    """
    return name.removeprefix("val_") not in MINIMISED
