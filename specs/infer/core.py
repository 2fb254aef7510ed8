"""Dense layers, reshaping, and layers that keep the shape."""

from typing import TYPE_CHECKING

from specs.infer.base import Inferred, Shape, ShapeError, axis_index, channels, product, spatial

if TYPE_CHECKING:
    from specs.ops.activation import PReLU, Softmax
    from specs.ops.base import Op
    from specs.ops.core import Dense, Dropout, Flatten, InputLayer, Maxout, Reshape
    from specs.ops.noise import AlphaDropout


def input_layer(args: "InputLayer") -> Inferred:
    """Its own shape."""
    return Inferred(args.shape)


def keeps_shape(args: "Op", shape: Shape) -> Inferred:
    """The input's shape, no weights."""
    return Inferred(shape)


def dense(args: "Dense", shape: Shape) -> Inferred:
    """(..., channels) → (..., units)."""
    kernel = channels(shape) * args.units
    positions = product(shape[:-1])
    return Inferred(
        (*shape[:-1], args.units),
        kernel + (args.units if args.use_bias else 0),
        macs=None if positions is None else kernel * positions,
    )


def maxout(args: "Maxout", shape: Shape) -> Inferred:
    """(..., channels) → (..., units); the kernel holds the pieces of every unit."""
    width = args.units * args.pieces
    kernel = channels(shape) * width
    positions = product(shape[:-1])
    macs = None if positions is None else kernel * positions
    return Inferred((*shape[:-1], args.units), kernel + (width if args.use_bias else 0), macs=macs)


def flatten(args: "Flatten", shape: Shape) -> Inferred:
    """Any shape → (product of its sizes)."""
    return Inferred((product(shape),))


def reshape(args: "Reshape", shape: Shape) -> Inferred:
    """The same number of values in the target shape."""
    target = args.target_shape
    if target.count(-1) > 1:
        raise ShapeError("may hold -1 only once", field="target_shape")
    size, fixed = product(shape), product([each for each in target if each != -1])
    assert fixed is not None
    if -1 not in target:
        if size not in (None, fixed):
            raise ShapeError(f"has {fixed} values, the input has {size}", field="target_shape")
        return Inferred(target)
    if size is None:
        return Inferred(tuple(None if each == -1 else each for each in target))
    if fixed == 0 or size % fixed:
        raise ShapeError(f"the input's {size} values do not fill it", field="target_shape")
    return Inferred(tuple(size // fixed if each == -1 else each for each in target))


def dropout(args: "Dropout | AlphaDropout", shape: Shape) -> Inferred:
    """The input's shape; the mask has to fit onto it."""
    mask = args.noise_shape
    if mask is not None and len(mask) != len(shape) + 1:
        raise ShapeError(f"needs {len(shape) + 1} sizes, one for the batch axis", field="noise_shape")
    for size, given in zip(shape, (mask or ())[1:], strict=False):
        if given not in (None, 1, size):
            raise ShapeError(f"a mask of {given} does not fit onto a size of {size}", field="noise_shape")
    return Inferred(shape)


def spatial_dropout2d(args: "Op", shape: Shape) -> Inferred:
    """An image's shape."""
    spatial(shape, 2)
    return Inferred(shape)


def spatial_dropout1d(args: "Op", shape: Shape) -> Inferred:
    """A sequence's shape."""
    if len(shape) != 2:
        raise ShapeError("needs a sequence (steps, channels)")
    return Inferred(shape)


def spatial_dropout3d(args: "Op", shape: Shape) -> Inferred:
    """A volume's shape."""
    if len(shape) != 4:
        raise ShapeError("needs a volume (depth, height, width, channels)")
    return Inferred(shape)


def softmax(args: "Softmax", shape: Shape) -> Inferred:
    """The input's shape."""
    axis_index(args.axis, shape)
    return Inferred(shape)


def prelu(args: "PReLU", shape: Shape) -> Inferred:
    """The input's shape; one slope for each position that shares none."""
    shared = {axis_index(axis, shape, "shared_axes") for axis in args.shared_axes or ()}
    sizes = [1 if i in shared else size for i, size in enumerate(shape)]
    slopes = product(sizes)
    if slopes is None:
        unknown = [i for i, size in enumerate(sizes, 1) if size is None]
        raise ShapeError("needs known sizes", hint="share the slopes", repairs=(("shared_axes", unknown),))
    return Inferred(shape, slopes)
