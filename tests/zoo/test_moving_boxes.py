"""Boxes stay around what they tell, whatever moves their image."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import specs
from specs import box_moving
from specs.sections.augment import STEPS, read
from zoo.augmenting import Augmenter
from zoo.contact_sheet import contact_sheet
from zoo.data.boxes import NO_BOX, boxes_of, filled_up
from zoo.moving import MOVES
from zoo.moving_boxes import AFFINE, BoxLabels

SIZE = 48
CONSTANT = {"fill_mode": "constant", "interpolation": "nearest"}
MOVING: dict[str, tuple[Any, ...]] = {
    "left_right": ({"RandomFlip": {"mode": "horizontal"}},),
    "both": ("RandomFlip",),
    "translation": ({"RandomTranslation": {"height_factor": 0.3, "width_factor": 0.2, **CONSTANT}},),
    "zoom": ({"RandomZoom": {"height_factor": (-0.4, 0.4), "width_factor": (-0.2, 0.5), **CONSTANT}},),
    "padded_crop": (
        {"ZeroPadding2D": {"padding": ((4, 10), (0, 8))}},
        {"RandomCrop": {"height": SIZE, "width": SIZE}},
    ),
    "all": (
        {"RandomFlip": {"mode": "vertical"}},
        {"RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1, **CONSTANT}},
        {"RandomZoom": {"height_factor": 0.2, **CONSTANT}},
        {"RandomBrightness": {"factor": (-0.2, 0)}},
    ),
}


def rectangles(count: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """An image with one bright rectangle each, and its box."""
    random, x, boxes = np.random.default_rng(0), np.zeros((count, SIZE, SIZE, 1), np.float32), []
    for image in x:
        left, top = random.integers(4, 20, 2)
        width, height = random.integers(8, 24, 2)
        image[top : top + height, left : left + width] = 200
        boxes.append(np.array([[left, top, left + width, top + height, SIZE * 3]]) / SIZE)
    return x, filled_up(boxes)


@pytest.mark.parametrize("name", MOVING)
def test_boxes_move_as_what_they_are_around(name: str) -> None:
    x, y = rectangles(40)
    changed, labels = Augmenter(read(MOVING[name]), (SIZE, SIZE, 1), [BoxLabels()])(x, {"output": y}, 0, 1, 2)
    moved = 0
    for before, image, row in zip(y, changed, labels["output"], strict=True):
        ink = image[..., 0] > 100
        if not len(found := boxes_of(row)):
            assert row[0].tolist() == list(NO_BOX)
            continue
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        seen = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
        np.testing.assert_allclose(found[0, :4] * SIZE, seen, atol=1.01)
        assert found[0, 4] == 3
        moved += not np.allclose(found[0], before[0], atol=1e-4)
    assert moved > 10


def test_what_has_left_the_image_is_no_box_any_more() -> None:
    x, y = rectangles(30)
    far = ({"RandomTranslation": {"height_factor": (0.9, 0.9), "width_factor": 0.0, **CONSTANT}},)
    _, labels = Augmenter(read(far), (SIZE, SIZE, 1), [BoxLabels()])(x, {"output": y}, 0, 0, 0)
    gone = [not len(boxes_of(row)) for row in labels["output"]]
    assert np.mean(gone) > 0.9


def test_tables_name_the_same_steps() -> None:
    assert {*AFFINE, "RandomCrop", "ZeroPadding2D"} == {*box_moving.FOLLOWED}
    assert {*box_moving.FOLLOWED} | {*box_moving.OTHERWISE} >= MOVES
    assert {*box_moving.FOLLOWED} | {*box_moving.OTHERWISE} <= {*STEPS}


def test_a_contact_sheet_draws_the_boxes(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "name: a\ninput: {shape: [32, 32, 1]}\nbody: [Conv2D: {filters: 20, kernel_size: 8, strides: 8}]\n"
        "train: {data: {digit_canvas: {size: 32, examples: 20}}, loss: YoloV1, augment: [RandomFlip]}\n"
    )
    contact_sheet(specs.load(tmp_path / "a.yaml"), tmp_path / "sheet.png")
    pixels = np.asarray(Image.open(tmp_path / "sheet.png").convert("RGB")).astype(int)
    assert ((pixels[..., 0] == 255) & (pixels[..., 1] == 0)).sum() > 1000
