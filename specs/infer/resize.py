"""Layers that pad, crop, enlarge, repeat or reorder."""

from collections.abc import Sequence

from specs.infer.base import AXES, Inferred, Shape, ShapeError, spatial
from specs.ops.resize import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    Permute,
    RepeatVector,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)


def zero_padding(args: ZeroPadding1D | ZeroPadding2D | ZeroPadding3D, shape: Shape) -> Inferred:
    """(*sizes, channels), each size with its padding added."""
    sides = (args.padding,) if isinstance(args, ZeroPadding1D) else args.padding
    sizes = spatial(shape, len(sides))
    grown = (None if size is None else size + sum(side) for size, side in zip(sizes, sides, strict=True))
    return Inferred((*grown, shape[-1]))


def cropping(args: Cropping1D | Cropping2D | Cropping3D, shape: Shape) -> Inferred:
    """(*sizes, channels), each size without its cropping; something is left of each."""
    sides: Sequence[tuple[int, int]] = (args.cropping,) if isinstance(args, Cropping1D) else args.cropping
    sizes = spatial(shape, len(sides))
    for name, size, side in zip(AXES[len(sides)], sizes, sides, strict=True):
        if size is not None and sum(side) >= size:
            raise ShapeError(f"{sum(side)} cropped from a {name} of {size} leave nothing", field="cropping")
    left = (None if size is None else size - sum(side) for size, side in zip(sizes, sides, strict=True))
    return Inferred((*left, shape[-1]))


def up_sampling(args: UpSampling1D | UpSampling2D | UpSampling3D, shape: Shape) -> Inferred:
    """(*sizes, channels), each size times its factor."""
    factors = (args.size,) if isinstance(args, UpSampling1D) else args.size
    sizes = spatial(shape, len(factors))
    grown = (None if size is None else size * factor for size, factor in zip(sizes, factors, strict=True))
    return Inferred((*grown, shape[-1]))


def permute(args: Permute, shape: Shape) -> Inferred:
    """The same sizes in the order of dims."""
    if len(args.dims) != len(shape):
        raise ShapeError(f"has {len(args.dims)} axes, the input has {len(shape)}", field="dims")
    return Inferred(tuple(shape[dim - 1] for dim in args.dims))


def repeat_vector(args: RepeatVector, shape: Shape) -> Inferred:
    """(channels) → (n, channels)."""
    if len(shape) != 1:
        raise ShapeError("needs a vector (channels)", hint="Flatten or a global pooling makes one")
    return Inferred((args.n, shape[0]))
