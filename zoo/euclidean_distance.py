"""A layer that Keras lacks."""

from typing import Any

from zoo.backend import keras

ops = keras.ops


@keras.saving.register_keras_serializable(package="speczoo")
class EuclideanDistance(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Euclidean distance along the last axis of two inputs of one shape: (..., n) and (..., n) → (..., 1).

    The end of a siamese net (Hadsell, Chopra and LeCun 2006, https://doi.org/10.1109/CVPR.2006.100, section 2.1).

    >>> one, other = ops.array([[0.0, 0.0], [1.0, 1.0]]), ops.array([[3.0, 4.0], [1.0, 1.0]])
    >>> ops.convert_to_numpy(EuclideanDistance()(one, other)).tolist()
    [[5.0], [0.0]]
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # it has no arguments of its own, nor Keras' penalty on what it gives

    def call(self, one: Any, other: Any) -> Any:
        """Two tensors (examples, ..., n) → (examples, ..., 1)."""
        # Squares leave the range of half precision.
        difference = ops.cast(one, "float32") - ops.cast(other, "float32")
        squares = ops.sum(difference * difference, axis=-1, keepdims=True)
        # The root's slope at 0 is infinite, and times a difference of 0 no number: where is asked before and after it.
        # Of what is no number already the distance is none either.
        equal = ops.equal(squares, 0.0)
        return ops.cast(ops.where(equal, 0.0, ops.sqrt(ops.where(equal, 1.0, squares))), one.dtype)

    def compute_output_shape(self, one_shape: tuple[Any, ...], other_shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """One number in place of the last axis."""
        return (*one_shape[:-1], 1)
