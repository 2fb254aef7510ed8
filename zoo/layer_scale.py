"""A layer of ConvNeXt that Keras keeps to itself; specs.ops.layer_scale says where it comes from."""

from typing import Any

from zoo.backend import keras

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="speczoo")
class LayerScale(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A learned factor for each channel, `init_values` at first: the shape stays."""

    def __init__(self, init_values: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.init_values = init_values

    def build(self, input_shape: Shape) -> None:
        """Makes the weight."""
        self.input_spec = keras.layers.InputSpec(axes={-1: input_shape[-1]})
        start = keras.initializers.Constant(self.init_values)
        self.gamma = self.add_weight(name="gamma", shape=(input_shape[-1],), initializer=start)

    def call(self, inputs: Any) -> Any:
        """Factor · input, channel by channel."""
        return inputs * self.gamma

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "init_values": self.init_values}
