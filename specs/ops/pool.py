"""Pooling over sequences, images and volumes, channels last."""

from specs.ops.base import Op, Padding, Pair, Single, Sizes, Triple


class Pooling(Op):
    """What pooling in windows shares."""

    pool_size: Sizes
    """Size of the window along each axis; one number stands for all."""
    strides: Sizes | None = None
    """Step of the window along each axis; the pool size where null."""
    padding: Padding = "valid"


class MaxPooling1D(Pooling):
    """Largest value in each window: (length, channels) → (length', channels)."""

    pool_size: Single = (2,)
    strides: Single | None = None


class MaxPooling2D(Pooling):
    """Largest value in each window: (height, width, channels) → (height', width', channels)."""

    pool_size: Pair = (2, 2)
    strides: Pair | None = None


class MaxPooling3D(Pooling):
    """Largest value in each window: (depth, height, width, channels) → (depth', height', width', channels)."""

    pool_size: Triple = (2, 2, 2)
    strides: Triple | None = None


class AveragePooling1D(Pooling):
    """Mean of each window: (length, channels) → (length', channels)."""

    pool_size: Single
    strides: Single | None = None


class AveragePooling2D(Pooling):
    """Mean of each window: (height, width, channels) → (height', width', channels)."""

    pool_size: Pair
    strides: Pair | None = None


class AveragePooling3D(Pooling):
    """Mean of each window: (depth, height, width, channels) → (depth', height', width', channels)."""

    pool_size: Triple
    strides: Triple | None = None
