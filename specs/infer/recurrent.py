"""Recurrent layers and embeddings: shapes, weights and multiply-accumulates.

Multiply-accumulates are those of the products with the kernels, at every time step: of the input and of the state.
What is done value by value (gates, activations, biases) counts nothing, as everywhere here. A lookup in an embedding
multiplies nothing.
"""

from specs.infer.base import Inferred, Shape, ShapeError, channels, product
from specs.infer.window import out_size
from specs.ops.recurrent import GRU, LSTM, ConvLSTM1D, ConvLSTM2D, ConvLSTM3D, Embedding, Masking, OfVectors, SimpleRNN


def simple_rnn(args: SimpleRNN, shape: Shape) -> Inferred:
    """u · (i + u + 1) weights for u units and i features."""
    return _recurrent(args, shape, gates=1, biases=1)


def lstm(args: LSTM, shape: Shape) -> Inferred:
    """4 · u · (i + u + 1) weights for u units and i features."""
    return _recurrent(args, shape, gates=4, biases=1)


def gru(args: GRU, shape: Shape) -> Inferred:
    """3 · u · (i + u + 2) weights, or 3 · u · (i + u + 1) where the reset comes before the product."""
    return _recurrent(args, shape, gates=3, biases=2 if args.reset_after else 1)


def _recurrent(args: OfVectors, shape: Shape, gates: int, biases: int) -> Inferred:
    if len(shape) != 2:
        hint = "Reshape can add an axis" if len(shape) == 1 else None
        raise ShapeError("needs a sequence (steps, features)", hint=hint)
    steps, width = shape[0], channels(shape)
    if args.unroll and steps is None:
        hint = "give the input a length, or leave unroll out"
        message = "cannot write out an unknown number of steps"
        raise ShapeError(message, field="unroll", hint=hint, repairs=(("unroll", False),))
    kernels = gates * args.units * (width + args.units)
    bias = biases * gates * args.units if args.use_bias else 0
    out: Shape = (steps, args.units) if args.return_sequences else (args.units,)
    return Inferred(out, kernels + bias, macs=None if steps is None else steps * kernels)


_AXES = {1: "(steps, length, channels)", 2: "(steps, height, width, channels)"}
_VOLUMES = "(steps, depth, height, width, channels)"


def conv_lstm(args: ConvLSTM1D | ConvLSTM2D | ConvLSTM3D, shape: Shape) -> Inferred:
    """4 · f · (k · (c + f) + 1) weights for f filters, c channels and k taps of the window."""
    rank = len(args.kernel_size)
    if len(shape) != rank + 2:
        raise ShapeError(f"needs a sequence {_AXES.get(rank, _VOLUMES)}")
    width, places = channels(shape), _places(args, shape[1:-1])
    taps = product(args.kernel_size) or 0
    of_input, of_state = 4 * args.filters * taps * width, 4 * args.filters * taps * args.filters
    bias = 4 * args.filters if args.use_bias else 0
    steps, positions = shape[0], product(places)
    out: Shape = (*places, args.filters)
    macs = None if steps is None or positions is None else steps * positions * (of_input + of_state)
    return Inferred((steps, *out) if args.return_sequences else out, of_input + of_state + bias, macs=macs)


def _places(args: ConvLSTM1D | ConvLSTM2D | ConvLSTM3D, sizes: Shape) -> Shape:
    """Sizes after the window; both the state and the output have them."""
    if max(args.strides) > 1 and max(args.dilation_rate) > 1:
        message = "strides and dilation_rate cannot both be above 1"
        raise ShapeError(message, field="strides", repairs=(("strides", 1), ("dilation_rate", 1)))
    if None in sizes:
        raise ShapeError("needs known sizes at every time step; the number of steps may be unknown")
    reach = [rate * (k - 1) + 1 for rate, k in zip(args.dilation_rate, args.kernel_size, strict=True)]
    found = tuple(out_size(*each, args.padding) for each in zip(sizes, reach, args.strides, strict=True))
    if any(size is not None and size < 1 for size in found):
        message = f"a window of {reach} does not fit into {list(sizes)}"
        raise ShapeError(message, field="kernel_size", repairs=(("padding", "same"),))
    return found


def embedding(args: Embedding, shape: Shape) -> Inferred:
    """A vector for every number that comes in."""
    return Inferred((*shape, args.output_dim), args.input_dim * args.output_dim)


def masking(args: Masking, shape: Shape) -> Inferred:
    """The input's shape."""
    if not shape:
        raise ShapeError("needs time steps with values: (steps, features)")
    return Inferred(shape)
