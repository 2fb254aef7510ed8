"""The loss of regions that are moved, in operations of Keras."""

from typing import Any

from zoo.backend import keras

ops = keras.ops


@keras.saving.register_keras_serializable("speczoo")
class BoxRegression(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Smooth L1 of the shifts of those regions that are objects (Fast R-CNN, arXiv:1504.08083, equations 2 and 3).

    Targets and outputs (regions, 4); a target that is not a number is that of a region that is no object, and counts
    for nothing.

    >>> import numpy as np
    >>> nothing = np.full((1, 4), np.nan)
    >>> float(BoxRegression()(np.concatenate([nothing, np.zeros((1, 4))]), np.array([[9.0] * 4, [1, 2, 0, 0]])))
    1.0
    """

    def __init__(
        self, beta: float = 1.0, reduction: str = "sum_over_batch_size", name: str = "box_regression", dtype: Any = None
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.beta = beta

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each region: (regions)."""
        there = ops.isfinite(y_true)
        # What is not a number may not come into a gradient, not even times 0.
        off = ops.abs(y_pred - ops.where(there, y_true, ops.zeros_like(y_true)))
        each = ops.where(off < self.beta, 0.5 * ops.square(off) / self.beta, off - 0.5 * self.beta)
        return ops.sum(ops.where(there, each, ops.zeros_like(each)), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as they are saved."""
        return {**super().get_config(), "beta": self.beta}
