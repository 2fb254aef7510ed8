"""The layers along the channels that Keras lacks: against NumPy by hand, saved, exported, and from spec to training."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.analysis.receptive import Field, Window, receptive_fields
from specs.infer import INFER
from specs.ops import OPS
from tests.zoo.test_graphs import assert_equals_keras
from zoo.backend import keras, tensorflow
from zoo.layers import make_layer

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.normal(size=(2, 5, 6, 12)).astype("float32")

ARGUMENTS: dict[str, dict[str, Any]] = {
    "LocalResponseNormalization": {"depth_radius": 2, "bias": 0.5, "alpha": 0.3, "beta": 0.6},
    "ChannelShuffle": {"groups": 3},
    "ChannelSplit": {"parts": 3, "index": 1},
    "ChannelAffine": {},
    "LayerScale": {"init_values": 0.5},
    "SquaredDistance": {"units": 4, "seed": 3},
    "TableConv2D": {"connections": ((0, 2), (11,), (3, 1, 0)), "kernel_size": (3, 2), "bias_initializer": "ones"},
}


def made(op: str, **given: Any) -> Any:
    """A layer with weights, as a spec's step makes it."""
    layer = make_layer("layer", op, OPS[op].model_validate(ARGUMENTS[op] | given))
    layer.build((None, *IMAGES.shape[1:]))
    return layer


def answer(layer: Any, x: np.ndarray = IMAGES) -> np.ndarray:
    found: np.ndarray = keras.ops.convert_to_numpy(layer(x))
    return found


def test_local_response_normalization_is_the_paper_s_sum() -> None:
    expected = np.empty_like(IMAGES)
    for i in range(12):
        around = IMAGES[..., max(0, i - 2) : i + 3]
        expected[..., i] = IMAGES[..., i] / (0.5 + 0.3 * (around**2).sum(-1)) ** 0.6
    layer = made("LocalResponseNormalization")
    np.testing.assert_allclose(answer(layer), expected, rtol=1e-5)
    tf = tensorflow.nn.local_response_normalization(IMAGES, depth_radius=2, bias=0.5, alpha=0.3, beta=0.6)
    np.testing.assert_allclose(answer(layer), tf, rtol=1e-5)


def test_shuffle_takes_one_channel_of_each_group_in_turn() -> None:
    order = [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]
    np.testing.assert_array_equal(answer(made("ChannelShuffle")), IMAGES[..., order])


def test_shuffles_of_both_divisors_undo_each_other() -> None:
    shuffled = answer(made("ChannelShuffle", groups=3))
    np.testing.assert_array_equal(answer(made("ChannelShuffle", groups=4), shuffled), IMAGES)


def test_the_parts_of_a_split_are_all_channels_in_order() -> None:
    parts = [answer(made("ChannelSplit", parts=3, index=index)) for index in range(3)]
    assert [part.shape[-1] for part in parts] == [4, 4, 4]
    np.testing.assert_array_equal(np.concatenate(parts, -1), IMAGES)


def test_affine_has_a_coefficient_and_a_bias_for_each_channel() -> None:
    layer = made("ChannelAffine")
    np.testing.assert_array_equal(answer(layer), IMAGES)
    scale, bias = RANDOM.normal(size=(2, 12)).astype("float32")
    layer.set_weights([scale, bias])
    np.testing.assert_allclose(answer(layer), IMAGES * scale + bias, rtol=1e-6)


def test_distance_is_the_sum_of_squared_differences_from_fixed_signs() -> None:
    layer = made("SquaredDistance")
    codes = keras.ops.convert_to_numpy(layer.codes)
    assert set(np.unique(codes)) == {-1, 1}
    assert len(np.unique(codes, axis=1).T) == 4
    assert not layer.trainable_weights
    expected = np.stack([((IMAGES - codes[:, i]) ** 2).sum(-1) for i in range(4)], -1)
    np.testing.assert_allclose(answer(layer), expected, rtol=1e-5)
    np.testing.assert_array_equal(codes, keras.ops.convert_to_numpy(made("SquaredDistance").codes))
    assert (codes != keras.ops.convert_to_numpy(made("SquaredDistance", seed=4).codes)).any()


