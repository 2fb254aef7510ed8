"""Pooling to a given size, channels last."""

from specs.ops.base import Op, Pair, Single, Sizes, Triple


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
