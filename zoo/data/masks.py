"""Images with the class of every pixel: pairs of files by their names, in a folder or in an archive."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from specs.errors import DataError
from specs.graph import Graph
from specs.sections.masks import ImageMasks
from zoo.data.archives import members
from zoo.data.dataset import Array, Examples, InMemory
from zoo.data.folders import Parts, all_of_them, is_image
from zoo.data.image_files import filled
from zoo.data.images import FORMATS, UNREADABLE, decoded, image_shape
from zoo.data.labelling import labelled, only_shape
from zoo.data.memory import room_for_data
from zoo.data.threads import in_threads
from zoo.progress import counted

NUMBERED = ("1", "L", "P", "I", "I;16")
"""Pillow's names for images whose pixels are numbers."""
SECOND = 255
"""What stands for the second of two classes in masks that are made to be looked at."""


@dataclass(frozen=True, slots=True)
class File:
    """An image or a mask: its name below the folder or in the archive, and what it is paired by."""

    name: str
    key: Parts
    """The name below its own folder without the suffix."""
    is_mask: bool


@dataclass(frozen=True, slots=True)
class Decoded:
    """What is in a file, brought to the size of the input, and the width and height that it has itself."""

    pixels: Array
    size: tuple[int, int]


def image_masks(arguments: ImageMasks, folder: Path, graph: Graph) -> Examples:
    """Every image with its mask, in the order of their names, both resized to the input: masks to the nearest pixel.

    Raises `DataError` where an image has no mask or a mask no image, where the two differ in size, where a mask has a
    value that is no class, where files cannot be read (each time all of them in one error), and where they do not fit
    into memory.
    """
    path, size = folder / arguments.path, image_shape(only_shape(graph))
    found = _read(path, arguments, size)
    images, masks = ({file.key: each for file, each in found if file.is_mask is which} for which in (False, True))
    files = {(file.key, file.is_mask): file.name for file, _ in found}
    _all_have_both(path, arguments, files)
    names = sorted(images)
    unequal = [
        f"{files[name, True]} is {_by(masks[name].size)}, its image is {_by(images[name].size)}"
        for name in names
        if masks[name].size != images[name].size
    ]
    if unequal:
        raise all_of_them(f"{path}: {len(unequal)} of {len(names)} masks are not of their image's size:", unequal)
    x = filled((images[name].pixels for name in names), len(names), size)
    return labelled(graph, InMemory(x), np.stack([masks[name].pixels for name in names]), arguments.classes)


def _read(path: Path, arguments: ImageMasks, size: tuple[int, int, int]) -> list[tuple[File, Decoded]]:
    """All images and masks; an archive is read once, in its own order."""
    files: list[File] = []

    def contents() -> Iterator[tuple[File, bytes]]:
        for member in members(path):
            file = _file(member.parts, arguments)
            if file is not None:
                files.append(file)
                yield file, member.read()

    def one(given: tuple[File, bytes]) -> Decoded | DataError:
        file, content = given
        try:
            return _decoded(f"{path}/{file.name}", content, size, arguments if file.is_mask else None)
        except DataError as error:
            return error

    found = list(_within_memory(path, counted(in_threads(one, contents()), f"{path}: images and masks read")))
    failures = [str(each) for each in found if isinstance(each, DataError)]
    if failures:
        raise all_of_them(f"{len(failures)} of {len(found)} images and masks in {path} cannot be used:", failures)
    return [(file, each) for file, each in zip(files, found, strict=True) if isinstance(each, Decoded)]


def _file(parts: Parts, arguments: ImageMasks) -> File | None:
    """What a file is by its place; None where it is neither image nor mask."""
    for is_mask, folder in enumerate((arguments.images, arguments.masks)):
        holder = PurePosixPath(folder).parts
        if parts[: len(holder)] == holder and is_image(parts):
            below = parts[len(holder) :]
            return File("/".join(parts), (*below[:-1], PurePosixPath(below[-1]).stem), bool(is_mask))
    return None


def _within_memory(path: Path, images: Iterable[Decoded | DataError]) -> Iterator[Decoded | DataError]:
    room, taken = room_for_data(), 0
    for image in images:
        taken += image.pixels.nbytes if isinstance(image, Decoded) else 0
        if taken > room:
            raise DataError(f"{path}: its images and masks take more than {room / 1e9:.1f} GB of memory")
        yield image


def _all_have_both(path: Path, arguments: ImageMasks, files: dict[tuple[Parts, bool], str]) -> None:
    """Each image has its mask, and each mask its image."""
    keys = [{key for key, is_mask in files if is_mask is which} for which in (False, True)]
    for which, folder in enumerate((arguments.images, arguments.masks)):
        if not keys[which]:
            raise DataError(f"{path}: has no {('images', 'masks')[which]} in {folder}")
    for which, other in ((0, 1), (1, 0)):
        alone = [files[key, bool(which)] for key in sorted(keys[which] - keys[other])]
        if alone:
            what, there = ("image", "mask")[which], ("image", "mask")[other]
            head = f"{path}: {len(alone)} of {len(keys[which])} {what}s have no {there} of the same name:"
            raise all_of_them(head, alone)


def _decoded(name: str, content: bytes, size: tuple[int, int, int], masks: ImageMasks | None) -> Decoded:
    """An image, or where `masks` says how they are made, a mask."""
    if masks is not None:
        return _mask(name, content, size[:2], masks)
    pixels = decoded(io.BytesIO(content), name, size)
    return Decoded(pixels, Image.open(io.BytesIO(content), formats=FORMATS).size)


def _mask(name: str, content: bytes, size: tuple[int, int], how: ImageMasks) -> Decoded:
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            if image.mode not in NUMBERED:
                raise DataError(
                    f"{name}: is {image.mode}; a mask has class numbers, in a grey PNG or one with a palette"
                )
            numbers = np.asarray(image).astype(np.int64)
    except UNREADABLE as error:
        raise DataError(f"{name}: is not a readable PNG ({error})") from None
    classes = _classes(name, numbers, how)
    height, width = size
    resized = Image.fromarray(classes).resize((width, height), Image.Resampling.NEAREST)
    return Decoded(np.asarray(resized), (numbers.shape[1], numbers.shape[0]))


def _classes(name: str, numbers: Array, how: ImageMasks) -> Array:
    """The class numbers of a mask as bytes; `DataError` where one is none."""
    if len(how.classes) == 2 and how.ignore != SECOND:
        numbers = np.where(numbers == SECOND, 1, numbers)
    wrong = numbers[(numbers >= len(how.classes)) & (numbers != (-1 if how.ignore is None else how.ignore))]
    if wrong.size:
        last = len(how.classes) - 1
        hint = "" if how.ignore is not None or wrong.max() != SECOND else f"; if it is no class, write ignore: {SECOND}"
        raise DataError(f"{name}: has the value {wrong.max()}, the classes are 0 to {last}{hint}")
    return numbers.astype(np.uint8)


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"
