"""Normalisations: the shape stays; weights of the scale, the shift and the statistics."""

from math import gcd
from typing import TYPE_CHECKING

from specs.infer.base import Inferred, Shape, ShapeError, axis_index, product

if TYPE_CHECKING:
    from specs.ops.norm import (
        Affine,
        BatchNormalization,
        GroupNormalization,
        LayerNormalization,
        RMSNormalization,
        UnitNormalization,
    )


def batch_normalization(args: "BatchNormalization", shape: Shape) -> Inferred:
    """Gamma and beta are trained; the moving mean and variance are not."""
    count = _known(shape, (axis_index(args.axis, shape),))
    return Inferred(shape, _affine(args, count), 2 * count)


def layer_normalization(args: "LayerNormalization", shape: Shape) -> Inferred:
    """Gamma and beta for every value of the normalised axes."""
    axes = _axes(args.axis, shape)
    if not args.scale and not args.center:
        return Inferred(shape)
    return Inferred(shape, _affine(args, _known(shape, axes)))


def group_normalization(args: "GroupNormalization", shape: Shape) -> Inferred:
    """Gamma and beta for every channel; the groups divide the channels."""
    count = _known(shape, (axis_index(args.axis, shape),))
    groups = count if args.groups == -1 else args.groups
    if count % groups:
        message = f"groups {groups} do not divide the input's {count} channels"
        raise ShapeError(message, field="groups", repairs=(("groups", gcd(groups, count)),))
    return Inferred(shape, _affine(args, count))


def unit_normalization(args: "UnitNormalization", shape: Shape) -> Inferred:
    """No weights."""
    for axis in args.axis:
        axis_index(axis, shape)
    return Inferred(shape)


def rms_normalization(args: "RMSNormalization", shape: Shape) -> Inferred:
    """A scale for every value of the normalised axes."""
    return Inferred(shape, _known(shape, _axes(args.axis, shape)))


def _axes(written: tuple[int, ...], shape: Shape) -> tuple[int, ...]:
    axes = tuple(axis_index(axis, shape) for axis in written)
    if len(set(axes)) < len(axes):
        raise ShapeError(f"the axes {list(written)} hold one twice", field="axis")
    return axes


def _known(shape: Shape, axes: tuple[int, ...]) -> int:
    count = product([shape[axis] for axis in axes])
    if count is None:
        raise ShapeError("needs known sizes along its axes", field="axis")
    return count


def _affine(args: "Affine", count: int) -> int:
    return count * (args.scale + args.center)
