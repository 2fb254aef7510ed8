"""Convolutions in groups: the numbers of each group by itself, without XLA where TensorFlow needs none."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import specs
import zoo
from zoo.backend import keras, tensorflow

SPEC = """
name: grouped
input: {{shape: [9, 8, 6]}}
body:
  - {{Conv2D: {{filters: 8, kernel_size: 3, groups: 2, bias_initializer: random_normal, {}}}, name: conv}}
"""
MORE = ("strides: 2, padding: same", "dilation_rate: 2", "padding: same, dilation_rate: [1, 2], activation: tanh")


def built(more: str) -> Any:
    """The layer of a model."""
    return zoo.build(specs.loads(SPEC.format(more))).get_layer("conv")


def gradients(compute: Any, images: NDArray[np.float32], weights: Any) -> list[NDArray[np.float32]]:
    """Of the sum of squares, in the images and the weights."""
    shown = tensorflow.constant(images)
    with tensorflow.GradientTape() as tape:
        tape.watch(shown)
        loss = tensorflow.reduce_sum(compute(shown) ** 2)
    return [each.numpy() for each in tape.gradient(loss, [shown, *weights])]


@pytest.mark.parametrize("more", MORE)
def test_each_group_is_a_convolution_by_itself(more: str) -> None:
    layer = built(more)
    whole = keras.layers.Conv2D.from_config({**layer.get_config(), "groups": 1})
    whole.build((None, 9, 8, 6))
    kernel, bias = layer.get_weights()
    # One convolution of all channels with zeros where a group does not look.
    apart = np.zeros((3, 3, 6, 8), np.float32)
    apart[:, :, :3, :4], apart[:, :, 3:, 4:] = kernel[..., :4], kernel[..., 4:]
    whole.set_weights([apart, bias])
    images = np.random.default_rng(0).normal(size=(3, 9, 8, 6)).astype(np.float32)
    np.testing.assert_allclose(layer(images), whole(images), rtol=1e-5, atol=1e-5)
    (of_images, of_kernel, of_bias), (images_, kernel_, bias_) = (
        gradients(each, images, [weight.value for weight in each.weights]) for each in (layer, whole)
    )
    np.testing.assert_allclose(of_images, images_, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(of_kernel[..., :4], kernel_[:, :, :3, :4], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(of_kernel[..., 4:], kernel_[:, :, 3:, 4:], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(of_bias, bias_, rtol=1e-4, atol=1e-4)


def test_nothing_is_left_to_xla() -> None:
    layer = built("padding: same")
    traced = tensorflow.function(layer).get_concrete_function(tensorflow.TensorSpec((None, 9, 8, 6)))
    assert "_XlaMustCompile" not in str(traced.graph.as_graph_def())
    plain = keras.layers.Conv2D.from_config(layer.get_config())
    traced = tensorflow.function(plain).get_concrete_function(tensorflow.TensorSpec((None, 9, 8, 6)))
    assert "_XlaMustCompile" in str(traced.graph.as_graph_def()), (
        "Keras needs no help any more: zoo.grouped_conv can go"
    )


def test_it_is_saved_as_keras_own() -> None:
    layer = built("padding: same")
    assert keras.saving.serialize_keras_object(layer)["registered_name"] is None
    assert keras.saving.serialize_keras_object(layer)["class_name"] == "Conv2D"
