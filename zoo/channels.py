"""Layers along the channels that Keras lacks; specs.ops.channels says what they are and where they come from."""

from typing import Any

from zoo.backend import keras

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="speczoo")
class LocalResponseNormalization(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Each channel over (bias + alpha · sum of squares of the channels around it) ** beta: the shape stays."""

    def __init__(
        self, depth_radius: int = 2, bias: float = 2.0, alpha: float = 1e-4, beta: float = 0.75, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.depth_radius, self.bias, self.alpha, self.beta = depth_radius, bias, alpha, beta

    def call(self, inputs: Any) -> Any:
        """The sum over neighbours as a sum of shifted copies: few, so cheaper than a product with a band matrix."""
        radius, channels = self.depth_radius, inputs.shape[-1]
        sides = [[0, 0]] * (len(inputs.shape) - 1) + [[radius, radius]]
        padded = keras.ops.pad(keras.ops.square(inputs), sides)
        total = sum(padded[..., shift : shift + channels] for shift in range(2 * radius + 1))
        return inputs * (self.bias + self.alpha * total) ** -self.beta

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        own = {name: getattr(self, name) for name in ("depth_radius", "bias", "alpha", "beta")}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="speczoo")
class ChannelShuffle(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """One channel of each group in turn: the shape stays."""

    def __init__(self, groups: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.groups = groups

    def call(self, inputs: Any) -> Any:
        """(..., groups · n) as (..., groups, n), turned, and flat again."""
        shape = keras.ops.shape(inputs)
        apart = keras.ops.reshape(inputs, (*shape[:-1], self.groups, shape[-1] // self.groups))
        return keras.ops.reshape(keras.ops.swapaxes(apart, -1, -2), shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "groups": self.groups}


@keras.saving.register_keras_serializable(package="speczoo")
class ChannelSplit(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """One of `parts` equal parts of the channels: (..., channels) → (..., channels / parts)."""

    def __init__(self, index: int, parts: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.index, self.parts = index, parts

    def call(self, inputs: Any) -> Any:
        """The channels from index · width on, as many as a part is wide."""
        width = inputs.shape[-1] // self.parts
        return inputs[..., self.index * width : (self.index + 1) * width]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(..., channels) → (..., channels / parts)."""
        return (*input_shape[:-1], (input_shape[-1] or 0) // self.parts)

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "index": self.index, "parts": self.parts}


@keras.saving.register_keras_serializable(package="speczoo")
class ChannelAffine(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A learned coefficient, at first 1, and bias, at first 0, for each channel: the shape stays."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def build(self, input_shape: Shape) -> None:
        """Makes the weights."""
        self.input_spec = keras.layers.InputSpec(axes={-1: input_shape[-1]})
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer="ones")
        self.bias = self.add_weight(name="bias", shape=(input_shape[-1],), initializer="zeros")

    def call(self, inputs: Any) -> Any:
        """Coefficient · input + bias, channel by channel."""
        return inputs * self.scale + self.bias

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape."""
        return input_shape


@keras.saving.register_keras_serializable(package="speczoo")
class SquaredDistance(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Squared distance to each of `units` fixed codes: (..., channels) → (..., units)."""

    def __init__(self, units: int, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.seed = units, seed

    def build(self, input_shape: Shape) -> None:
        """Draws the codes: each value -1 or 1, as likely one as the other."""

        def signs(shape: Shape, dtype: Any = None) -> Any:
            return keras.ops.cast(keras.random.randint(shape, 0, 2, seed=self.seed) * 2 - 1, dtype)

        self.input_spec = keras.layers.InputSpec(axes={-1: input_shape[-1]})
        shape = (input_shape[-1], self.units)
        self.codes = self.add_weight(name="codes", shape=shape, initializer=signs, trainable=False)

    def call(self, inputs: Any) -> Any:
        """Σ (input - code)², for each code."""
        return keras.ops.sum(keras.ops.square(inputs[..., None] - self.codes), axis=-2)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(..., channels) → (..., units)."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "units": self.units, "seed": self.seed}
