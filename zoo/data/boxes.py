"""Boxes as data: what sources of them give, whatever form their files have.

A box is five float32 numbers: x_min, y_min, x_max, y_max as parts of the image's width and height, in [0, 1] with the
origin at the left upper corner, and the number of its class. They stay true where an image is resized. Images have
unequal numbers of boxes: in an array (images, most, 5) the rows after an image's last are `NO_BOX`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.data.dataset import Array, Rows

Boxes = NDArray[np.float32]
"""(boxes, 5), or with those of several images filled up (images, most, 5)."""

NO_BOX = (0.0, 0.0, 0.0, 0.0, -1.0)
"""What fills up where an image has fewer boxes than another."""


@dataclass(frozen=True, slots=True)
class Boxed:
    """Images of one size, and for each of them its boxes (images, most, 5)."""

    images: Rows
    boxes: Boxes
    classes: tuple[str, ...]
    held_out: int = 0
    """So many images, the last, are the source's own test part."""


def filled_up(each: Sequence[Array]) -> Boxes:
    """The boxes of several images, each (boxes, 5), as one array.

    >>> filled_up([np.zeros((0, 5)), np.array([[0, 0, 0.5, 1, 3]])]).tolist()
    [[[0.0, 0.0, 0.0, 0.0, -1.0]], [[0.0, 0.0, 0.5, 1.0, 3.0]]]
    """
    most = max((len(boxes) for boxes in each), default=0)
    found = np.tile(np.array(NO_BOX, np.float32), (len(each), max(most, 1), 1))
    for row, boxes in zip(found, each, strict=True):
        row[: len(boxes)] = boxes
    return found


def boxes_of(row: Array) -> Array:
    """The boxes of one image without what fills it up.

    >>> boxes_of(filled_up([np.zeros((0, 5)), np.array([[0, 0, 0.5, 1, 3]])])[0]).shape
    (0, 5)
    """
    return row[row[:, 4] >= 0]


def renumbered(boxes: Array, numbers: Array) -> Boxes:
    """The boxes with other class numbers: `numbers[old]` is the new one.

    >>> renumbered(filled_up([np.array([[0, 0, 0.5, 1, 1]])]), np.array([7, 4]))[0, 0, 4]
    np.float32(4.0)
    """
    found = boxes.astype(np.float32)
    labels = found[..., 4].astype(np.int64)
    found[..., 4] = np.where(labels >= 0, numbers[labels], labels)
    return found


def are_boxes(y: NDArray[Any]) -> bool:
    """Whether what is to be learnt has the form of boxes."""
    return y.dtype.kind == "f" and y.ndim == 3 and y.shape[-1] == len(NO_BOX)


def iou(one: Array, other: Array) -> Array:
    """Intersection over union of each box with each other one: (…, a, 4+) and (…, b, 4+) → (…, a, b).

    >>> iou(np.array([[0, 0, 1, 1]]), np.array([[0, 0, 0.5, 1], [0.5, 0, 1.5, 1]])).round(3).tolist()
    [[0.5, 0.333]]
    """
    left, right = one[..., :, None, :], other[..., None, :, :]
    sides = np.minimum(left[..., 2:4], right[..., 2:4]) - np.maximum(left[..., :2], right[..., :2])
    shared = np.prod(np.maximum(sides, 0), axis=-1)
    union = _area(left) + _area(right) - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def _area(boxes: Array) -> Array:
    return np.asarray(np.prod(np.maximum(boxes[..., 2:4] - boxes[..., :2], 0), axis=-1))


def numbers_of(names: Iterable[str]) -> dict[str, int]:
    """The number of each class by its name."""
    return {name: number for number, name in enumerate(names)}
