"""Decoding and suppression as operations of TensorFlow, for the signatures of an export; see `zoo.detecting.grid`."""

from typing import Any

from specs.sections.export import Detections
from zoo.backend import tensorflow as tf
from zoo.detecting.grid import OF_A_BOX
from zoo.detecting.targeting import Grid


def detections(outputs: Any, grid: Grid, how: Detections) -> dict[str, Any]:
    """Outputs (images, S, S, 5 · boxes + C) → what is told of each image, as `zoo.detecting.suppression` finds it.

    boxes (images, most, 4), scores (images, most), classes (images, most) and count (images); behind the count of an
    image are zeros.
    """
    corners, scores = decoded(outputs, grid)
    # TensorFlow's corners are y, x; suppression is the same of both.
    found = tf.image.combined_non_max_suppression(
        tf.clip_by_value(corners, 0, 1)[:, :, tf.newaxis],
        scores,
        max_output_size_per_class=how.most,
        max_total_size=how.most,
        iou_threshold=how.iou_threshold,
        score_threshold=how.score_threshold,
        clip_boxes=False,
    )
    boxes, told, classes, count = found
    return {"boxes": boxes, "scores": told, "classes": tf.cast(classes, tf.int32), "count": count}


def decoded(outputs: Any, grid: Grid) -> tuple[Any, Any]:
    """As `zoo.detecting.grid.decoded`, in the graph."""
    cells, boxes, classes = grid.cells, grid.boxes, grid.classes
    told = tf.reshape(outputs[..., : OF_A_BOX * boxes], (-1, cells, cells, boxes, OF_A_BOX))
    steps = tf.range(cells, dtype=tf.float32)
    at = tf.stack(tf.meshgrid(steps, steps), axis=-1)[:, :, tf.newaxis]
    centre, half = (told[..., :2] + at) / cells, tf.square(told[..., 2:4]) / 2
    corners = tf.concat([centre - half, centre + half], axis=-1)
    scores = told[..., 4:5] * outputs[..., tf.newaxis, OF_A_BOX * boxes :]
    count = cells * cells * boxes
    return tf.reshape(corners, (-1, count, 4)), tf.reshape(scores, (-1, count, classes))
