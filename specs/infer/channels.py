"""Layers along the channels that Keras lacks, and the convolution with a connection table."""

from math import prod

from specs.infer.base import Inferred, Shape, ShapeError, channels, product, spatial
from specs.infer.window import fitting
from specs.ops.channels import (
    ChannelAffine,
    ChannelShuffle,
    ChannelSplit,
    LocalResponseNormalization,
    SquaredDistance,
)
from specs.ops.table_conv import TableConv2D


def local_response_normalization(args: LocalResponseNormalization, shape: Shape) -> Inferred:
    """The input's shape."""
    channels(shape)
    return Inferred(shape)


def channel_shuffle(args: ChannelShuffle, shape: Shape) -> Inferred:
    """The input's shape."""
    _divided(args.groups, shape, "groups")
    return Inferred(shape)


def channel_split(args: ChannelSplit, shape: Shape) -> Inferred:
    """(..., channels) → (..., channels / parts)."""
    return Inferred((*shape[:-1], _divided(args.parts, shape, "parts")))


def channel_affine(args: ChannelAffine, shape: Shape) -> Inferred:
    """The input's shape; two weights a channel."""
    return Inferred(shape, 2 * channels(shape))


def squared_distance(args: SquaredDistance, shape: Shape) -> Inferred:
    """(..., channels) → (..., units); the codes are not trained, and every difference is squared and added once."""
    codes = channels(shape) * args.units
    positions = product(shape[:-1])
    return Inferred((*shape[:-1], args.units), 0, codes, None if positions is None else codes * positions)


def table_convolution(args: TableConv2D, shape: Shape) -> Inferred:
    """(height, width, channels) → (height', width', filters); a kernel for each connection."""
    sizes, inputs = spatial(shape, 2), channels(shape)
    beyond = max(max(maps) for maps in args.connections)
    if beyond >= inputs:
        raise ShapeError(f"name channel {beyond}; the input's are 0 to {inputs - 1}", field="connections")
    out = fitting(sizes, args.kernel_size, args.strides, args.padding, "kernel_size")
    kernel = prod(args.kernel_size) * sum(map(len, args.connections))
    filters, positions = len(args.connections), product(out)
    macs = None if positions is None else kernel * positions
    return Inferred((*out, filters), kernel + (filters if args.use_bias else 0), macs=macs)


def _divided(parts: int, shape: Shape, field: str) -> int:
    count = channels(shape)
    if count % parts:
        raise ShapeError(f"{field} {parts} do not divide the input's {count} channels", field=field)
    return count // parts
