"""Grouped convolutions as TensorFlow computes them.

Keras 3.15 has XLA compile each of them, since TensorFlow once had none on a CPU. TensorFlow 2.21 has those of images,
with their gradients, and XLA's on a CPU take many times as long: of 3×3 in 32 groups on 4×32×32×64, on two cores, 39 ms
instead of 3, and 4.4 s instead of 12 ms with both gradients. Nor can other runtimes call what XLA is to compile.
"""

from typing import Any

from zoo.backend import keras


def computed_by_tensorflow(layer: Any) -> Any:
    """The layer; where it is a Conv2D with groups, one that computes them without XLA, and is saved as it was.

    >>> layer = computed_by_tensorflow(keras.layers.Conv2D(4, 1, groups=2, data_format="channels_last"))
    >>> layer(keras.ops.ones((1, 2, 2, 6))).shape == (1, 2, 2, 4)
    True
    """
    if type(layer) is not keras.layers.Conv2D or layer.groups == 1 or keras.backend.backend() != "tensorflow":
        return layer
    from zoo.backend import tensorflow as tf

    def convolution(inputs: Any, kernel: Any) -> Any:
        return tf.nn.convolution(inputs, kernel, layer.strides, layer.padding.upper(), dilations=layer.dilation_rate)

    layer.convolution_op = convolution
    return layer
