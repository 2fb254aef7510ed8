"""Augmentation: images keep their shape, or are cut to one."""

from specs.infer.base import Inferred, Shape, spatial
from specs.ops.augment import Augmentation, RandomCrop


def augmented(args: Augmentation, shape: Shape) -> Inferred:
    """(height, width, channels) as it came."""
    spatial(shape, 2)
    return Inferred(shape)


def cropped_at_random(args: RandomCrop, shape: Shape) -> Inferred:
    """(height, width, channels) → (height', width', channels)."""
    spatial(shape, 2)
    return Inferred((args.height, args.width, shape[-1]))
