"""Image files and the boxes that annotations tell of them: held against each other, then read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from specs.errors import DataError
from zoo.data.boxes import Boxed, filled_up
from zoo.data.dataset import Array
from zoo.data.folders import all_of_them, rows_of
from zoo.data.images import size_of
from zoo.data.threads import in_threads
from zoo.progress import counted

CORNERS = 4
ROUNDED = 1e-6
"""What numbers of six decimals may be off."""


@dataclass(frozen=True, slots=True)
class Annotated:
    """One image and its boxes (boxes, 5): corners in pixels, or as parts of the image's size; class numbers."""

    image: Path
    boxes: Array
    relative: bool = False
    size: tuple[int, int] | None = None
    """Width and height that the annotations tell of it; None where they tell nothing."""


def boxed(place: Path, each: Sequence[Annotated], classes: Sequence[str], size: tuple[int, int, int]) -> Boxed:
    """The images, resized, with their boxes as parts of their sizes; `place` is what errors call all of them.

    Boxes may reach a pixel beyond their image, as rounding makes them, and are cut off there. Raises `DataError` where
    there is no image or no box, and where images cannot be read, are of another size than told, or do not hold their
    boxes: how many, and the first by name.
    """
    if not each:
        raise DataError(f"{place}: has no images")
    paths = [one.image for one in each]
    sizes = list(counted(in_threads(_size, paths), f"{place}: images looked at", len(paths)))
    found, wrong = [], []
    for one, known in zip(each, sizes, strict=True):
        try:
            found.append(_placed(one, known))
        except DataError as error:
            wrong.append(str(error))
    refuse_all(place, wrong, len(each), "images")
    if not any(map(len, found)):
        raise DataError(f"{place}: has {len(each)} images and no box")
    return Boxed(rows_of(place, tuple(paths), size), filled_up(found), tuple(classes))


def refuse_all(place: Path, wrong: Sequence[str], count: int, what: str) -> None:
    """`DataError` where something is wrong: how many of all, and the first of them."""
    if wrong:
        raise all_of_them(f"{len(wrong)} of {count} {what} in {place} cannot be used:", list(wrong))


def tried(place: Path, read: Callable[[Any], Any], items: Sequence[Any], what: str) -> list[Any]:
    """What is read of each item; all that are wrong in one `DataError`."""
    found: list[Any] = []
    wrong: list[Any] = []
    for result in counted(in_threads(partial(_tried, read), items), f"{place}: {what} read", len(items)):
        (wrong if isinstance(result, DataError) else found).append(result)
    refuse_all(place, [str(error) for error in wrong], len(items), what)
    return found


def inside(folder: Path, name: object) -> Path:
    """The file of that name in a folder; `DataError` for a name that leads out of it."""
    parts = PurePosixPath(name).parts if isinstance(name, str) and "\0" not in name else ()
    if not parts or parts[0] == "/" or ".." in parts:
        raise DataError(f"{folder}: {name!r} is not the name of a file in it")
    return folder.joinpath(*parts)


def numbers(values: Sequence[object], where: str) -> list[float]:
    """The values as finite numbers, written as such or as text; `DataError` where one is none.

    >>> numbers(["1", 2.5], "a line")
    [1.0, 2.5]
    """
    try:
        found = [float(each) if isinstance(each, (str, int, float)) else float("nan") for each in values]
    except (ValueError, OverflowError):
        found = [float("nan")]
    if not np.isfinite(found).all():
        raise DataError(f"{where}: {' '.join(map(str, values))[:80]!r} are not finite numbers")
    return found


def as_boxes(rows: Sequence[Sequence[float]]) -> Array:
    """(boxes, 5), also of none."""
    return np.array(rows, np.float64).reshape(-1, CORNERS + 1)


def _tried(read: Callable[[Any], Any], item: Any) -> Any:
    try:
        return read(item)
    except DataError as error:
        return error


def _size(path: Path) -> tuple[int, int] | DataError:
    try:
        return size_of(path)
    except DataError as error:
        return error


def _placed(one: Annotated, size: tuple[int, int] | DataError) -> Array:
    """The boxes as parts of the image's size, cut off at its sides."""
    if isinstance(size, DataError):
        raise size
    if one.size is not None and one.size != size:
        told, is_ = (f"{width}×{height}" for width, height in (one.size, size))
        raise DataError(f"{one.image}: is {is_} pixels, its annotation says {told}")
    corners, pixel = one.boxes[:, :CORNERS], 1 / np.array([*size, *size])
    parts = corners if one.relative else corners * pixel
    for box, (x_min, y_min, x_max, y_max) in zip(corners.tolist(), parts.tolist(), strict=True):
        shown = " ".join(f"{each:g}" for each in box)
        if not x_min < x_max or not y_min < y_max:
            raise DataError(f"{one.image}: the box {shown} has no area")
        if (np.array([-x_min, -y_min, x_max - 1, y_max - 1]) > pixel + ROUNDED).any():
            raise DataError(f"{one.image}: the box {shown} is not inside the image of {size[0]}×{size[1]} pixels")
    return np.concatenate([np.clip(parts, 0, 1), one.boxes[:, CORNERS:]], axis=1)


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with their numbers."""
    return ((number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip())
