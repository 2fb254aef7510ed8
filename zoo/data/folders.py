"""Images in one folder a class."""

from pathlib import Path

import numpy as np

from specs.errors import DataError
from specs.graph import Shape
from zoo.data.dataset import Array
from zoo.data.images import MODES, SUFFIXES, read_image

MAX_NAMED = 5
"""Unreadable files that an error names."""


def read_folder(folder: Path, shape: Shape) -> tuple[Array, Array, tuple[str, ...]]:
    """Every image in folder/CLASS/, classes and files in the order of their names, resized to the input's shape.

    Gives images, labels and the names of the classes.

    Hidden files and files that are no images by their suffix are passed over. Raises `DataError` where there is no
    folder, fewer than two classes or no image in one, or where images cannot be read: all of those in one error.
    """
    height, width, channels = image_shape(shape)
    files = _files_by_class(folder)
    paths = [path for of_class in files.values() for path in of_class]
    labels = np.repeat(np.arange(len(files), dtype=np.int64), [len(of_class) for of_class in files.values()])
    x = np.empty((len(paths), height, width, channels), np.float32)
    failures = []
    for position, path in enumerate(paths):
        try:
            x[position] = read_image(path, height, width, channels)
        except DataError as error:
            failures.append(str(error))
    if failures:
        raise DataError(_summary(folder, failures, len(paths)))
    return x, labels, tuple(files)


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


def _files_by_class(folder: Path) -> dict[str, list[Path]]:
    if not folder.is_dir():
        raise DataError(f"{folder}: {'is not a folder' if folder.exists() else 'there is no such folder'}")
    classes = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not classes:
        raise DataError(f"{folder}: has no folders; images belong into one folder a class")
    if len(classes) == 1:
        raise DataError(f"{folder}: has one class only ({classes[0].name}); at least two are needed")
    files = {path.name: _images_in(path) for path in classes}
    empty = [name for name, of_class in files.items() if not of_class]
    if empty:
        raise DataError(f"{folder}: no images in {', '.join(empty[:MAX_NAMED])} ({len(empty)} of {len(files)} classes)")
    return files


def _images_in(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    )


def _summary(folder: Path, failures: list[str], total: int) -> str:
    hidden = len(failures) - MAX_NAMED
    shown = [f"{len(failures)} of {total} images in {folder} cannot be used:", *failures[:MAX_NAMED]]
    return "\n    ".join([*shown, f"… and {hidden} more"] if hidden > 0 else shown)
