"""Pooling over sequences, images and volumes, channels last."""

from typing import ClassVar

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


class GlobalPooling(Op):
    """What pooling over whole axes shares; `rank` is their number."""

    rank: ClassVar[int]
    keepdims: bool = False
    """Keep the axes with size 1."""


class GlobalAveragePooling1D(GlobalPooling):
    """Mean over the sequence: (length, channels) → (channels)."""

    rank = 1


class GlobalAveragePooling2D(GlobalPooling):
    """Mean over the image: (height, width, channels) → (channels)."""

    rank = 2


class GlobalAveragePooling3D(GlobalPooling):
    """Mean over the volume: (depth, height, width, channels) → (channels)."""

    rank = 3


class GlobalMaxPooling1D(GlobalPooling):
    """Largest value over the sequence: (length, channels) → (channels)."""

    rank = 1


class GlobalMaxPooling2D(GlobalPooling):
    """Largest value over the image: (height, width, channels) → (channels)."""

    rank = 2


class GlobalMaxPooling3D(GlobalPooling):
    """Largest value over the volume: (depth, height, width, channels) → (channels)."""

    rank = 3


class AdaptivePooling(Op):
    """What pooling to a given size shares."""

    output_size: Sizes
    """Size of the output along each axis; one number stands for all."""


class AdaptiveAveragePooling1D(AdaptivePooling):
    """Means that give the length asked for: (length, channels) → (output_size, channels)."""

    output_size: Single


class AdaptiveAveragePooling2D(AdaptivePooling):
    """Means that give the size asked for: (height, width, channels) → (*output_size, channels)."""

    output_size: Pair


class AdaptiveAveragePooling3D(AdaptivePooling):
    """Means that give the size asked for: (depth, height, width, channels) → (*output_size, channels)."""

    output_size: Triple


class AdaptiveMaxPooling1D(AdaptivePooling):
    """Largest values that give the length asked for: (length, channels) → (output_size, channels)."""

    output_size: Single


class AdaptiveMaxPooling2D(AdaptivePooling):
    """Largest values that give the size asked for: (height, width, channels) → (*output_size, channels)."""

    output_size: Pair


class AdaptiveMaxPooling3D(AdaptivePooling):
    """Largest values that give the size asked for: (depth, height, width, channels) → (*output_size, channels)."""

    output_size: Triple
