"""Convolutions: shapes, weights and multiply-accumulates."""

from specs.infer.base import Inferred, Shape, ShapeError, channels, image, product
from specs.infer.window import out_sizes, transposed_size
from specs.ops.conv import Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D


def conv2d(args: Conv2D, shape: Shape) -> Inferred:
    """(height, width, channels) → (height', width', filters)."""
    height, width, _ = image(shape)
    inputs = channels(shape)
    if inputs % args.groups:
        raise ShapeError(f"groups {args.groups} do not divide the input's {inputs} channels", field="groups")
    out = out_sizes(args, (height, width), args.kernel_size)
    kernel = args.kernel_size[0] * args.kernel_size[1] * (inputs // args.groups) * args.filters
    bias = args.filters if args.use_bias else 0
    return Inferred((*out, args.filters), kernel + bias, macs=_times(kernel, out))


def conv2d_transpose(args: Conv2DTranspose, shape: Shape) -> Inferred:
    """(height, width, channels) → (height', width', filters); every input value meets every weight."""
    height, width, _ = image(shape)
    inputs = channels(shape)
    out = tuple(
        transposed_size(size, args.kernel_size[i], args.strides[i], args.padding, args.dilation_rate[i])
        for i, size in enumerate((height, width))
    )
    kernel = args.kernel_size[0] * args.kernel_size[1] * inputs * args.filters
    bias = args.filters if args.use_bias else 0
    return Inferred((*out, args.filters), kernel + bias, macs=_times(kernel, (height, width)))


def depthwise_conv2d(args: DepthwiseConv2D, shape: Shape) -> Inferred:
    """(height, width, channels) → (height', width', channels · depth_multiplier)."""
    height, width, _ = image(shape)
    inputs = channels(shape)
    _square_strides(args)
    out = out_sizes(args, (height, width), args.kernel_size)
    filters = inputs * args.depth_multiplier
    kernel = args.kernel_size[0] * args.kernel_size[1] * filters
    return Inferred((*out, filters), kernel + (filters if args.use_bias else 0), macs=_times(kernel, out))


def separable_conv2d(args: SeparableConv2D, shape: Shape) -> Inferred:
    """(height, width, channels) → (height', width', filters)."""
    height, width, _ = image(shape)
    inputs = channels(shape)
    _square_strides(args)
    out = out_sizes(args, (height, width), args.kernel_size)
    between = inputs * args.depth_multiplier
    kernels = args.kernel_size[0] * args.kernel_size[1] * between + between * args.filters
    return Inferred((*out, args.filters), kernels + (args.filters if args.use_bias else 0), macs=_times(kernels, out))


def _square_strides(args: DepthwiseConv2D | SeparableConv2D) -> None:
    """TensorFlow's depthwise kernel steps equally far in both directions."""
    if args.strides[0] != args.strides[1]:
        raise ShapeError(f"strides must be equal in height and width (got {list(args.strides)})", field="strides")


def _times(kernel: int, positions: Shape) -> int | None:
    count = product(positions)
    return None if count is None else kernel * count
