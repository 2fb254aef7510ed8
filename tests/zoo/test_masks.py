"""Masks go the way they go in Keras, and augmentation is at work in training only."""

from typing import Any

import numpy as np
import pytest

import specs
import zoo
from zoo.backend import keras

HEARD = """
name: heard
input: {shape: [null, 3]}
body:
  - Masking: {mask_value: -1}
  - Dropout: {rate: 0.5}
  - LSTM: {units: 4, return_sequences: true}
  - GRU: {units: 2}
"""
READ = """
name: read
input: {shape: [null], dtype: int32}
body:
  - Embedding: {input_dim: 9, output_dim: 3, mask_zero: true}
  - Bidirectional: {layer: {LSTM: {units: 4}}}
"""


def _padded(values: Any, with_what: float, steps: int) -> Any:
    end = np.full((values.shape[0], steps, *values.shape[2:]), with_what, values.dtype)
    return np.concatenate([values, end], axis=1)


@pytest.mark.parametrize(("text", "padding"), [(HEARD, -1.0), (READ, 0)])
def test_steps_of_padding_change_nothing(text: str, padding: float) -> None:
    model, random = zoo.build(specs.loads(text)), np.random.default_rng(0)
    codes = "Embedding" in text
    x = random.integers(1, 9, (2, 5)) if codes else random.normal(size=(2, 5, 3)).astype("float32")
    np.testing.assert_allclose(model(_padded(x, padding, 3)), model(x), atol=1e-6)
    assert not np.allclose(model(_padded(x, 5, 3)), model(x), atol=1e-3), "other steps do"


def test_masked_model_is_the_one_that_is_written_by_hand() -> None:
    ours = zoo.build(specs.loads(HEARD))
    layers = keras.layers
    start = keras.Input((None, 3))
    end = layers.LSTM(4, return_sequences=True)(layers.Dropout(0.5)(layers.Masking(-1)(start)))
    theirs = keras.Model(start, layers.GRU(2)(end))
    theirs.set_weights(ours.get_weights())
    x = _padded(np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32"), -1.0, 2)
    np.testing.assert_allclose(ours(x), theirs(x), atol=1e-6)


AUGMENTING = """
name: augmenting
input: {shape: [8, 8, 1]}
body:
  - RandomFlip
  - RandomRotation: {factor: 0.2}
  - RandomTranslation: {height_factor: 0.2, width_factor: 0.2}
  - RandomZoom: {height_factor: 0.2}
  - RandomContrast: {factor: 0.3}
  - RandomBrightness: {factor: 0.3}
"""


def test_images_are_changed_in_training_only() -> None:
    model = zoo.build(specs.loads(AUGMENTING))
    x = np.random.default_rng(0).uniform(0, 255, (4, 8, 8, 1)).astype("float32")
    np.testing.assert_allclose(model(x, training=False), x)
    assert not np.allclose(model(x, training=True), x)


@pytest.mark.parametrize(
    ("written", "lower", "upper"), [("0.2", -0.2, 0.2), ("[0.3, -0.1]", -0.1, 0.3), ("-0.5", -0.5, 0.5)]
)
def test_a_factor_is_the_range_that_keras_makes_of_it(written: str, lower: float, upper: float) -> None:
    text = f"name: t\ninput: {{shape: [8, 8, 1]}}\nbody: [RandomRotation: {{factor: {written}}}]"
    layer = zoo.build(specs.loads(text)).get_layer("random_rotation1")
    factor: Any = {"0.2": 0.2, "[0.3, -0.1]": [0.3, -0.1], "-0.5": -0.5}[written]
    assert tuple(layer.factor) == tuple(keras.layers.RandomRotation(factor).factor) == (lower, upper)
