"""Layers that enlarge, repeat or reorder."""

from typing import TYPE_CHECKING

from specs.infer.base import Inferred, Shape, ShapeError, spatial

if TYPE_CHECKING:
    from specs.ops.resize import Permute, RepeatVector, UpSampling1D, UpSampling2D, UpSampling3D


def up_sampling(args: "UpSampling1D | UpSampling2D | UpSampling3D", shape: Shape) -> Inferred:
    """(*sizes, channels), each size times its factor."""
    factors = (args.size,) if isinstance(args.size, int) else args.size
    sizes = spatial(shape, len(factors))
    grown = (None if size is None else size * factor for size, factor in zip(sizes, factors, strict=True))
    return Inferred((*grown, shape[-1]))


def permute(args: "Permute", shape: Shape) -> Inferred:
    """The same sizes in the order of dims."""
    if len(args.dims) != len(shape):
        raise ShapeError(f"has {len(args.dims)} axes, the input has {len(shape)}", field="dims")
    return Inferred(tuple(shape[dim - 1] for dim in args.dims))


def repeat_vector(args: "RepeatVector", shape: Shape) -> Inferred:
    """(channels) → (n, channels)."""
    if len(shape) != 1:
        raise ShapeError("needs a vector (channels)", hint="Flatten or a global pooling makes one")
    return Inferred((args.n, shape[0]))
