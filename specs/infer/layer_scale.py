"""A factor for each channel."""

from specs.infer.base import Inferred, Shape, channels
from specs.ops.layer_scale import LayerScale


def layer_scale(args: LayerScale, shape: Shape) -> Inferred:
    """The input's shape; one weight a channel."""
    return Inferred(shape, channels(shape))
