"""Sizes after a sliding window, as Keras and TensorFlow count them."""

from typing import TYPE_CHECKING

from specs.infer.base import AXES, Inferred, Shape, ShapeError, spatial
from specs.ops.base import Sizes

if TYPE_CHECKING:
    from specs.ops.adaptive_pool import AdaptivePooling
    from specs.ops.conv import ConvBase
    from specs.ops.global_pool import GlobalPooling
    from specs.ops.pool import Pooling
    from specs.ops.transposed import Transposed


def out_size(size: int | None, window: int, stride: int, padding: str) -> int | None:
    """Positions of a window along one axis; 0 or less where it does not fit in.

    >>> out_size(224, 7, 2, "same"), out_size(230, 7, 2, "valid"), out_size(4, 7, 1, "valid")
    (112, 112, -2)
    """
    if size is None:
        return None
    # Causal padding puts window - 1 zeros before the start, which leaves as many positions as same.
    return (size - window) // stride + 1 if padding == "valid" else -(-size // stride)


def transposed_size(args: "Transposed", axis: int, size: int | None) -> int | None:
    """Size of one axis after a transposed convolution.

    >>> from specs.ops.transposed import Conv1DTranspose
    >>> valid = Conv1DTranspose(filters=1, kernel_size=3, strides=2)
    >>> same = valid.model_copy(update={"padding": "same"})
    >>> [transposed_size(each, 0, 7) for each in (same, valid, same.model_copy(update={"output_padding": (0,)}))]
    [14, 15, 13]
    """
    stride, padding = args.strides[axis], args.output_padding
    reach = reaches(args)[axis]
    if padding is not None and args.padding == "same" and reach % 2 + padding[axis] == 0:
        message = "must be at least 1 for a window of even size with padding same"
        raise ShapeError(message, field="output_padding", hint="null adds what fits")
    if size is None:
        return None
    if padding is None:
        return size * stride if args.padding == "same" else size * stride + max(reach - stride, 0)
    return (size - 1) * stride + padding[axis] + (reach % 2 if args.padding == "same" else reach)


def reaches(args: "ConvBase") -> Sizes:
    """Places from a kernel's first tap to its last along each axis, both counted."""
    return tuple(rate * (k - 1) + 1 for rate, k in zip(args.dilation_rate, args.kernel_size, strict=True))


def out_sizes(args: "ConvBase", sizes: Shape) -> Shape:
    """Sizes after a convolution; refused where the kernel does not fit in."""
    return fitting(sizes, reaches(args), args.strides, args.padding, "kernel_size")


def fitting(sizes: Shape, window: Sizes, strides: Sizes, padding: str, field: str) -> Shape:
    """Sizes after a window; refused where it does not fit in, at the argument that says how large it is."""
    out = tuple(out_size(size, window[i], strides[i], padding) for i, size in enumerate(sizes))
    for i, size in enumerate(out):
        if size is not None and size < 1:
            raise ShapeError(
                f"a window of {window[i]} does not fit into a {AXES[len(sizes)][i]} of {sizes[i]}",
                field=field,
                hint=f"the window can be {sizes[i]} at most",
                repairs=(("padding", "same"), (field, _smaller(window, sizes))),
            )
    return out


def _smaller(window: Sizes, sizes: Shape) -> int | tuple[int, ...]:
    """The window, no larger than the sizes: one number where it is the same along every axis."""
    found = tuple(w if size is None else min(w, size) for w, size in zip(window, sizes, strict=True))
    return found if len(set(found)) > 1 else found[0]


def pooling(args: "Pooling", shape: Shape) -> Inferred:
    """(*sizes, channels) → (*sizes', channels)."""
    sizes = spatial(shape, len(args.pool_size))
    out = fitting(sizes, args.pool_size, args.strides or args.pool_size, args.padding, "pool_size")
    return Inferred((*out, shape[-1]))


def global_pooling(args: "GlobalPooling", shape: Shape) -> Inferred:
    """(*sizes, channels) → (channels), or every size 1 with keepdims."""
    sizes = spatial(shape, args.rank)
    return Inferred((*(1 for _ in sizes if args.keepdims), shape[-1]))


def adaptive_pooling(args: "AdaptivePooling", shape: Shape) -> Inferred:
    """(*sizes, channels) → (*output_size, channels); the windows follow from both, so the sizes are known."""
    sizes = spatial(shape, len(args.output_size))
    for name, size, wanted in zip(AXES[len(sizes)], sizes, args.output_size, strict=True):
        if size is None:
            raise ShapeError(f"needs a known {name}", hint="give the input fixed sizes, or use global pooling")
        # Keras 3.15 lays windows of this size and of one more, which have to fit in even where none is used.
        if -(-size // wanted) + 1 > size:
            hint = "global pooling gives size 1"
            raise ShapeError(f"Keras cannot pool a {name} of {size} to {wanted}", field="output_size", hint=hint)
    return Inferred((*args.output_size, shape[-1]))
