"""Random changes of colours and detail, in training only: in inference all pass their input on."""

from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from specs.ops.augment import Augmentation, Factor, PositiveFactor, Toned, in_range, range_schema
from specs.ops.base import MAX_SIZE, Rate, is_int, refuse


def _odd(value: object) -> tuple[int, int]:
    """A size for both axes of a kernel, which has a middle.

    >>> _odd(3), _odd((3, 5))
    ((3, 3), (3, 5))
    """
    sizes = value if isinstance(value, tuple) else (value, value)
    numbers = [size for size in sizes if is_int(size) and 0 < size <= MAX_SIZE and size % 2]
    if len(numbers) != 2 or len(sizes) != 2:
        raise refuse("must be an odd integer, or a pair of them")
    return numbers[0], numbers[1]


def _sigma(value: object) -> object:
    found = in_range(0, 1, value)
    if found == (0, 0):
        raise refuse("must be above 0: a blur of no width divides by it")
    return found


def _bits(value: object) -> tuple[int, int]:
    """Bits from 1 on for a number, as Keras has it, those of a pair otherwise.

    >>> _bits(4), _bits((6, 3))
    ((1, 4), (3, 6))
    """
    both = value if isinstance(value, tuple) else (1, value)
    numbers = sorted(each for each in both if is_int(each) and 1 <= each <= BITS)
    if len(numbers) != 2 or len(both) != 2:
        raise refuse(f"must be an integer from 1 to {BITS}, or a pair of them")
    return numbers[0], numbers[1]


BITS = 8
"""Of one channel of a pixel."""

_integers = {"type": "integer", "minimum": 1}
OddPair = Annotated[
    tuple[int, int],
    BeforeValidator(_odd),
    WithJsonSchema({"anyOf": [_integers, {"type": "array", "items": _integers, "minItems": 2, "maxItems": 2}]}),
]
Sigma = Annotated[tuple[float, float], BeforeValidator(_sigma), range_schema(0)]
_bit = {"type": "integer", "minimum": 1, "maximum": BITS}
Bits = Annotated[
    tuple[int, int],
    BeforeValidator(_bits),
    WithJsonSchema({"anyOf": [_bit, {"type": "array", "items": _bit, "minItems": 2, "maxItems": 2}]}),
]


class RandomHue(Toned):
    """Colours turned: red becomes green, green becomes blue; three channels."""

    factor: PositiveFactor
    """Drawn between 0 and f, or between the two numbers."""


class RandomSaturation(Toned):
    """Colours weaker or stronger; three channels."""

    factor: PositiveFactor
    """0 is grey, 0.5 changes nothing, 1 is the strongest colour: drawn between 0 and f, or between the two numbers."""


class RandomColorDegeneration(Toned):
    """Images mixed with what they are in grey; three channels."""

    factor: PositiveFactor
    """Part of the grey, drawn between 0 and f, or between the two numbers."""


class RandomColorJitter(Toned):
    """Brightness, contrast, saturation and hue changed, each by its factor, in this order; null changes nothing."""

    brightness_factor: Factor | None = None
    """As RandomBrightness' factor."""
    contrast_factor: PositiveFactor | None = None
    """As RandomContrast's factor."""
    saturation_factor: PositiveFactor | None = None
    """As RandomSaturation's factor; three channels."""
    hue_factor: PositiveFactor | None = None
    """As RandomHue's factor; three channels."""


class RandomGrayscale(Augmentation):
    """Some images in grey, with as many channels as before; three channels."""

    factor: Rate = 0.5
    """Chance that an image is changed."""


class RandomSharpness(Toned):
    """Images blurred or sharpened."""

    factor: PositiveFactor
    """0 is blurred, 0.5 changes nothing, 1 is sharpened: drawn between 0 and f, or between the two numbers."""


class RandomGaussianBlur(Toned):
    """Images blurred."""

    factor: PositiveFactor = (0.0, 1.0)
    """Chance that an image is changed: drawn between 0 and f, or between the two numbers."""
    kernel_size: OddPair = (3, 3)
    """Height and width of the window, odd; one number stands for both."""
    sigma: Sigma = (0.0, 1.0)
    """Standard deviation in pixels, drawn between 0 and the number, or between the two numbers."""


class RandomErasing(Toned):
    """A rectangle of an image is overwritten (arXiv:1708.04896)."""

    factor: PositiveFactor = (0.0, 1.0)
    """Chance that an image is changed: drawn between 0 and f, or between the two numbers."""
    scale: PositiveFactor = (0.02, 0.33)
    """Size of the rectangle as a part of the image, drawn between 0 and f, or between the two numbers."""
    fill_value: float | None = None
    """What stands in the rectangle; random values where null."""


class RandomPosterization(Toned):
    """Images with fewer values for a pixel."""

    factor: Bits
    """Bits that are kept: drawn from 1, or the lower of two numbers, up to below the other; equal ones are kept."""


class RandomInvert(Toned):
    """Some images as their negatives."""

    factor: PositiveFactor = (0.0, 1.0)
    """Chance that an image is changed: drawn between 0 and f, or between the two numbers."""
