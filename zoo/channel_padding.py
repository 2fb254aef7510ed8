"""A layer that Keras lacks."""

from collections.abc import Sequence
from typing import Any

from zoo.backend import keras


@keras.saving.register_keras_serializable(package="speczoo")
class ChannelPadding(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Channels of zeros before and after: (..., channels) → (..., before + channels + after).

    He et al., "Deep Residual Learning for Image Recognition" (arXiv:1512.03385), section 3.3, option A: a shortcut is
    widened with zeros, which cost no weights.
    """

    def __init__(self, padding: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.padding = tuple(padding)

    def call(self, inputs: Any) -> Any:
        """The inputs between the zeros."""
        return keras.ops.pad(inputs, ((0, 0),) * (len(inputs.shape) - 1) + (self.padding,))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(..., channels) → (..., channels with the padding added)."""
        last = input_shape[-1]
        return (*input_shape[:-1], None if last is None else last + sum(self.padding))

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "padding": self.padding}
