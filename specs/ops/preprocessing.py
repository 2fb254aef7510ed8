"""Preprocessing as part of the model; numbers that are left out are measured on the training examples."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from specs.ops.base import MAX_MEASURED, Op, PositiveInt, Size, is_int, refuse
from specs.ops.norm import Axes

Encoding = Literal["int", "one_hot", "multi_hot", "count"]
"""The code itself, one vector a code, one vector of which codes occur, or of how often each does."""


def _numbers(value: object) -> object:
    return (value,) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


_NUMBERS = {"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}, "minItems": 1}]}
Numbers = Annotated[tuple[float, ...], Field(min_length=1), BeforeValidator(_numbers), WithJsonSchema(_NUMBERS)]


class Normalization(Op):
    """(x - mean) / √variance along the axes; both given, measured on the training part, or loaded with weights."""

    axis: Axes = (-1,)
    """The axes whose every index has its own mean and variance: the channels."""
    mean: Numbers | None = None
    """One number for all, or one for each index of the last of the axes; null: a weight, 0 until it is measured."""
    variance: Numbers | None = None
    """One number for all, or one for each index of the last of the axes; null: a weight, 1 until it is measured."""
    invert: bool = False
    """x · √variance + mean instead."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.mean is None or self.variance is None:
            if self.mean is not self.variance:
                raise ValueError("mean and variance must both be numbers or both null")
            return self
        if len(self.mean) != len(self.variance):
            sizes = f"(got {len(self.mean)} and {len(self.variance)})"
            raise ValueError(f"mean and variance must have the same length {sizes}")
        if min(self.variance) < 0:
            raise ValueError(f"a variance is not negative (got {min(self.variance):g})")
        return self


class Resizing(Op):
    """An image in another size: (height, width, channels) → (height', width', channels)."""

    height: PositiveInt
    width: PositiveInt
    interpolation: Literal["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"] = "bilinear"
    crop_to_aspect_ratio: bool = False
    """Cut the longer side off instead of distorting."""
    pad_to_aspect_ratio: bool = False
    """Fill the shorter side up instead of distorting."""
    fill_mode: Literal["constant"] = "constant"
    fill_value: float = 0.0
    """What a side is filled up with."""
    antialias: bool = False

    @model_validator(mode="after")
    def _crop_or_pad(self) -> Self:
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise ValueError("crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other")
        return self


class CenterCrop(Op):
    """The middle of an image: (height, width, channels) → (height', width', channels); smaller images are enlarged."""

    height: PositiveInt
    width: PositiveInt


class CategoryEncoding(Op):
    """Codes from 0 to num_tokens - 1 → vectors: (codes) → (num_tokens)."""

    num_tokens: PositiveInt
    """Number of codes."""
    output_mode: Literal["one_hot", "multi_hot", "count"] = "multi_hot"


class Discretization(Op):
    """Numbers → the number of the interval that each lies in; with num_bins the intervals are measured."""

    bin_boundaries: Annotated[tuple[float, ...], Field(min_length=1)] | None = None
    """Ends of the intervals, rising; n of them make n + 1 intervals."""
    num_bins: Annotated[int, Field(ge=2, le=MAX_MEASURED)] | None = None
    """Number of intervals that are to hold equally many of the training examples, instead of bin_boundaries."""
    output_mode: Encoding = "int"

    @property
    def depth(self) -> int:
        """Number of intervals."""
        return self.num_bins or len(self.bin_boundaries or ()) + 1

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if (self.bin_boundaries is None) == (self.num_bins is None):
            raise ValueError("needs bin_boundaries or num_bins, one of them")
        if self.bin_boundaries is None:
            return self
        pairs = zip(self.bin_boundaries, self.bin_boundaries[1:], strict=False)
        if not all(low < high for low, high in pairs):
            raise ValueError("bin_boundaries must rise")
        return self


def _salt(value: object) -> object:
    if is_int(value):
        return (value, value)
    if isinstance(value, tuple) and len(value) == 2:
        return value
    raise refuse("must be an integer or a pair of integers")


_SALT = {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}]}


class Hashing(Op):
    """Text or integers → one of num_bins bins, by a hash."""

    num_bins: PositiveInt
    salt: Annotated[tuple[Size, Size], BeforeValidator(_salt), WithJsonSchema(_SALT)] | None = None
    """Two numbers, or one for both, that make the hash another one (SipHash64)."""
    output_mode: Encoding = "int"


class HashedCrossing(Op):
    """Two columns of text or integers → one of num_bins bins for each combination."""

    num_bins: PositiveInt
    output_mode: Literal["int", "one_hot"] = "int"
