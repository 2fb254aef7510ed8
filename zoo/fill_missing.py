"""A layer that Keras lacks; specs.ops.fill_missing says what it is."""

from collections.abc import Sequence
from typing import Any

from zoo.backend import keras

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="speczoo")
class FillMissing(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Puts `values`, one for all columns or one for each, in the place of NaN; 0 where there are none yet."""

    def __init__(self, values: Sequence[float] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.values = None if values is None else tuple(values)

    def call(self, inputs: Any) -> Any:
        """The inputs with numbers for their gaps."""
        values = keras.ops.convert_to_tensor(self.values or (0.0,), dtype=inputs.dtype)
        return keras.ops.where(keras.ops.isnan(inputs), values, inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "values": self.values}
