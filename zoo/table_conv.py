"""A convolution that Keras lacks; specs.ops.table_conv says where it comes from."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.backend import keras

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="speczoo")
class TableConv2D(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Convolution in which filter i sees the channels connections[i]: (height, width, channels) → (…, filters).

    `kernel` holds a window for each connection, (height, width, connections), filter after filter.
    """

    def __init__(
        self,
        connections: Sequence[Sequence[int]],
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.connections = [list(maps) for maps in connections]
        self.kernel_size = (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)
        self.strides = (strides, strides) if isinstance(strides, int) else tuple(strides)
        self.padding, self.use_bias = padding, use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)

    def build(self, input_shape: Shape) -> None:
        """Makes the weights, and the place of each channel's window in them: the one after the last is zero."""
        self.input_spec = keras.layers.InputSpec(ndim=4, axes={-1: input_shape[-1]})
        count = sum(map(len, self.connections))
        self.kernel = self._weight("kernel", (*self.kernel_size, count))
        self.bias = self._weight("bias", (len(self.connections),)) if self.use_bias else None
        self._places = np.full((input_shape[-1] or 0, len(self.connections)), count)
        pairs = [(channel, i) for i, maps in enumerate(self.connections) for channel in maps]
        for place, pair in enumerate(pairs):
            self._places[pair] = place

    def _weight(self, name: str, shape: Shape) -> Any:
        kinds = ("initializer", "regularizer")
        return self.add_weight(name=name, shape=shape, **{kind: getattr(self, f"{name}_{kind}") for kind in kinds})

    def call(self, inputs: Any) -> Any:
        """A full convolution whose kernel is zero where there is no connection."""
        windows = keras.ops.pad(self.kernel, [[0, 0], [0, 0], [0, 1]])
        kernel = keras.ops.take(windows, self._places, axis=-1)
        found = keras.ops.conv(inputs, kernel, self.strides, self.padding, data_format="channels_last")
        return found if self.bias is None else found + self.bias

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(height, width, channels) → (height', width', filters)."""
        convolution = keras.layers.Conv2D(len(self.connections), self.kernel_size, self.strides, self.padding)
        shape: Shape = convolution.compute_output_shape(input_shape)
        return shape

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        names = ("connections", "kernel_size", "strides", "padding", "use_bias")
        config = {name: getattr(self, name) for name in names}
        for name in ("kernel", "bias"):
            config[f"{name}_initializer"] = keras.initializers.serialize(getattr(self, f"{name}_initializer"))
            config[f"{name}_regularizer"] = keras.regularizers.serialize(getattr(self, f"{name}_regularizer"))
        return {**super().get_config(), **config}
