"""Sizes after a sliding window, as Keras and TensorFlow count them."""

from specs.infer.base import Inferred, Shape, ShapeError, image
from specs.ops.conv import ConvBase
from specs.ops.pool import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D

AXES = ("height", "width")


def out_size(size: int | None, window: int, stride: int, padding: str) -> int | None:
    """Positions of a window along one axis; 0 or less where it does not fit in.

    >>> out_size(224, 7, 2, "same"), out_size(230, 7, 2, "valid"), out_size(4, 7, 1, "valid")
    (112, 112, -2)
    """
    if size is None:
        return None
    return -(-size // stride) if padding == "same" else (size - window) // stride + 1


def transposed_size(size: int | None, window: int, stride: int, padding: str, dilation: int) -> int | None:
    """Size of one axis after a transposed convolution.

    >>> transposed_size(7, 3, 2, "same", 1), transposed_size(7, 3, 2, "valid", 1)
    (14, 15)
    """
    if size is None:
        return None
    reach = dilation * (window - 1) + 1
    return size * stride if padding == "same" else size * stride + max(reach - stride, 0)


def out_sizes(args: ConvBase, sizes: Shape, kernel: tuple[int, int]) -> Shape:
    """Height and width after a convolution; refused where the kernel does not fit in."""
    reach = [rate * (k - 1) + 1 for rate, k in zip(args.dilation_rate, kernel, strict=True)]
    return _fitting(sizes, (reach[0], reach[1]), args.strides, args.padding, "kernel_size")


def _fitting(
    sizes: Shape, window: tuple[int, int], strides: tuple[int, int], padding: str, field: str
) -> tuple[int | None, int | None]:
    out = [out_size(size, window[i], strides[i], padding) for i, size in enumerate(sizes)]
    for i, size in enumerate(out):
        if size is not None and size < 1:
            raise ShapeError(
                f"a window of {window[i]} does not fit into a {AXES[i]} of {sizes[i]}",
                field=field,
                hint=f"use padding: same, or a window of at most {sizes[i]}",
            )
    return out[0], out[1]


def pooling2d(args: MaxPooling2D | AveragePooling2D, shape: Shape) -> Inferred:
    """(height, width, channels) → (height', width', channels)."""
    height, width, count = image(shape)
    out = _fitting((height, width), args.pool_size, args.strides or args.pool_size, args.padding, "pool_size")
    return Inferred((*out, count))


def global_pooling2d(args: GlobalAveragePooling2D | GlobalMaxPooling2D, shape: Shape) -> Inferred:
    """(height, width, channels) → (channels), or (1, 1, channels) with keepdims."""
    _, _, count = image(shape)
    return Inferred((1, 1, count) if args.keepdims else (count,))
