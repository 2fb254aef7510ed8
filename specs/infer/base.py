"""What is inferred of a layer, and how a rule refuses an input."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Shape = tuple[int | None, ...]
"""Sizes without the batch axis; None where a size is known only at run time."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """Output shape, weights, and multiply-accumulates for one input (None where a size is unknown)."""

    output_shape: Shape
    trainable: int = 0
    non_trainable: int = 0
    macs: int | None = 0


class ShapeError(ValueError):
    """A layer that cannot take its inputs.

    `field` is the argument that is in the way, where one is; `hint` the repair, where one is known; `repairs` are
    arguments with values that may mend it, which are tried before they are offered.
    """

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        hint: str | None = None,
        repairs: Sequence[tuple[str, object]] = (),
    ) -> None:
        super().__init__(message)
        self.field = field
        self.hint = hint
        self.repairs = repairs


def product(sizes: Sequence[int | None]) -> int | None:
    """The product of sizes, None where one is unknown.

    >>> product((2, 3)), product((2, None)), product(())
    (6, None, 1)
    """
    known = [size for size in sizes if size is not None]
    return math.prod(known) if len(known) == len(sizes) else None


def text(shape: Shape) -> str:
    """A shape as Keras prints it, without the batch axis.

    >>> text((28, None, 3)), text((10,))
    ('(28, None, 3)', '(10,)')
    """
    return str(tuple(shape))


def channels(shape: Shape) -> int:
    """The size of the last axis, which weights depend on."""
    if not shape or shape[-1] is None:
        flat = "give the input fixed sizes, or use GlobalAveragePooling2D in place of Flatten"
        hint = flat if len(shape) == 1 else "give the last axis of the input a number"
        raise ShapeError("needs a known number of channels, the last axis", hint=hint)
    return shape[-1]


AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""What the axes of a sequence, an image and a volume are called, by their number."""
KINDS = {
    rank: f"{kind} ({', '.join(AXES[rank])}, channels)"
    for rank, kind in enumerate(("a sequence", "an image", "a volume"), 1)
}


def sizes_text(rank: int) -> str:
    """The axes before the channels in words.

    >>> sizes_text(2), sizes_text(1), sizes_text(4)
    ('height and width', 'the length', 'the other sizes')
    """
    if rank not in AXES:
        return "the other sizes"
    *rest, last = AXES[rank]
    return f"{', '.join(rest)} and {last}" if rest else f"the {last}"


def spatial(shape: Shape, rank: int) -> Shape:
    """The sizes before the channels of a sequence (rank 1), an image (2) or a volume (3).

    >>> spatial((28, None, 3), 2)
    (28, None)
    """
    if len(shape) != rank + 1:
        hint = "Reshape can add axes" if len(shape) <= rank else None
        raise ShapeError(f"needs {KINDS[rank]}", hint=hint)
    return shape[:-1]


def axis_index(axis: int, shape: Shape, field: str = "axis") -> int:
    """The index into a shape without the batch axis that a Keras axis means."""
    rank = len(shape) + 1
    index = axis + rank if axis < 0 else axis
    if not 0 <= index < rank:
        raise ShapeError(f"has no axis {axis}: 0 is the batch axis, {len(shape)} the last", field=field)
    if index == 0:
        raise ShapeError(f"axis {axis} is the batch axis", field=field)
    return index - 1
