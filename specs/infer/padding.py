"""Layers that pad or crop."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from specs.infer.base import AXES, Inferred, Shape, ShapeError, spatial

if TYPE_CHECKING:
    from specs.ops.padding import Cropping1D, Cropping2D, Cropping3D, ZeroPadding1D, ZeroPadding2D, ZeroPadding3D


def zero_padding(args: "ZeroPadding1D | ZeroPadding2D | ZeroPadding3D", shape: Shape) -> Inferred:
    """(*sizes, channels), each size with its padding added."""
    sides = _by_axis(args.padding)
    sizes = spatial(shape, len(sides))
    grown = (None if size is None else size + sum(side) for size, side in zip(sizes, sides, strict=True))
    return Inferred((*grown, shape[-1]))


def cropping(args: "Cropping1D | Cropping2D | Cropping3D", shape: Shape) -> Inferred:
    """(*sizes, channels), each size without its cropping; something is left of each."""
    sides = _by_axis(args.cropping)
    sizes = spatial(shape, len(sides))
    for name, size, side in zip(AXES[len(sides)], sizes, sides, strict=True):
        if size is not None and sum(side) >= size:
            raise ShapeError(f"{sum(side)} cropped from a {name} of {size} leave nothing", field="cropping")
    left = (None if size is None else size - sum(side) for size, side in zip(sizes, sides, strict=True))
    return Inferred((*left, shape[-1]))


def _by_axis(sides: Any) -> Sequence[tuple[int, int]]:
    """Places before and after along each axis; a sequence has one axis and is written without the outer list."""
    return (sides,) if isinstance(sides[0], int) else sides
