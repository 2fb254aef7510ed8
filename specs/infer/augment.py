"""Augmentation: images keep their shape, or are cut to one."""

from specs.infer.base import Inferred, Shape, ShapeError, spatial
from specs.ops.augment import Augmentation, RandomCrop
from specs.ops.colours import RandomColorJitter

COLOURS = 3
"""Red, green and blue."""


def augmented(args: Augmentation, shape: Shape) -> Inferred:
    """(height, width, channels) as it came."""
    spatial(shape, 2)
    return Inferred(shape)


def coloured(args: Augmentation, shape: Shape) -> Inferred:
    """(height, width, 3) as it came."""
    spatial(shape, 2)
    if shape[-1] != COLOURS:
        raise ShapeError("needs three channels: red, green and blue")
    return Inferred(shape)


def jittered(args: RandomColorJitter, shape: Shape) -> Inferred:
    """(height, width, channels) as it came; colours are changed where there are any."""
    changes_colours = args.saturation_factor is not None or args.hue_factor is not None
    return coloured(args, shape) if changes_colours else augmented(args, shape)


def cropped_at_random(args: RandomCrop, shape: Shape) -> Inferred:
    """(height, width, channels) → (height', width', channels)."""
    spatial(shape, 2)
    return Inferred((args.height, args.width, shape[-1]))
