"""Layers around a layer: what is inferred of the one inside, as often as it is there."""

from dataclasses import replace

# The table is filled after this module is read: it is looked at when a spec is.
from specs import infer as tables
from specs.infer.base import Inferred, Shape, ShapeError, channels
from specs.ops.conv import Conv2D
from specs.ops.core import Dense
from specs.ops.depthwise import DepthwiseConv2D
from specs.ops.wrapper import Bidirectional, Inner, SpectralNormalization, TimeDistributed


def _inside(layer: Inner, shape: Shape) -> Inferred:
    """What is inferred of the layer inside; its refusal names it and stands at `layer`."""
    try:
        return tables.INFER[layer.op](layer.args, shape)
    except ShapeError as error:
        argument = f"{layer.op}.{error.field}" if error.field else layer.op
        raise ShapeError(f"{argument}: {error}", field="layer", hint=error.hint) from None


def bidirectional(args: Bidirectional, shape: Shape) -> Inferred:
    """The layer twice; `concat` doubles the last axis."""
    one = _inside(args.layer, shape)
    last = channels(one.output_shape) * (2 if args.merge_mode == "concat" else 1)
    return Inferred(
        (*one.output_shape[:-1], last),
        2 * one.trainable,
        2 * one.non_trainable,
        None if one.macs is None else 2 * one.macs,
    )


def time_distributed(args: TimeDistributed, shape: Shape) -> Inferred:
    """The layer's shape at every time step; its weights are there once."""
    if len(shape) < 2:
        raise ShapeError("needs time steps and something at each: (steps, ...)")
    steps, one = shape[0], _inside(args.layer, shape[1:])
    macs = 0 if one.macs == 0 else None if steps is None or one.macs is None else steps * one.macs
    return replace(one, output_shape=(steps, *one.output_shape), macs=macs)


def spectral_normalization(args: SpectralNormalization, shape: Shape) -> Inferred:
    """The layer's shape; a vector of the size of the kernel's last axis more, which no gradient changes."""
    one = _inside(args.layer, shape)
    return replace(one, non_trainable=one.non_trainable + _last_of_kernel(args.layer, shape))


def _last_of_kernel(layer: Inner, shape: Shape) -> int:
    match layer.args:
        case Dense(units=size) | Conv2D(filters=size) | DepthwiseConv2D(depth_multiplier=size):
            return size
        case _:  # A transposed convolution, whose kernel ends with the channels that come in.
            return channels(shape)
