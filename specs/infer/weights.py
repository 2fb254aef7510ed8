"""Which sizes of its inputs a layer's weights are made for: it can be called on all inputs that agree in them."""

from specs.infer.base import Shape, axis_index
from specs.ops.activation import PReLU
from specs.ops.base import Op
from specs.ops.wrapper import Inner

ANY_RANK = frozenset({"Dense", "Maxout", "AdditiveAttention", "ChannelAffine", "SquaredDistance", "LayerScale"})
"""Layers whose weights meet the last axis of their (first) input, whatever stands before it."""
ANY_INPUT = frozenset({"Embedding", "Attention"})
"""Layers whose weights depend on their arguments alone."""
ALONG_AXIS = frozenset(
    {"BatchNormalization", "GroupNormalization", "LayerNormalization", "RMSNormalization", "Normalization"}
)
"""Layers with weights along the axes that they are told."""
ATTENDING = frozenset({"MultiHeadAttention", "GroupQueryAttention"})
LAST_AXIS = frozenset(
    {
        *("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
        *("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"),
        "TableConv2D",
        *("SimpleRNN", "LSTM", "GRU", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"),
    }
)
"""Layers for inputs of one rank with weights along the channels."""


def weight_sizes(op: str, args: Op, *shapes: Shape) -> object:
    """What has to be equal of two calls that share a layer; of a layer that is not known here, the whole input.

    >>> from specs.ops.core import Dense
    >>> weight_sizes("Dense", Dense(units=3), (8, 4)) == weight_sizes("Dense", Dense(units=3), (4,))
    True
    """
    first = shapes[0]
    if op in ANY_INPUT:
        return ()
    if op in ANY_RANK:
        return first[-1]
    if op in LAST_AXIS:
        return len(first), first[-1]
    if op in ATTENDING:
        value = shapes[1] if len(shapes) > 1 else first
        key = shapes[2] if len(shapes) > 2 else value
        return len(first), first[-1], value[-1], key[-1]
    if op in ALONG_AXIS:
        axis = getattr(args, "axis", -1)
        axes = axis if isinstance(axis, tuple) else () if axis is None else (axis,)
        return len(first), tuple(first[axis_index(each, first)] for each in axes)
    if isinstance(args, PReLU):
        shared = {axis_index(axis, first) for axis in args.shared_axes or ()}
        return tuple(None if index in shared else size for index, size in enumerate(first))
    inner = getattr(args, "layer", None)
    if isinstance(inner, Inner):
        inside = weight_sizes(inner.op, inner.args, first[1:] if op == "TimeDistributed" else first)
        # Bidirectional asks for one rank whatever is inside.
        free = op != "Bidirectional" and inner.op in ANY_RANK | ANY_INPUT
        return inside if free else (len(first), inside)
    return shapes
