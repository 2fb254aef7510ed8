"""Convolutions: shapes, weights and multiply-accumulates, for any number of axes."""

from math import gcd, prod
from typing import TYPE_CHECKING

from specs.infer.base import Inferred, Shape, ShapeError, channels, product, spatial
from specs.infer.window import out_sizes, transposed_size

if TYPE_CHECKING:
    from specs.ops.conv import Convolution
    from specs.ops.depthwise import Depthwise, Separable
    from specs.ops.transposed import Transposed


def convolution(args: "Convolution", shape: Shape) -> Inferred:
    """(*sizes, channels) → (*sizes', filters)."""
    sizes = spatial(shape, len(args.kernel_size))
    inputs = channels(shape)
    if inputs % args.groups:
        message = f"groups {args.groups} do not divide the input's {inputs} channels"
        raise ShapeError(message, field="groups", repairs=(("groups", gcd(inputs, args.groups)),))
    out = out_sizes(args, sizes)
    kernel = prod(args.kernel_size) * (inputs // args.groups) * args.filters
    bias = args.filters if args.use_bias else 0
    return Inferred((*out, args.filters), kernel + bias, macs=_times(kernel, out))


def transposed(args: "Transposed", shape: Shape) -> Inferred:
    """(*sizes, channels) → (*sizes', filters); every input value meets every weight."""
    sizes = spatial(shape, len(args.kernel_size))
    inputs = channels(shape)
    out = tuple(transposed_size(args, axis, size) for axis, size in enumerate(sizes))
    kernel = prod(args.kernel_size) * inputs * args.filters
    bias = args.filters if args.use_bias else 0
    return Inferred((*out, args.filters), kernel + bias, macs=_times(kernel, sizes))


def depthwise(args: "Depthwise", shape: Shape) -> Inferred:
    """(*sizes, channels) → (*sizes', channels · depth_multiplier)."""
    sizes = spatial(shape, len(args.kernel_size))
    inputs = channels(shape)
    _equal_strides(args)
    out = out_sizes(args, sizes)
    filters = inputs * args.depth_multiplier
    kernel = prod(args.kernel_size) * filters
    return Inferred((*out, filters), kernel + (filters if args.use_bias else 0), macs=_times(kernel, out))


def separable(args: "Separable", shape: Shape) -> Inferred:
    """(*sizes, channels) → (*sizes', filters)."""
    sizes = spatial(shape, len(args.kernel_size))
    inputs = channels(shape)
    _equal_strides(args)
    out = out_sizes(args, sizes)
    between = inputs * args.depth_multiplier
    kernels = prod(args.kernel_size) * between + between * args.filters
    return Inferred((*out, args.filters), kernels + (args.filters if args.use_bias else 0), macs=_times(kernels, out))


def _equal_strides(args: "Depthwise | Separable") -> None:
    """TensorFlow's depthwise kernel steps equally far in both directions; a dilated one Keras runs at stride 1."""
    if len(set(args.strides)) > 1 and max(args.dilation_rate) == 1:
        message = f"strides must be equal in height and width (got {list(args.strides)})"
        raise ShapeError(message, field="strides", repairs=[("strides", each) for each in sorted({*args.strides})])


def _times(kernel: int, positions: Shape) -> int | None:
    count = product(positions)
    return None if count is None else kernel * count
