"""Many boxes with a score for each class → those that are told: per-class non-maximum suppression. NumPy alone.

`zoo.detecting.in_graph` has the same of TensorFlow, for exports.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from specs.sections.export import Detections
from zoo.data.boxes import iou
from zoo.data.dataset import Array


class Found(NamedTuple):
    """The boxes that are told of one image, the surest first."""

    boxes: Array
    """(boxes, 4): x_min, y_min, x_max, y_max as parts of the image's size, cut off at its sides."""
    scores: Array
    """(boxes)"""
    classes: Array
    """(boxes), numbers of classes."""


def suppressed(corners: Array, scores: Array, how: Detections) -> Found:
    """Corners (boxes, 4) and scores (boxes, classes) of one image → what is told of it.

    Of each class the box with the highest score counts, and all of the class that overlap it by an IoU above
    `iou_threshold` do not; then the next that is left. Scores up to `score_threshold` do not count, and of all classes
    together the `most` highest scores do. Of equal scores the earlier class, and in it the earlier box, comes first.

    >>> boxes = np.array([[0, 0, 0.5, 0.5], [0, 0, 0.5, 0.4], [0.5, 0.5, 1, 1]])
    >>> found = suppressed(boxes, np.array([[0.9], [0.8], [0.3]]), Detections())
    >>> found.scores.tolist(), found.classes.tolist()
    ([0.9, 0.3], [0, 0])
    """
    corners = np.clip(corners, 0, 1)
    kept = [(label, at) for label in range(scores.shape[1]) for at in _kept(corners, scores[:, label], how)]
    labels, places = np.array(kept, np.int64).reshape(-1, 2).T
    found = scores[places, labels]
    order = np.argsort(-found, kind="stable")[: how.most]
    return Found(corners[places[order]], found[order], labels[order])


def _kept(corners: Array, scores: Array, how: Detections) -> Iterator[int]:
    """The boxes of one class that no surer one suppresses, the surest first."""
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > how.score_threshold]
    overlap, left = iou(corners[order], corners[order]), np.ones(len(order), bool)
    for rank, at in enumerate(order.tolist()):
        if left[rank]:
            left &= overlap[rank] <= how.iou_threshold
            yield at
