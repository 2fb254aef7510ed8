"""A layer that Keras lacks."""

from typing import Any

from zoo.backend import keras


@keras.saving.register_keras_serializable(package="speczoo")
class Maxout(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Largest of `pieces` dense layers, unit by unit: (..., channels) → (..., units).

    Goodfellow et al., "Maxout Networks" (arXiv:1302.4389), section 2: h_i(x) = max_j (x W_ij + b_ij). The pieces of a
    unit lie side by side in one kernel of shape (channels, units · pieces), so that it is one matrix product.
    """

    def __init__(
        self,
        units: int,
        pieces: int = 2,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units, self.pieces, self.use_bias = units, pieces, use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the weights."""
        width = self.units * self.pieces
        self.kernel = self._weight("kernel", (input_shape[-1], width))
        self.bias = self._weight("bias", (width,)) if self.use_bias else None

    def _weight(self, name: str, shape: tuple[int | None, ...]) -> Any:
        kinds = ("initializer", "regularizer", "constraint")
        return self.add_weight(name=name, shape=shape, **{kind: getattr(self, f"{name}_{kind}") for kind in kinds})

    def call(self, inputs: Any) -> Any:
        """The largest piece of every unit."""
        pieces = keras.ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            pieces = keras.ops.add(pieces, self.bias)
        shape = keras.ops.shape(pieces)[:-1]
        return keras.ops.max(keras.ops.reshape(pieces, (*shape, self.units, self.pieces)), axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(..., channels) → (..., units)."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        config = {"units": self.units, "pieces": self.pieces, "use_bias": self.use_bias}
        for name in ("kernel", "bias"):
            config[f"{name}_initializer"] = keras.initializers.serialize(getattr(self, f"{name}_initializer"))
            config[f"{name}_regularizer"] = keras.regularizers.serialize(getattr(self, f"{name}_regularizer"))
            config[f"{name}_constraint"] = keras.constraints.serialize(getattr(self, f"{name}_constraint"))
        return {**super().get_config(), **config}
