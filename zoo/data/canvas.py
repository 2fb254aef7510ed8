"""Images that are made of real digits, whose boxes are therefore known."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from specs.errors import DataError
from specs.sections.boxes import DigitCanvas
from specs.sections.data import Split
from zoo.data.boxes import Boxed, filled_up
from zoo.data.dataset import Array, InMemory
from zoo.data.images import BILINEAR
from zoo.data.memory import room_for_data
from zoo.data.splitting import split_indices

TRIES = 20
"""Places that are drawn for a digit, at most."""

Glyph = tuple[NDArray[np.uint8], int]
"""A digit cut to its ink, and its class."""


def digit_canvas(arguments: DigitCanvas, folder: Path, size: tuple[int, int, int]) -> Boxed:
    """The images with their boxes; those of the test part come last, and are made of digits of their own."""
    count, held_out = arguments.examples, round(arguments.examples * arguments.test_split)
    room = room_for_data()
    if count * arguments.size**2 > room:
        raise DataError(f"digit_canvas: {count} images of {arguments.size}² pixels take more than {room / 1e9:.1f} GB")
    learnt, kept = _glyphs(arguments)
    random = np.random.default_rng(arguments.seed)
    made = [_made(arguments, random, kept if at >= count - held_out else learnt) for at in range(count)]
    images = np.stack([_resized(image, size) for image, _ in made])
    return Boxed(InMemory(images), filled_up([boxes for _, boxes in made]), tuple(map(str, range(10))), held_out)


def _glyphs(arguments: DigitCanvas) -> tuple[list[Glyph], list[Glyph]]:
    """The digits that images for training and validation are made of, and those of the test part's."""
    from sklearn.datasets import load_digits  # 2 s to import

    bunch = load_digits()
    pixels = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    split = Split(test_split=arguments.test_split, validation_split=arguments.validation_split, seed=arguments.seed)
    train, validation, test = split_indices(bunch.target.astype(np.int64), split)
    learnt = np.sort(np.concatenate([train, validation]))
    first, second = ([(_inked(pixels[at]), int(bunch.target[at])) for at in part] for part in (learnt, test))
    return first, second


def _inked(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The part of a digit in which it has ink."""
    rows, columns = (np.flatnonzero(pixels.any(axis=axis)) for axis in (1, 0))
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _made(arguments: DigitCanvas, random: np.random.Generator, glyphs: Sequence[Glyph]) -> tuple[Array, Array]:
    """One image (size, size), and its boxes (boxes, 5) as parts of it."""
    size = arguments.size
    image, corners, boxes = np.zeros((size, size), np.uint8), np.zeros((0, 4), np.int64), []
    for _ in range(int(random.integers(1, arguments.most, endpoint=True))):
        glyph, label = glyphs[int(random.integers(len(glyphs)))]
        factor = random.uniform(*arguments.scale)
        height, width = (max(1, round(side * factor)) for side in glyph.shape)
        place = _free_place(random, size, width, height, corners)
        if place is not None:
            x, y = place
            large = Image.fromarray(glyph).resize((width, height), BILINEAR)
            image[y : y + height, x : x + width] = np.asarray(large)
            box = [x, y, x + width, y + height]
            corners = np.concatenate([corners, [box]])
            boxes.append([*(side / size for side in box), label])
    return image, np.array(boxes)


def _free_place(random: np.random.Generator, size: int, width: int, height: int, corners: Array) -> Array | None:
    """A left upper corner from which a digit overlaps no other; None where none was drawn."""
    for _ in range(TRIES):
        place: Array = random.integers(0, [size - width, size - height], endpoint=True)
        low = np.maximum(corners[:, :2], place)
        high = np.minimum(corners[:, 2:], [place[0] + width, place[1] + height])
        if not (low < high).all(axis=1).any():
            return place
    return None


def _resized(image: NDArray[np.uint8], size: tuple[int, int, int]) -> NDArray[np.uint8]:
    """As an input of that size takes it: boxes are parts of the size, and stay what they are."""
    height, width, channels = size
    same = image.shape == (height, width)
    fitted = image if same else np.asarray(Image.fromarray(image).resize((width, height), BILINEAR))
    return np.repeat(fitted[..., np.newaxis], channels, axis=-1)
