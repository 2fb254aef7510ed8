"""Preprocessing layers: no weights that training or saving counts; codes become vectors."""

from specs.infer.base import Inferred, Shape, ShapeError, axis_index, product, spatial
from specs.ops.lookup import IntegerLookup, Lookup, StringLookup, TextVectorization
from specs.ops.preprocessing import (
    CategoryEncoding,
    CenterCrop,
    Discretization,
    HashedCrossing,
    Hashing,
    Normalization,
    Resizing,
)

LIST_HINT = "Flatten, or a list of codes for each example"


def normalization(args: Normalization, shape: Shape) -> Inferred:
    """The input's shape; one mean and variance, or one for each index of the last axis that is kept.

    Where they are weights there is one for each position along the axes, and the number of values that were measured.
    """
    axes = sorted(axis_index(axis, shape) for axis in args.axis)
    if len(set(axes)) < len(axes):
        raise ShapeError(f"the axes {list(args.axis)} hold one twice", field="axis")
    if any(shape[axis] is None for axis in axes):
        raise ShapeError("needs known sizes along its axes", field="axis")
    if args.mean is None:
        positions = product([shape[axis] for axis in axes])
        assert positions is not None
        return Inferred(shape, non_trainable=2 * positions + 1)
    if len(args.mean) not in (1, shape[axes[-1]]):
        raise ShapeError(f"has {len(args.mean)} values, the axis has {shape[axes[-1]]}", field="mean")
    return Inferred(shape)


def resized(args: Resizing | CenterCrop, shape: Shape) -> Inferred:
    """(height, width, channels) → (height', width', channels)."""
    spatial(shape, 2)
    return Inferred((args.height, args.width, shape[-1]))


def category_encoding(args: CategoryEncoding, shape: Shape) -> Inferred:
    """Codes → vectors of num_tokens."""
    return Inferred(_encoded(shape, args.output_mode, args.num_tokens))


def discretization(args: Discretization, shape: Shape) -> Inferred:
    """The shape of the input, or vectors with a place for each interval."""
    return Inferred(_encoded(shape, args.output_mode, args.depth))


def hashing(args: Hashing, shape: Shape) -> Inferred:
    """The shape of the input, or vectors of num_bins."""
    if args.output_mode == "one_hot" and shape != (1,):
        # Keras says (num_bins) for it and gives a vector for each code.
        raise ShapeError(
            "output_mode one_hot needs a single code (1)",
            field="output_mode",
            hint="CategoryEncoding takes lists of codes",
        )
    return Inferred(_encoded(shape, args.output_mode, args.num_bins))


def hashed_crossing(args: HashedCrossing, *shapes: Shape) -> Inferred:
    """Two columns of single codes → a single code, or a vector of num_bins."""
    if len(shapes) != 2:
        raise ShapeError("takes two inputs", hint="cross two, and the result with the next")
    if any(shape != (1,) for shape in shapes):
        raise ShapeError("the inputs must each be a single code (1)")
    return Inferred((1,) if args.output_mode == "int" else (args.num_bins,))


def lookup(args: Lookup, shape: Shape) -> Inferred:
    """The shape of the input, or vectors with a place for each word and for unknown ones; the mask has none there."""
    assert isinstance(args, (StringLookup, IntegerLookup))
    width = args.max_tokens if args.pad_to_max_tokens else len(args.vocabulary or ()) + args.num_oov_indices
    assert width is not None
    return Inferred(_encoded(shape, args.output_mode, width))


def text_vectorization(args: TextVectorization, shape: Shape) -> Inferred:
    """One text → (output_sequence_length), or a vector with a place for each word, for padding and for unknown ones."""
    if args.output_mode == "int":
        if shape not in ((), (1,)):
            raise ShapeError("needs one text an example: () or (1)", hint="input: {shape: [], dtype: string}")
        return Inferred((args.output_sequence_length,))
    if shape != ():
        # For (1) Keras says (1, words) and gives (words).
        raise ShapeError("needs one text an example: ()", hint="input: {shape: [], dtype: string}")
    # Keras counts the place of the padding only where places are what comes out.
    return Inferred((args.max_tokens if args.pad_to_max_tokens else len(args.vocabulary or ()) + 1,))


def _encoded(shape: Shape, mode: str, depth: int) -> Shape:
    if mode == "int":
        return shape
    if mode == "one_hot":
        return (*(shape[:-1] if shape[-1:] == (1,) else shape), depth)
    if len(shape) != 1:
        raise ShapeError(f"output_mode {mode} needs a list of codes (codes)", field="output_mode", hint=LIST_HINT)
    return (depth,)
