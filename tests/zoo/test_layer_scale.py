"""LayerScale against the layer that keras.applications has inside its ConvNeXt."""

import numpy as np
from keras.src.applications.convnext import LayerScale as OfKeras

from specs.ops import OPS
from zoo.backend import keras
from zoo.layers import make_layer


def test_it_is_what_keras_has_inside_convnext() -> None:
    ours, theirs = make_layer("scale", "LayerScale", OPS["LayerScale"].model_validate({})), OfKeras(1e-6, 3)
    x = np.random.default_rng(0).normal(size=(2, 4, 5, 3)).astype("float32")
    for layer in (ours, theirs):
        layer.build(x.shape)
        assert [(weight.shape, weight.trainable) for weight in layer.weights] == [((3,), True)]
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(ours(x)), keras.ops.convert_to_numpy(theirs(x)))
    factors = np.array([2.0, -1.0, 0.5], np.float32)
    ours.set_weights([factors])
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(ours(x)), x * factors)
