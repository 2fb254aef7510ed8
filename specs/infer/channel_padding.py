"""Padding along the channels."""

from specs.infer.base import Inferred, Shape, ShapeError
from specs.ops.channel_padding import ChannelPadding


def channel_padding(args: ChannelPadding, shape: Shape) -> Inferred:
    """(..., channels) → (..., channels with the padding added)."""
    if not shape:
        raise ShapeError("needs an axis of channels; the input has only the batch axis")
    last = shape[-1]
    return Inferred((*shape[:-1], None if last is None else last + sum(args.padding)))