@pytest.mark.parametrize("window", [{}, {"strides": (2, 1), "padding": "same"}], ids=["valid", "same"])
def test_table_convolution_is_one_with_zeros_where_there_is_no_connection(window: dict[str, Any]) -> None:
    layer = made("TableConv2D", **window)
    kernel = np.zeros((3, 2, 12, 3), "float32")
    given = iter(np.moveaxis(keras.ops.convert_to_numpy(layer.kernel), -1, 0))
    for i, maps in enumerate(((0, 2), (11,), (3, 1, 0))):
        for channel in maps:
            kernel[:, :, channel, i] = next(given)
    full = keras.layers.Conv2D(3, (3, 2), **window)
    full.build((None, *IMAGES.shape[1:]))
    full.set_weights([kernel, np.ones(3, "float32")])
    np.testing.assert_allclose(answer(layer), answer(full), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("op", ARGUMENTS)
def test_what_comes_out_has_the_shape_that_is_inferred(op: str) -> None:
    args = OPS[op].model_validate(ARGUMENTS[op])
    assert answer(made(op)).shape == (2, *INFER[op](args, IMAGES.shape[1:]).output_shape)


@pytest.mark.parametrize("op", ARGUMENTS)
def test_saved_and_exported_it_computes_the_same(op: str, tmp_path: Path) -> None:
    # Height and width are open, as in a model that takes images of any size.
    inputs = keras.Input((None, None, 12))
    layer = made(op)
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(answer(again), answer(model))
    assert again.layers[1].get_config() == layer.get_config()
    model.export(tmp_path / "exported", verbose=False)
    program = tensorflow.saved_model.load(str(tmp_path / "exported"))
    np.testing.assert_allclose(program.serve(IMAGES), answer(model), rtol=1e-5, atol=1e-6)


TEXT = """
name: along_channels
input: {shape: [12, 12, 4]}
body:
  - Conv2D: {filters: 8, kernel_size: 3, groups: 4}
  - LocalResponseNormalization
  - ChannelShuffle: {groups: 4}
  - parallel:
      branches:
        - [ChannelSplit: {index: 0}]
        - [ChannelSplit: {index: 1}, TableConv2D: {connections: [[0, 1], [2, 3, 0]], kernel_size: 3, padding: same}]
  - ChannelAffine
  - TableConv2D: {connections: [[0, 5], [1, 2]], kernel_size: 3, strides: 2}
    name: table
  - GlobalAveragePooling2D
  - SquaredDistance: {units: 3}
  - Rescaling: {scale: -1}
  - Softmax
"""


def test_from_a_spec_to_a_falling_loss(tmp_path: Path) -> None:
    graph = specs.lower(specs.loads(TEXT))
    assert_equals_keras(graph)
    keras.utils.set_random_seed(0)
    model = zoo.build(graph)
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    x, y = RANDOM.normal(size=(6, 12, 12, 4)).astype("float32"), np.array([0, 1, 2, 0, 1, 2])
    before = [keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables]
    losses = [float(model.train_on_batch(x, y)) for _ in range(20)]
    assert losses[-1] < losses[0]
    for variable, was in zip(model.trainable_variables, before, strict=True):
        assert (keras.ops.convert_to_numpy(variable) != was).any(), variable.path
    model.save(tmp_path / "model.keras")
    assert specs.loads(zoo.import_model(str(tmp_path / "model.keras"))).expects is None


def test_receptive_field_passes_through() -> None:
    fields = receptive_fields(specs.lower(specs.loads(TEXT)))
    table = fields["table"]
    assert isinstance(table, Field)
    assert table.windows == (Window(7, 2, -1), Window(7, 2, -1))
    assert fields["squared_distance1"] == "global"
