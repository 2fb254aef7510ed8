"""RoI pooling against a reference that is written from the paper, cell by cell."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import specs
import zoo
from zoo.backend import keras

SPEC = """
name: pooled
inputs: {{features: {{shape: [{height}, {width}, 3]}}, regions: {{shape: [5, 4]}}}}
body:
  - {{RoiPooling: {{pool_size: [{rows}, {columns}]}}, from: [features, regions]}}
"""


def reference(features: NDArray[np.float32], region: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """One region of one image."""
    height, width, channels = features.shape
    x_min, y_min, x_max, y_max = (float(side) for side in region)
    left, top = min(int(np.floor(x_min * width)), width - 1), min(int(np.floor(y_min * height)), height - 1)
    across, down = max(int(np.ceil(x_max * width)) - left, 1), max(int(np.ceil(y_max * height)) - top, 1)
    found = np.empty((*size, channels), np.float32)
    for row in range(size[0]):
        for column in range(size[1]):
            first, last = top + row * down // size[0], top - (-(row + 1) * down // size[0])
            begin, end = left + column * across // size[1], left - (-(column + 1) * across // size[1])
            found[row, column] = features[first:last, begin:end].max(axis=(0, 1))
    return found


@pytest.mark.parametrize(("height", "width", "rows", "columns"), [(6, 8, 2, 3), (5, 5, 7, 7), (1, 9, 1, 4)])
def test_it_is_what_the_paper_says(height: int, width: int, rows: int, columns: int, tmp_path: Path) -> None:
    model = zoo.build(specs.loads(SPEC.format(height=height, width=width, rows=rows, columns=columns)))
    random = np.random.default_rng(0)
    features = random.normal(size=(4, height, width, 3)).astype(np.float32)
    sides = np.sort(random.random((4, 5, 2, 2)).astype(np.float32), axis=2)
    regions = sides.reshape(4, 5, 4)
    regions[0, 0], regions[0, 1] = (0, 0, 1, 1), (1, 1, 1, 1)
    asked = {"features": features, "regions": regions}
    found = model.predict(asked, verbose=0)
    assert found.shape == (4, 5, rows, columns, 3)
    for image in range(4):
        for place in range(5):
            expected = reference(features[image], regions[image, place], (rows, columns))
            np.testing.assert_array_equal(found[image, place], expected)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras").predict(asked, verbose=0), found)
