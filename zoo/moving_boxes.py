"""Boxes move as their image does, where the sides of a box stay straight."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from specs.graph import Shape
from specs.ops.base import Op
from zoo.backend import keras
from zoo.data.boxes import NO_BOX

LEAST_LEFT = 0.25
"""A box of which less than this part of its area is left on the image is no box any more."""


@dataclass(frozen=True, slots=True)
class BoxLabels:
    """An output learns boxes: labels (examples, most, 5), as `zoo.data.boxes` has them."""


Affine = tuple[Any, Any]
"""Factor and offset, each (examples, 2) for x and y: where a place of the image, as parts of its size, comes to lie."""


def moved_boxes(y: Any, by: Affine) -> Any:
    """The boxes (examples, most, 5) at their new places, cut off at the image's sides; those that have left are none.

    >>> import numpy as np
    >>> y = np.array([[[0.25, 0.25, 0.5, 0.5, 3]], [[0.75, 0.75, 1, 1, 3]]], "float32")
    >>> found = moved_boxes(y, (np.ones((2, 2), "float32"), np.full((2, 2), 0.5, "float32")))
    >>> keras.ops.convert_to_numpy(found)[:, 0].tolist()
    [[0.75, 0.75, 1.0, 1.0, 3.0], [0.0, 0.0, 0.0, 0.0, -1.0]]
    """
    ops = keras.ops
    factor, offset = (each[:, None] for each in by)
    one, other = y[..., :2] * factor + offset, y[..., 2:4] * factor + offset
    low, high = ops.minimum(one, other), ops.maximum(one, other)
    seen = ops.clip(low, 0, 1), ops.clip(high, 0, 1)
    area, left = (ops.prod(b - a, axis=-1, keepdims=True) for a, b in ((low, high), seen))
    kept = ops.logical_and(y[..., 4:] >= 0, left > LEAST_LEFT * area)
    found = ops.concatenate([*seen, y[..., 4:]], axis=-1)
    return ops.where(kept, found, ops.cast(ops.array(NO_BOX), found.dtype))


def _flipped(how: Any, args: Any, shape: Shape) -> Affine:
    flips = keras.ops.cast(keras.ops.reshape(how["flips"], (-1, 1)), "float32")
    axes = keras.ops.array([[float("horizontal" in args.mode), float("vertical" in args.mode)]])
    return 1 - 2 * flips * axes, flips * axes


def _translated(how: Any, args: Any, shape: Shape) -> Affine:
    height, width, _ = shape
    offset = how["translations"] / keras.ops.array([[float(width or 1), float(height or 1)]])
    return keras.ops.ones_like(offset), offset


def _zoomed(how: Any, args: Any, shape: Shape) -> Affine:
    factor = 1 / keras.ops.concatenate([how["width_zoom"], how["height_zoom"]], axis=1)
    return factor, 0.5 * (1 - factor)


AFFINE: dict[str, Callable[[Any, Any, Shape], Affine]] = {
    "RandomFlip": _flipped,
    "RandomTranslation": _translated,
    "RandomZoom": _zoomed,
}
"""By step: what its layer has drawn, its arguments and the shape of the images → where these come to lie."""


def padded(args: Op, shape: Shape, count: Any) -> Affine:
    """Where images come to lie on the larger ones that ZeroPadding2D makes of them."""
    (top, bottom), (left, right) = args.padding  # type: ignore[attr-defined]
    height, width = (float(size or 1) for size in shape[:2])
    whole = width + left + right, height + top + bottom
    one = keras.ops.ones((count, 2))
    factor = one * keras.ops.array([[width / whole[0], height / whole[1]]])
    return factor, one * keras.ops.array([[left / whole[0], top / whole[1]]])


def cropped(starts: Any, crop: tuple[int, int], whole: tuple[int, int]) -> Affine:
    """Where images come to lie on a part of them: its first column and row (examples, 2), its width and height."""
    of_part = keras.ops.array([[1 / size for size in crop]])
    sizes = keras.ops.array([[float(size) for size in whole]])
    starts = keras.ops.cast(starts, "float32")
    return keras.ops.ones_like(starts) * sizes * of_part, -starts * of_part
