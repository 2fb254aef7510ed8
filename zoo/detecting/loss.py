"""The loss of YOLO v1, in operations of Keras."""

from typing import Any

from zoo.backend import keras
from zoo.detecting.grid import OF_A_BOX

ops = keras.ops


@keras.saving.register_keras_serializable("speczoo")
class YoloV1(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """The sum of five squared errors (arXiv:1506.02640, equation 3), of each image.

    Targets (images, S, S, 5 + C) and outputs (images, S, S, 5 · boxes + C), both in the order of `zoo.detecting.grid`.
    Of the boxes of a cell in which an object's centre lies the one with the highest IoU is responsible: its place,
    roots of sizes and confidence count, and the confidence is to be that IoU. All other confidences are to be 0.
    Neither who is responsible nor the IoU passes a gradient.

    >>> import numpy as np
    >>> target, output = np.zeros((1, 1, 1, 7)), np.full((1, 1, 1, 7), 0.5)
    >>> float(YoloV1(boxes=1)(target, output))  # no object: half of 0.5²
    0.125
    """

    def __init__(
        self,
        boxes: int = 2,
        lambda_coord: float = 5.0,
        lambda_noobj: float = 0.5,
        reduction: str = "sum_over_batch_size",
        name: str = "yolo_v1",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.boxes = boxes
        self.lambda_coord = lambda_coord
        self.lambda_noobj = lambda_noobj

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each image: (images)."""
        cells, count = y_pred.shape[1], self.boxes
        told = ops.reshape(y_pred[..., : OF_A_BOX * count], (-1, cells, cells, count, OF_A_BOX))
        truth, there = y_true[..., None, :4], y_true[..., 4:5]
        overlap = ops.stop_gradient(_iou(told, truth, cells))
        responsible = there * ops.one_hot(ops.argmax(overlap, axis=-1), count, dtype=told.dtype)
        place = ops.sum(ops.square(told[..., :4] - truth), axis=-1)
        confidence, classes = told[..., 4], ops.square(y_pred[..., OF_A_BOX * count :] - y_true[..., OF_A_BOX:])
        of_boxes = responsible * (self.lambda_coord * place + ops.square(confidence - overlap))
        of_others = self.lambda_noobj * (1 - responsible) * ops.square(confidence)
        return ops.sum(of_boxes + of_others, axis=(1, 2, 3)) + ops.sum(there * classes, axis=(1, 2, 3))

    def get_config(self) -> dict[str, Any]:
        """The arguments, as they are saved."""
        own = {"boxes": self.boxes, "lambda_coord": self.lambda_coord, "lambda_noobj": self.lambda_noobj}
        return {**super().get_config(), **own}


def _iou(one: Any, other: Any, cells: int) -> Any:
    """Of boxes (…, 4+) of the same cell, given by centre and roots of the sizes: (…)."""
    (low, high, area), (low2, high2, area2) = _corners(one, cells), _corners(other, cells)
    shared = ops.prod(ops.maximum(ops.minimum(high, high2) - ops.maximum(low, low2), 0), axis=-1)
    return ops.divide_no_nan(shared, area + area2 - shared)


def _corners(boxes: Any, cells: int) -> tuple[Any, Any, Any]:
    """Corners and area; where the cell lies is the same for both of them."""
    centre, size = boxes[..., :2] / cells, ops.square(boxes[..., 2:4])
    return centre - size / 2, centre + size / 2, ops.prod(size, axis=-1)
