"""One image file → pixels. Used for training and for serving, so that both see the same."""

import warnings
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from specs.errors import DataError
from specs.graph import Shape
from zoo.files import open_regular

Pixels = NDArray[np.uint8]

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""Pillow's name for an image of so many channels."""

FORMATS = ("JPEG", "PNG", "GIF", "BMP")
"""What may be decoded; Pillow knows many more, rarely used and rarely checked."""

BILINEAR = Image.Resampling.BILINEAR

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".bmp"})

# What Pillow raises for damaged files, by its decoders: struct.error is a ValueError's cousin only by name.
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning)

# For the whole process: a filter of one call would be one of all threads, and threads decode at the same time.
warnings.simplefilter("error", Image.DecompressionBombWarning)


def read_image(path: Path, height: int, width: int, channels: int) -> Pixels:
    """The image in a file as (height, width, channels), bytes from 0 to 255, resized bilinearly.

    One channel is grey, three are red, green and blue, four have opacity too. Of an animation the first picture
    counts. Raises `DataError` where the file is missing, damaged or no image.
    """
    with open_regular(path) as file:
        return decoded(file, str(path), (height, width, channels))


def decoded(file: IO[bytes], name: str, size: tuple[int, int, int]) -> Pixels:
    """The image in an open file as `size`: height, width, channels; `name` is what an error calls it."""
    height, width, channels = size
    try:
        with Image.open(file, formats=FORMATS) as image:
            pixels = np.asarray(_fitted(_eight_bits(image), MODES[channels], (width, height)))
    except UNREADABLE as error:
        raise _unreadable(name, error) from None
    return pixels.reshape(height, width, channels)


def check_header(file: IO[bytes], name: str) -> None:
    """`DataError` where a file does not begin as an image does; what follows is not looked at."""
    try:
        Image.open(file, formats=FORMATS).close()
    except UNREADABLE as error:
        raise _unreadable(name, error) from None


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of the image in a file, of which only the beginning is read; `DataError` where it is none."""
    with open_regular(path) as file:
        try:
            with Image.open(file, formats=FORMATS) as image:
                return image.size
        except UNREADABLE as error:
            raise _unreadable(str(path), error) from None


def image_shape(shape: Shape) -> tuple[int, int, int]:
    """Height, width and channels that images are brought to; `DataError` where the input takes no images.

    >>> image_shape((224, 224, 3))
    (224, 224, 3)
    """
    sizes = [size for size in shape if size is not None]
    if len(shape) != 3 or len(sizes) != 3 or sizes[2] not in MODES:
        wanted = "height, width and 1, 3 or 4 channels, all fixed"
        raise DataError(f"images need an input of {wanted} (got {shape})")
    return sizes[0], sizes[1], sizes[2]


def _unreadable(name: str, error: BaseException) -> DataError:
    return DataError(f"{name}: is not a readable image ({error})")


def _fitted(image: Image.Image, mode: str, size: tuple[int, int]) -> Image.Image:
    """Pillow copies an image that is of the mode and the size already: a third of the time for a small one."""
    converted = image if image.mode == mode else image.convert(mode)
    if converted.size == size:
        return converted
    # Columns, then rows: each is rounded to bytes, and in one call their order is up to the version of Pillow.
    return converted.resize((converted.width, size[1]), BILINEAR).resize(size, BILINEAR)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Pillow clips 16-bit grey to 255 where it converts; its scale is 0 to 65535."""
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image, dtype=np.int64) // 257).astype(np.uint8))
