"""The loss of YOLO v1 against equation 3 of its paper, written down term by term."""

import math
from typing import Any

import numpy as np
import pytest

from specs.errors import DataError
from specs.sections.judging import LossChoice
from zoo.backend import keras
from zoo.data.boxes import filled_up
from zoo.detecting.grid import decoded, grid_targets
from zoo.judging import keras_loss

Array = np.ndarray[Any, Any]


def boxes_of_an_image(random: np.random.Generator, count: int, classes: int) -> Array:
    sizes, places = random.uniform(0.05, 0.6, (count, 2)), random.uniform(0, 1, (count, 2))
    low = places * (1 - sizes)
    return np.concatenate([low, low + sizes, random.integers(classes, size=(count, 1))], axis=1)


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """IoU of two boxes by centre and size."""
    sides = [
        max(0.0, min(a + c / 2, b + d / 2) - max(a - c / 2, b - d / 2))
        for a, b, c, d in ((one[0], other[0], one[2], other[2]), (one[1], other[1], one[3], other[3]))
    ]
    shared = sides[0] * sides[1]
    union = one[2] * one[3] + other[2] * other[3] - shared
    return shared / union if union > 0 else 0.0


def slow(truth: Array, output: Array, boxes: int, coord: float, noobj: float) -> float:
    """Equation 3 for one image: truth (count, 5) by corners, output (S, S, 5 · boxes + C)."""
    cells, total = len(output), 0.0
    for row in range(cells):
        for column in range(cells):
            told = output[row, column]
            here = [box for box in truth.tolist() if _cell(box, cells) == (row, column)]
            responsible = None
            if here:
                x_min, y_min, x_max, y_max, label = here[0]
                x, y, w, h = (x_min + x_max) / 2, (y_min + y_max) / 2, x_max - x_min, y_max - y_min
                found = [
                    ((told[5 * j] + column) / cells, (told[5 * j + 1] + row) / cells, told[5 * j + 2] ** 2,
                     told[5 * j + 3] ** 2)
                    for j in range(boxes)
                ]  # fmt: skip
                ious = [overlap(each, (x, y, w, h)) for each in found]
                responsible = max(range(boxes), key=lambda j: ious[j])
                j = 5 * responsible
                total += coord * ((told[j] - (x * cells - column)) ** 2 + (told[j + 1] - (y * cells - row)) ** 2)
                total += coord * ((told[j + 2] - math.sqrt(w)) ** 2 + (told[j + 3] - math.sqrt(h)) ** 2)
                total += (told[j + 4] - ious[responsible]) ** 2
                total += sum((p - (c == label)) ** 2 for c, p in enumerate(told[5 * boxes :]))
            total += sum(noobj * told[5 * j + 4] ** 2 for j in range(boxes) if j != responsible)
    return total


def _cell(box: list[float], cells: int) -> tuple[int, int]:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return min(int(y * cells), cells - 1), min(int(x * cells), cells - 1)


@pytest.mark.parametrize("seed", range(20))
def test_the_loss_is_that_of_the_paper(seed: int) -> None:
    random = np.random.default_rng(seed)
    cells, boxes, classes = (int(random.integers(1, most)) for most in (8, 4, 6))
    coord, noobj = random.uniform(0, 6, 2).round(2)
    truth = [boxes_of_an_image(random, int(random.integers(0, 5)), classes) for _ in range(4)]
    outputs = random.normal(0.4, 0.4, (4, cells, cells, 5 * boxes + classes))
    choice = {"YoloV1": {"boxes": boxes, "lambda_coord": coord, "lambda_noobj": noobj}}
    loss = keras_loss(LossChoice.model_validate(choice))
    found = float(loss(grid_targets(filled_up(truth), cells, classes), outputs.astype("float32")))
    # A batch counts with the mean of its images. A box that fills cells is float32 in the targets.
    truth = [each.astype(np.float32).astype(float) for each in truth]
    wanted = np.mean([slow(one, other, boxes, coord, noobj) for one, other in zip(truth, outputs, strict=True)])
    assert found == pytest.approx(wanted, rel=1e-4)


def test_right_outputs_cost_nothing_and_decode_to_their_boxes() -> None:
    random = np.random.default_rng(1)
    truth = np.array([[0.1, 0.1, 0.3, 0.4, 2], [0.6, 0.55, 1.0, 0.95, 0]])
    target = grid_targets(filled_up([truth]), cells=4, classes=3)
    loss = keras_loss(LossChoice.model_validate({"YoloV1": {"boxes": 1}}))
    assert float(loss(target, target)) == pytest.approx(0, abs=1e-6)
    assert float(loss(target, target + random.normal(0, 0.1, target.shape))) > 0.1
    corners, scores = decoded(target, boxes=1)
    found = {
        (*corner.round(5).tolist(), int(score.argmax()))
        for corner, score in zip(corners[0], scores[0], strict=True)
        if score.max() > 0.5
    }
    assert found == {tuple(each) for each in truth.tolist()}


def test_of_two_boxes_in_a_cell_the_first_is_learnt() -> None:
    both = np.array([[0.2, 0.2, 0.4, 0.4, 1], [0.1, 0.1, 0.5, 0.5, 0]])
    assert grid_targets(filled_up([both]), 1, 2)[0, 0, 0, 5:].tolist() == [0, 1]
    assert grid_targets(filled_up([both[::-1]]), 1, 2)[0, 0, 0, 5:].tolist() == [1, 0]


def test_the_overlap_passes_no_gradient() -> None:
    from zoo.backend import tensorflow as tf

    loss = keras_loss(LossChoice.model_validate({"YoloV1": {"boxes": 1, "lambda_coord": 0}}))
    target = grid_targets(filled_up([np.array([[0.2, 0.2, 0.6, 0.6, 0]])]), 1, 1)
    output = tf.Variable(np.array([[[[0.5, 0.5, 0.5, 0.5, 0.1, 1.0]]]], np.float32))
    with tf.GradientTape() as tape:
        value = loss(target, output)
    gradient = np.asarray(tape.gradient(value, output)).ravel()
    assert gradient[:4].tolist() == [0, 0, 0, 0]
    assert gradient[4] != 0


def test_the_loss_is_saved_with_its_arguments() -> None:
    loss = keras_loss(LossChoice.model_validate({"YoloV1": {"boxes": 3, "lambda_coord": 1, "lambda_noobj": 2}}))
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert (again.boxes, again.lambda_coord, again.lambda_noobj) == (3, 1, 2)


def test_boxes_from_python_are_held_against_the_grid() -> None:
    import specs
    from zoo.data.python import as_dataset

    document = specs.loads(
        "name: a\ninput: {shape: [8, 8, 1]}\nbody: [Conv2D: {filters: 12, kernel_size: 4, strides: 4}]\n"
        "train: {loss: YoloV1}\n"
    )
    x, boxes = np.zeros((20, 8, 8, 1)), np.tile(np.array([[[0.0, 0.0, 0.5, 0.5, 1.0]]], np.float32), (20, 1, 1))
    assert as_dataset((x, boxes), document).train.all().y["output"].shape == (13, 1, 5)
    for wrong, said in (
        (boxes + np.array([0, 0, 0, 0, 1]), "tells classes 0 to 1, the data has class 2"),
        (boxes * [1, 1, 3, 1, 1], r"corners do not lie in \[0, 1\]"),
        (boxes[..., :4], r"takes boxes \(most, 5\)"),
        (np.arange(20), "takes boxes"),
    ):
        with pytest.raises(DataError, match=said):
            as_dataset((x, wrong.astype(np.float32) if wrong.ndim > 1 else wrong), document)
