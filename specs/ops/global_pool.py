"""Pooling over whole axes of sequences, images and volumes, channels last."""

from typing import ClassVar

from specs.ops.base import Op


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
