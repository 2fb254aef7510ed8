"""The grid of YOLO v1 (arXiv:1506.02640, section 2): boxes → what its cells are to tell, and back. NumPy alone.

A cell tells B boxes and C classes, in this order: for each box x and y, its centre as parts of the cell; √w and √h,
roots of its width and height as parts of the image; a confidence; then the classes. The target of a cell is the same of
one box, with 1 as the confidence where the centre of a box lies in it.
"""

import numpy as np

from zoo.data.boxes import Boxes
from zoo.data.dataset import Array

OF_A_BOX = 5
"""x, y, √w, √h and a confidence."""


def grid_targets(boxes: Array, cells: int, classes: int) -> Boxes:
    """Boxes (images, most, 5) → targets (images, cells, cells, 5 + classes).

    A cell has a place for one box: of several whose centres lie in it the first counts.

    >>> target = grid_targets(np.array([[[0.5, 0, 1, 0.25, 1]]]), cells=2, classes=3)
    >>> target[0, 0, 1].tolist(), int(np.count_nonzero(target[0, :, 0]))
    ([0.5, 0.25, 0.7071067690849304, 0.5, 1.0, 0.0, 1.0, 0.0], 0)
    """
    found = np.zeros((len(boxes), cells, cells, OF_A_BOX + classes), np.float32)
    image, place = (each[::-1] for each in np.nonzero(boxes[..., 4] >= 0))
    low, high, label = boxes[image, place, :2], boxes[image, place, 2:4], boxes[image, place, 4].astype(np.int64)
    centre = (low + high) / 2 * cells
    column, row = np.minimum(centre.astype(np.int64), cells - 1).T
    told = [centre - np.stack([column, row], axis=-1), np.sqrt(high - low), np.ones((len(image), 1))]
    found[image, row, column] = np.concatenate([*told, np.eye(classes)[label]], axis=-1)
    return found


def decoded(outputs: Array, boxes: int) -> tuple[Array, Array]:
    """Outputs (images, S, S, 5 · boxes + C) → corners (images, S² · boxes, 4) and scores (images, S² · boxes, C).

    A score is the confidence of the box times the probability of the class (section 2, equation 1). Corners are parts
    of the image's size and may lie outside of it.

    >>> cell = [0.5, 0.5, 0.5, 1.0, 0.5, 0.0, 1.0]
    >>> corners, scores = decoded(np.array([[[cell]]]), boxes=1)
    >>> corners.tolist(), scores.tolist()
    ([[[0.375, 0.0, 0.625, 1.0]]], [[[0.0, 0.5]]])
    """
    count, cells, _, width = outputs.shape
    told = outputs[..., : OF_A_BOX * boxes].reshape(count, cells, cells, boxes, OF_A_BOX)
    at = np.stack(np.meshgrid(np.arange(cells), np.arange(cells)), axis=-1)[:, :, np.newaxis]
    centre, half = (told[..., :2] + at) / cells, np.square(told[..., 2:4]) / 2
    corners = np.concatenate([centre - half, centre + half], axis=-1)
    scores = told[..., 4:5] * outputs[..., np.newaxis, OF_A_BOX * boxes :]
    return corners.reshape(count, -1, 4), scores.reshape(count, -1, width - OF_A_BOX * boxes)
