"""Layers that enlarge, repeat or reorder; none has weights."""

from typing import Literal, Self

from pydantic import model_validator

from specs.ops.base import Op, Pair, PositiveInt, Triple


class UpSampling1D(Op):
    """Every step of a sequence repeated: (length, channels) → (length · size, channels)."""

    size: PositiveInt = 2
    """How often each step stands."""


class UpSampling2D(Op):
    """An image enlarged: (height, width, channels) → (height · size, width · size, channels)."""

    size: Pair = (2, 2)
    """Factors of height and width; one number stands for both."""
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"] = "nearest"
    """What stands between the pixels; nearest repeats them."""


class UpSampling3D(Op):
    """Every value of a volume repeated: (depth, height, width, channels) → each size times its factor."""

    size: Triple = (2, 2, 2)
    """Factors of depth, height and width; one number stands for all three."""


class Permute(Op):
    """The axes in another order: dims [2, 1] makes of (a, b) a (b, a)."""

    dims: tuple[PositiveInt, ...]
    """For each axis of the output the number of the input's, counted from 1 after the batch axis."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(f"dims must hold each number from 1 to {len(self.dims)} once (got {list(self.dims)})")
        return self


class RepeatVector(Op):
    """A vector as every step of a sequence: (channels) → (n, channels)."""

    n: PositiveInt
    """Steps of the sequence."""
