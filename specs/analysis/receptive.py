"""Receptive field of every node: which part of the input one position of its output depends on.

Sizes, strides and paddings of a chain compose as in Araujo, Norris and Sim, "Computing Receptive Fields of
Convolutional Neural Networks", Distill 2019 (doi:10.23915/distill.00021), equations 2 and 4. It is what the
architecture allows at inference: an upper bound, not what training makes of it. It counts the places along each axis
from the first to the last that is looked at, with those in between that a dilation skips.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from specs.analysis.receptive_kinds import ALONG_AXES, CHANNELS, POINTWISE, POOLED
from specs.graph import Graph, Node, Shape
from specs.ops.conv import ConvBase
from specs.ops.merge import Concatenate
from specs.ops.padding import Cropping1D, Cropping2D, Cropping3D, ZeroPadding1D, ZeroPadding2D, ZeroPadding3D
from specs.ops.pool import Pooling
from specs.ops.table_conv import TableConv2D
from specs.ops.transposed import Transposed


@dataclass(frozen=True, slots=True)
class Window:
    """Along one axis: output position i depends on the `size` input positions from i · stride + start on.

    `start` is minus the padding in front, in places of the input; None where it follows from a size known only at run
    time.
    """

    size: int
    stride: int
    start: int | None


@dataclass(frozen=True, slots=True)
class Field:
    """The window along each axis but the channels' of the input of that name."""

    source: str
    windows: tuple[Window, ...]


GLOBAL: Final = "global"
"""Every position may depend on the whole input."""

Receptive = Field | Literal["global"] | None
"""None where it is unknown: the input has no positions, or they were mixed (Flatten, Reshape)."""


def receptive_fields(graph: Graph) -> Mapping[str, Receptive]:
    """The receptive field of every node by its name.

    >>> from specs import check
    >>> fields = receptive_fields(check("resnet50").graph)
    >>> fields["max_pooling2d1"].windows[0], fields["predictions"]
    (Window(size=11, stride=4, start=-5), 'global')
    """
    found: dict[str, Receptive] = {}
    shapes = {node.name: node.output_shape for node in graph.nodes}
    for node in graph.nodes:
        inputs = [(found[name], shapes[name]) for name in node.inputs]
        found[node.name] = _field(node.op, node.args, inputs) if inputs else _of_input(node)
    return found


def _of_input(node: Node) -> Receptive:
    """Every place for itself: of all axes but the channels', of a row of codes along the row."""
    codes = len(node.output_shape) == 1 and str(getattr(node.args, "dtype", "")).startswith("int")
    axes = 1 if codes else len(node.output_shape) - 1
    return Field(node.name, (Window(1, 1, 0),) * axes) if axes > 0 else None


def _field(op: str, args: Any, inputs: list[tuple[Receptive, Shape]]) -> Receptive:
    before = _merged([field for field, _ in inputs])
    shape = inputs[0][1]
    if op in CHANNELS:
        # Over the last axis: of an image that is a 1×1 convolution, of anything flat it sees all.
        return before if len(shape) > 1 else GLOBAL
    if before is None or before == GLOBAL:
        return before
    if op in POOLED:
        return GLOBAL
    if op in ALONG_AXES:
        axes = args.axis if isinstance(args.axis, tuple) else (args.axis,)
        return before if all(axis % (len(shape) + 1) == len(shape) for axis in axes) else GLOBAL
    if isinstance(args, Concatenate):
        return before if args.axis % (len(shape) + 1) == len(shape) else None
    if op in POINTWISE:
        return before
    if op == "SpectralNormalization":
        return _field(args.layer.op, args.layer.args, inputs)
    if op == "TimeDistributed":
        # A step at a time; what the layer does to the axes inside a step is followed only where it is nothing.
        return before if args.layer.op in POINTWISE | CHANNELS and len(before.windows) == len(shape) - 1 else None
    return _windowed(before, args, shape)


def _windowed(before: Field, args: object, shape: Shape) -> Receptive:
    windows = []
    for axis, window in enumerate(before.windows):
        kernel = _kernel(args, axis, shape[axis])
        if kernel is None:
            return None
        reach, stride, padding = kernel
        start = None if window.start is None or padding is None else window.start - padding * window.stride
        windows.append(Window(window.size + (reach - 1) * window.stride, stride * window.stride, start))
    return Field(before.source, tuple(windows))


def _kernel(args: object, axis: int, size: int | None) -> tuple[int, int, int | None] | None:
    """Reach, stride and padding in front of a layer's window along an axis, None where it is no window."""
    match args:
        case Transposed():
            reach = args.dilation_rate[axis] * (args.kernel_size[axis] - 1) + 1
            # Mirrored, it pads behind what a convolution pads in front. With strides, positions differ in their
            # windows, which no one size and start can say; nor can they where the padding is given.
            front = reach - 1 - (0 if args.padding == "valid" else (reach - 1) // 2)
            return (reach, 1, front) if args.strides[axis] == 1 and args.output_padding is None else None
        case ConvBase():
            reach = args.dilation_rate[axis] * (args.kernel_size[axis] - 1) + 1
            return reach, args.strides[axis], _front(reach, args.strides[axis], args.padding, size)
        case Pooling():
            reach, stride = args.pool_size[axis], (args.strides or args.pool_size)[axis]
            return reach, stride, _front(reach, stride, args.padding, size)
        case TableConv2D():
            reach, stride = args.kernel_size[axis], args.strides[axis]
            return reach, stride, _front(reach, stride, args.padding, size)
        case ZeroPadding1D():
            return 1, 1, args.padding[0]
        case ZeroPadding2D() | ZeroPadding3D():
            return 1, 1, args.padding[axis][0]
        case Cropping1D():
            return 1, 1, -args.cropping[0]
        case Cropping2D() | Cropping3D():
            return 1, 1, -args.cropping[axis][0]
    return None


def _front(reach: int, stride: int, padding: str, size: int | None) -> int | None:
    """Zeros in front of an axis, as TensorFlow pads: the smaller half of what the last window needs.

    >>> _front(3, 2, "same", 8), _front(3, 2, "same", 7), _front(3, 2, "same", None), _front(3, 2, "valid", 8)
    (0, 1, None, 0)
    """
    if padding == "valid":
        return 0
    if padding == "causal":
        return reach - 1
    if stride == 1:
        return (reach - 1) // 2
    return None if size is None else max((-(-size // stride) - 1) * stride + reach - size, 0) // 2


def _merged(fields: Iterable[Receptive]) -> Receptive:
    """The smallest field that holds all of them."""
    found = list(fields)
    if GLOBAL in found:
        return GLOBAL
    known = [each for each in found if isinstance(each, Field)]
    first = known[0] if len(known) == len(found) else None
    if first is None or any(each.source != first.source for each in known):
        return None
    if any(len(each.windows) != len(first.windows) for each in known):
        return None
    hulls = [_hull(axis) for axis in zip(*(each.windows for each in known), strict=True)]
    windows = tuple(each for each in hulls if each is not None)
    return replace(first, windows=windows) if len(windows) == len(hulls) else None


def _hull(windows: Iterable[Window]) -> Window | None:
    """One window over several; None where they do not step together or lie at unknown places."""
    found = list(dict.fromkeys(windows))
    if len(found) == 1:
        return found[0]
    starts = [each.start for each in found if each.start is not None]
    if len({each.stride for each in found}) > 1 or len(starts) < len(found):
        return None
    end = max(start + each.size for start, each in zip(starts, found, strict=True))
    return Window(end - min(starts), found[0].stride, min(starts))
