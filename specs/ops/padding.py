"""Layers that pad or crop; none has weights."""

from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from specs.ops.base import Op, Size, is_int, refuse, sized, sized_schema

_FORMS = {
    2: "must be an integer, [height, width] or [[top, bottom], [left, right]]",
    3: "must be an integer, [depth, height, width] or a pair of integers for each of them",
}


def _sides(rank: int, value: object) -> object:
    """Keras' three forms of a padding as a pair for each axis: ((top, bottom), (left, right))."""
    if is_int(value):
        return ((value, value),) * rank
    if isinstance(value, tuple) and len(value) == rank:
        sides = tuple((v, v) if is_int(v) else v for v in value)
        if all(isinstance(side, tuple) and len(side) == 2 for side in sides):
            return sides
    raise refuse(_FORMS[rank])


def _sides_schema(rank: int) -> WithJsonSchema:
    one = {"type": "integer", "minimum": 0}
    pair = {"type": "array", "items": one, "minItems": 2, "maxItems": 2}
    axes = {"type": "array", "minItems": rank, "maxItems": rank, "items": {"anyOf": [one, pair]}}
    return WithJsonSchema({"anyOf": [one, axes]})


Side = tuple[Size, Size]
"""Places before and after."""
Sides1D = Annotated[Side, BeforeValidator(partial(sized, 2)), sized_schema(2, 0)]
Sides2D = Annotated[tuple[Side, Side], BeforeValidator(partial(_sides, 2)), _sides_schema(2)]
Sides3D = Annotated[tuple[Side, Side, Side], BeforeValidator(partial(_sides, 3)), _sides_schema(3)]


class ZeroPadding1D(Op):
    """Zeros before and after a sequence: (length, channels) grows by the padding."""

    padding: Sides1D = (1, 1)
    """One number for both ends, or [before, after]."""


class ZeroPadding2D(Op):
    """Rows and columns of zeros around an image: (height, width, channels) grows by the padding."""

    padding: Sides2D = ((1, 1), (1, 1))
    """One number for all sides, [height, width], or [[top, bottom], [left, right]]."""


class ZeroPadding3D(Op):
    """Zeros around a volume: (depth, height, width, channels) grows by the padding."""

    padding: Sides3D = ((1, 1), (1, 1), (1, 1))
    """One number for all sides, [depth, height, width], or a pair [before, after] for each of them."""


class Cropping1D(Op):
    """A sequence without its ends: (length, channels) shrinks by the cropping."""

    cropping: Sides1D = (1, 1)
    """One number for both ends, or [before, after]."""


class Cropping2D(Op):
    """An image without its rim: (height, width, channels) shrinks by the cropping."""

    cropping: Sides2D = ((0, 0), (0, 0))
    """One number for all sides, [height, width], or [[top, bottom], [left, right]]."""


class Cropping3D(Op):
    """A volume without its rim: (depth, height, width, channels) shrinks by the cropping."""

    cropping: Sides3D = ((1, 1), (1, 1), (1, 1))
    """One number for all sides, [depth, height, width], or a pair [before, after] for each of them."""
