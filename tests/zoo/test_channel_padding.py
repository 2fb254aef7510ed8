"""Shortcuts without weights: every other pixel, widened with zeros."""

from pathlib import Path

import numpy as np

import specs
import zoo
from zoo.backend import keras

SPEC = """
name: option_a
input: {shape: [5, 4, 3]}
defaults: {conv: {kernel_size: 3, padding: same, norm: none, activation: linear, kernel_initializer: zeros}}
body:
  - residual: {body: [conv: {filters: 8, strides: 2}], shortcut: padding}
"""


def test_padded_shortcut_takes_every_other_pixel_and_adds_zeros(tmp_path: Path) -> None:
    model = zoo.build(specs.loads(SPEC))
    x = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype("float32")
    expected = np.zeros((2, 3, 2, 8), "float32")
    # Five more channels: two in front, three behind.
    expected[..., 2:5] = x[:, ::2, ::2]
    # The body's kernel is zero, so that what comes out is the shortcut.
    assert np.array_equal(model.predict(x, verbose=0), expected)
    model.save(tmp_path / "model.keras")
    assert np.array_equal(keras.models.load_model(tmp_path / "model.keras").predict(x, verbose=0), expected)
