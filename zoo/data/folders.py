"""Images in one folder a class, in a folder or in an archive."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from specs.errors import DataError
from specs.graph import Shape
from zoo.data.archives import members
from zoo.data.dataset import Array, InMemory, Rows
from zoo.data.image_files import ImageFiles, filled
from zoo.data.images import SUFFIXES, Pixels, check_header, decoded, image_shape
from zoo.data.memory import room_for_data
from zoo.data.threads import in_threads
from zoo.files import open_regular
from zoo.progress import counted

MAX_NAMED = 5
"""Unreadable files that an error names."""

Parts = tuple[str, ...]
"""Name of a file below the folder or in the archive: the last part is its own, the one before it its class."""
Label = Callable[[Path, Sequence[Parts]], tuple[Array, tuple[str, ...]]]
"""The folder or archive and its files → the label of each, and the names of the classes."""


def read_folder(path: Path, shape: Shape, classes: bool = True) -> tuple[Rows, Array, tuple[str, ...]]:
    """Every image in a folder of classes or an archive of one, in the order of their names, resized to the input.

    The folders of the classes may lie below others that they have in common. Images are decoded once, into memory,
    where they fit into it (`room_for_data`); those of a larger folder each time they are taken.

    Gives images, labels and the names of the classes. Without `classes` images may lie anywhere, and have no labels.

    Hidden files and files that are no images by their suffix are passed over. Raises `DataError` where there is no
    folder, fewer than two classes or no image in one, where an archive is too large for the memory, or where images
    cannot be read: all of those in one error.
    """
    size = image_shape(shape)
    label = labels_of if classes else _unlabelled
    return _in_folder(path, size, label) if path.is_dir() else _in_archive(path, size, label)


def _in_folder(folder: Path, size: tuple[int, int, int], label: Label) -> tuple[Rows, Array, tuple[str, ...]]:
    names = sorted(member.parts for member in members(folder) if is_image(member.parts))
    if label is labels_of:
        _no_class_is_empty(folder, names)
    labels, classes = label(folder, names)
    return rows_of(folder, tuple(folder.joinpath(*parts) for parts in names), size), labels, classes


def rows_of(folder: Path, paths: tuple[Path, ...], size: tuple[int, int, int]) -> Rows:
    """The images in those files of a folder: decoded into memory where they fit into it, or whenever they are taken.

    Raises `DataError` with all that cannot be read.
    """
    files = ImageFiles(paths, size)
    if files.nbytes > room_for_data():
        looked_at = in_threads(_header, files.paths)
        _readable(folder, counted(looked_at, f"{folder}: images looked at", len(paths)))
        return files
    tried = in_threads(lambda file: _image(file, size), files.paths)
    found = counted(tried, f"{folder}: images read", len(paths))
    return InMemory(filled(_readable(folder, found), len(paths), size))


def _in_archive(path: Path, size: tuple[int, int, int], label: Label) -> tuple[Rows, Array, tuple[str, ...]]:
    names: list[Parts] = []

    def contents() -> Iterator[tuple[str, bytes]]:
        for member in members(path):
            if is_image(member.parts):
                names.append(member.parts)
                yield f"{path}/{'/'.join(member.parts)}", member.read()

    def image(named: tuple[str, bytes]) -> Pixels | DataError:
        return _tried(io.BytesIO(named[1]), named[0], size)

    images = _readable(path, _bounded(path, counted(in_threads(image, contents()), f"{path}: images read")))
    labels, classes = label(path, names)
    order = sorted(range(len(names)), key=names.__getitem__)
    return InMemory(filled((images[at] for at in order), len(names), size)), labels[order], classes


def labels_of(path: Path, names: Sequence[Parts]) -> tuple[Array, tuple[str, ...]]:
    """The class of each file, which is the folder that it lies in, and the names of the classes.

    >>> labels, classes = labels_of(Path("pets"), [("train", "dog", "1.png"), ("train", "cat", "1.png")])
    >>> labels.tolist(), classes
    ([1, 0], ('cat', 'dog'))
    """
    holders = [parts[:-1] for parts in names]
    known = sorted(set(holders))
    if not known or known == [()]:
        raise DataError(f"{path}: has no folders with images; images belong into one folder a class")
    others = [holder for holder in known if holder[:-1] != known[-1][:-1] or not holder]
    if others:
        first, last = (str(PurePosixPath(*holder)) for holder in (others[0], known[-1]))
        raise DataError(f"{path}: has images in {first} and in {last}; one folder a class is needed, all in one folder")
    if len(known) == 1:
        raise DataError(f"{path}: has one class only ({known[0][-1]}); at least two are needed")
    number = {holder: label for label, holder in enumerate(known)}
    return np.array([number[holder] for holder in holders], np.int64), tuple(holder[-1] for holder in known)


def _unlabelled(path: Path, names: Sequence[Parts]) -> tuple[Array, tuple[str, ...]]:
    if not names:
        raise DataError(f"{path}: has no images")
    return np.zeros(len(names), np.int64), ()


def is_image(parts: Parts) -> bool:
    """Whether a file is an image by its suffix."""
    return PurePosixPath(parts[-1]).suffix.lower() in SUFFIXES


def _no_class_is_empty(folder: Path, names: list[Parts]) -> None:
    """An empty folder beside those of the classes is told: its images are somewhere else."""
    deepest = max((parts[:-2] for parts in names), key=len, default=())
    inside = {parts[len(deepest)] for parts in names if len(parts) > len(deepest) + 1}
    beside = [each.name for each in folder.joinpath(*deepest).iterdir() if each.is_dir() and each.name[0] != "."]
    empty = sorted({*beside} - inside)
    if empty:
        raise DataError(
            f"{folder}: no images in {', '.join(empty[:MAX_NAMED])} ({len(empty)} of {len(beside)} classes)"
        )


def _header(path: Path) -> DataError | None:
    try:
        with open_regular(path) as file:
            check_header(file, str(path))
    except DataError as error:
        return error
    return None


def _image(path: Path, size: tuple[int, int, int]) -> Pixels | DataError:
    try:
        with open_regular(path) as file:
            return _tried(file, str(path), size)
    except DataError as error:
        return error


def _tried(file: "io.BufferedReader | io.BytesIO", name: str, size: tuple[int, int, int]) -> Pixels | DataError:
    try:
        return decoded(file, name, size)
    except DataError as error:
        return error


def _bounded(path: Path, images: Iterable[Pixels | DataError]) -> Iterator[Pixels | DataError]:
    """The images of an archive, which are not read a second time: all have to fit into memory."""
    room, taken = room_for_data(), 0
    for image in images:
        taken += image.nbytes if isinstance(image, np.ndarray) else 0
        if taken > room:
            raise DataError(
                f"{path}: its images take more than {room / 1e9:.1f} GB of memory; "
                "unpack it, so that they are read when they are needed"
            )
        yield image


def _readable(path: Path, images: "Iterable[Pixels | DataError | None]") -> list[Pixels]:
    """The images; `DataError` with all those that are none."""
    found = list(images)
    failures = [str(each) for each in found if isinstance(each, DataError)]
    if failures:
        raise all_of_them(f"{len(failures)} of {len(found)} images in {path} cannot be used:", failures)
    return [each for each in found if isinstance(each, np.ndarray)]


def all_of_them(head: str, failures: list[str]) -> DataError:
    """One error for several files, of which the first are named.

    >>> print(all_of_them("2 of 3 images cannot be used:", ["a.png: is empty", "b.png: is empty"]))
    2 of 3 images cannot be used:
        a.png: is empty
        b.png: is empty
    """
    hidden = len(failures) - MAX_NAMED
    more = [f"… and {hidden} more"] if hidden > 0 else []
    return DataError("\n    ".join([head, *failures[:MAX_NAMED], *more]))
