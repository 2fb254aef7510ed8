"""Random changes of images, in training only: in inference all pass their input on, but RandomCrop its middle."""

from functools import partial
from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema

from specs.ops.base import Op, PositiveInt, Rate, Size, refuse

FillMode = Literal["constant", "reflect", "wrap", "nearest"]
"""What stands where the image was moved away from."""
Interpolation = Literal["nearest", "bilinear"]


def in_range(low: float, high: float, value: object) -> tuple[float, float]:
    """A number as the range between it and its opposite, a pair as the range between its numbers.

    >>> in_range(-1, 1, 0.2), in_range(0, 1, 0.2), in_range(-1, 1, (0.3, -0.1))
    ((-0.2, 0.2), (0.0, 0.2), (-0.1, 0.3))
    """
    both = value if isinstance(value, tuple) else (value,)
    numbers = [float(each) for each in both if isinstance(each, (int, float)) and not isinstance(each, bool)]
    if len(numbers) != len(both) or not 1 <= len(both) <= 2 or not all(low <= each <= high for each in numbers):
        raise refuse(f"must be a number from {low:g} to {high:g}, or a pair of them")
    if len(numbers) == 1:
        return float(max(-abs(numbers[0]), low)), abs(numbers[0])
    return min(numbers), max(numbers)


def range_schema(low: float) -> WithJsonSchema:
    """What editors are told of a factor or a pair of them, from `low` to 1."""
    one = {"type": "number", "minimum": low, "maximum": 1}
    return WithJsonSchema({"anyOf": [one, {"type": "array", "items": one, "minItems": 2, "maxItems": 2}]})


Factor = Annotated[tuple[float, float], BeforeValidator(partial(in_range, -1, 1)), range_schema(-1)]
"""Drawn between -f and f, or between the two numbers."""
PositiveFactor = Annotated[tuple[float, float], BeforeValidator(partial(in_range, 0, 1)), range_schema(0)]
"""Drawn between 0 and f, or between the two numbers."""


def _part(value: object) -> float | tuple[float, float]:
    """A number, which Keras draws to both sides, or a pair of positive ones."""
    low, high = in_range(0, 1, value)
    return (low, high) if isinstance(value, tuple) else high


ShearFactor = Annotated[float | tuple[float, float], BeforeValidator(_part), range_schema(0)]


class Augmentation(Op):
    """What all of them share."""

    seed: Size | None = None


class RandomFlip(Augmentation):
    """Images mirrored, each with a chance of one half along each axis that is named."""

    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = "horizontal_and_vertical"


class Moved(Augmentation):
    """What the layers share that move the pixels of an image."""

    fill_mode: FillMode = "reflect"
    interpolation: Interpolation = "bilinear"
    fill_value: float = 0.0
    """What stands where there is no image, with fill_mode constant."""


class RandomRotation(Moved):
    """Images turned."""

    factor: Factor
    """Part of a full turn, 0.1 is 36°: drawn between -f and f, or between the two numbers."""


class RandomTranslation(Moved):
    """Images shifted."""

    height_factor: Factor
    """Part of the height, drawn between -f and f, or between the two numbers."""
    width_factor: Factor
    """Part of the width, as height_factor."""


def _above_minus_one(value: object) -> object:
    found = in_range(-1, 1, value)
    if value == -1 or (isinstance(value, tuple) and -1 in value):
        raise refuse("must be above -1: an image of no size cannot be seen")
    return found


ZoomFactor = Annotated[tuple[float, float], BeforeValidator(_above_minus_one), range_schema(-1)]


class RandomZoom(Moved):
    """Images enlarged (below 0) or made smaller (above 0)."""

    height_factor: ZoomFactor
    """Part of the height, drawn between -f and f, or between the two numbers."""
    width_factor: ZoomFactor | None = None
    """Part of the width; that of the height where null."""


class Toned(Augmentation):
    """What the layers share that change the values of pixels."""

    value_range: tuple[float, float] = (0, 255)
    """Smallest and largest value of a pixel."""


class RandomContrast(Toned):
    """Images with more or less contrast, which is multiplied by a number between 1 - f and 1 + f."""

    factor: PositiveFactor
    """Drawn between 0 and f, or between the two numbers."""


class RandomBrightness(Toned):
    """Images lighter or darker, by a part of the range of values."""

    factor: Factor
    """Drawn between -f and f, or between the two numbers."""


class RandomCrop(Augmentation):
    """A part of an image: (height, width, channels) → (height', width', channels); smaller images are enlarged.

    In a body, as in Keras, the place is drawn for the whole batch; under `train.augment` each image has its own.
    """

    height: PositiveInt
    width: PositiveInt


class RandomShear(Moved):
    """Images sheared, as a rectangle becomes a parallelogram."""

    x_factor: ShearFactor = 0.0
    """Part of the width, drawn between -f and f, or between the two numbers."""
    y_factor: ShearFactor = 0.0
    """Part of the height, as x_factor."""


class RandomPerspective(Augmentation):
    """Images as seen from the side: each corner is moved."""

    factor: PositiveFactor = (0.0, 1.0)
    """Chance that an image is changed: drawn between 0 and f, or between the two numbers."""
    scale: Rate = 1.0
    """How far corners move, as a part of the image."""
    interpolation: Interpolation = "bilinear"
    fill_value: float = 0.0
    """What stands where there is no image."""


class RandomElasticTransform(Moved):
    """Images distorted as if they were printed on rubber."""

    factor: PositiveFactor = (0.0, 1.0)
    """Chance that an image is changed: drawn between 0 and f, or between the two numbers."""
    scale: PositiveFactor = (0.0, 1.0)
    """Strength, drawn between 0 and f, or between the two numbers."""
    value_range: tuple[float, float] = (0, 255)
    """Smallest and largest value of a pixel."""
