"""A layer that Keras lacks."""

from collections.abc import Sequence
from typing import Any

from zoo.backend import keras

ops = keras.ops


@keras.saving.register_keras_serializable(package="speczoo")
class RoiPooling(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Largest value in each cell of a grid over every region.

    Girshick, "Fast R-CNN" (arXiv:1504.08083), section 2.1. Features (height, width, channels) and regions (regions, 4)
    → (regions, *pool_size, channels). A region is x_min, y_min, x_max, y_max as parts of width and height. It is
    widened to whole positions, one at least, and cell i of p over n of them goes from floor(i·n/p) to ceil((i+1)·n/p),
    so that neighbours may share a position and none is empty.
    """

    def __init__(self, pool_size: Sequence[int] = (7, 7), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)

    def call(self, features: Any, regions: Any) -> Any:
        """(images, height, width, channels) and (images, regions, 4) → (images, regions, *pool_size, channels)."""
        rows, columns = self.pool_size
        sides = ops.cast(regions, "float32")
        # One axis after the other: cells are rectangles.
        within = _within(sides[..., 1], sides[..., 3], features.shape[1], rows)
        bands = [_largest(features[:, None], within[:, :, row, :, None, None], 2) for row in range(rows)]
        within = _within(sides[..., 0], sides[..., 2], features.shape[2], columns)
        pooled = ops.stack(bands, axis=2)
        cells = [_largest(pooled, within[:, :, None, column, :, None], 3) for column in range(columns)]
        return ops.stack(cells, axis=3)

    def compute_output_shape(self, features_shape: tuple[Any, ...], regions_shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """As `call` says."""
        return (*regions_shape[:2], *self.pool_size, features_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "pool_size": self.pool_size}


def _within(low: Any, high: Any, size: int, cells: int) -> Any:
    """(images, regions, cells, size): which positions along an axis belong to each cell of a region."""
    start = ops.clip(ops.floor(low * size), 0, size - 1)[..., None, None]
    length = ops.maximum(ops.clip(ops.ceil(high * size), 0, size)[..., None, None] - start, 1)
    cell = ops.arange(cells, dtype="float32")[:, None]
    begin, end = start + ops.floor(cell * length / cells), start + ops.ceil((cell + 1) * length / cells)
    at = ops.arange(size, dtype="float32")
    return ops.logical_and(at >= begin, at < end)


def _largest(values: Any, within: Any, axis: int) -> Any:
    return ops.max(ops.where(within, values, ops.cast(float("-inf"), values.dtype)), axis=axis)
