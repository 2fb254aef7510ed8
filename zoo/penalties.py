"""A regulariser that Keras lacks."""

from typing import Any

from zoo.backend import keras


@keras.saving.register_keras_serializable(package="speczoo")
class NuclearNorm(keras.regularizers.Regularizer):  # type: ignore[misc]  # Keras has no types
    """Penalty factor · Σ singular values of a kernel, reshaped to (all other axes, last axis).

    The nuclear norm is the convex envelope of the rank on matrices of spectral norm at most 1 (M. Fazel, "Matrix
    Rank Minimization with Applications", 2002, section 5.1.5), so the penalty favours kernels of low rank.

    >>> import numpy
    >>> float(NuclearNorm(0.5)(numpy.diag([3.0, -4.0]).astype("float32")))
    3.5
    """

    def __init__(self, factor: float = 0.01) -> None:
        self.factor = factor

    def __call__(self, kernel: Any) -> Any:
        matrix = keras.ops.reshape(kernel, (-1, kernel.shape[-1]))
        return self.factor * keras.ops.sum(keras.ops.svd(matrix, compute_uv=False))

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {"factor": self.factor}
