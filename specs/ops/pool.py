"""Pooling over images, channels last."""

from specs.ops.base import Op, Padding, Pair


class MaxPooling2D(Op):
    """Largest value in each window: (height, width, channels) → (height', width', channels)."""

    pool_size: Pair = (2, 2)
    """Height and width of the window, in pixels."""
    strides: Pair | None = None
    """Step of the window, in pixels; the pool size where null."""
    padding: Padding = "valid"


class AveragePooling2D(Op):
    """Mean of each window: (height, width, channels) → (height', width', channels)."""

    pool_size: Pair
    """Height and width of the window, in pixels."""
    strides: Pair | None = None
    """Step of the window, in pixels; the pool size where null."""
    padding: Padding = "valid"


class GlobalAveragePooling2D(Op):
    """Mean over the image: (height, width, channels) → (channels)."""

    keepdims: bool = False
    """Keep height and width as axes of size 1."""


class GlobalMaxPooling2D(Op):
    """Largest value over the image: (height, width, channels) → (channels)."""

    keepdims: bool = False
    """Keep height and width as axes of size 1."""
