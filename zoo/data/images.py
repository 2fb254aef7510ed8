"""One image file → array. Used for training and for serving, so that both see the same pixels."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from specs.errors import DataError
from zoo.files import open_regular

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""Pillow's name for an image of so many channels."""

FORMATS = ("JPEG", "PNG", "GIF", "BMP")
"""What may be decoded; Pillow knows many more, rarely used and rarely checked."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".bmp"})

# What Pillow raises for damaged files, by its decoders: struct.error is a ValueError's cousin only by name.
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def read_image(path: Path, height: int, width: int, channels: int) -> NDArray[np.float32]:
    """The image in a file as (height, width, channels), pixels from 0 to 255, resized bilinearly.

    One channel is grey, three are red, green and blue, four have opacity too. Of an animation the first picture
    counts. Raises `DataError` where the file is missing, damaged or no image.
    """
    with open_regular(path) as file, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(file, formats=FORMATS) as image:
                resized = _eight_bits(image).convert(MODES[channels]).resize((width, height), Image.Resampling.BILINEAR)
                pixels = np.asarray(resized, dtype=np.float32)
        except UNREADABLE as error:
            raise DataError(f"{path}: is not a readable image ({error})") from None
    return pixels.reshape(height, width, channels)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Pillow clips 16-bit grey to 255 where it converts; its scale is 0 to 65535."""
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image, dtype=np.int64) // 257).astype(np.uint8))
