"""Files that a model is asked about → examples, one function for each kind of file. NumPy and Pillow only."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from specs.errors import DataError
from specs.ops.core import InputLayer
from zoo.data.archives import MAX_FILE, MIB, members
from zoo.data.dataset import Array
from zoo.data.images import SUFFIXES, image_shape, read_image
from zoo.data.labelling import with_channel
from zoo.data.sources import as_floats, asked_rows, read_npz
from zoo.files import open_regular

BATCH = 32
"""Examples that are asked about together."""

MAX_NAMED = 5
"""Files that an error names."""


class Example(NamedTuple):
    """What is asked about: where it comes from, with [i] where a file holds several, and its value for each input."""

    source: str
    x: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Takes:
    """What a model takes: shape and type of every input, and what they were in training."""

    inputs: Mapping[str, InputLayer]
    spec: Path | None = None
    """The spec with which it was trained, which says how a table is read."""

    def only(self, path: Path) -> tuple[str, InputLayer]:
        """Name and kind of the only input; `DataError` where there are several, of which a file has one."""
        if len(self.inputs) > 1:
            names = ", ".join(self.inputs)
            raise DataError(f"{path}: is one input, the model takes {names}; an .npz may have an array for each")
        return next(iter(self.inputs.items()))

    def is_text(self) -> bool:
        """Whether a model reads text that nobody has cut into words."""
        return all(each.dtype == "string" for each in self.inputs.values())


def batches(paths: Iterable[Path], takes: Takes) -> Iterator[tuple[tuple[str, ...], dict[str, Array]]]:
    """Sources and inputs of at most `BATCH` examples of the same shape at a time.

    Folders are read with all below them, in the order of the names: images, or .txt where the model reads text. What
    can be read is given before `DataError` says at the end how many files cannot be used, and why.
    """
    asked = _Asked()
    for _, alike in groupby(_examples(paths, takes, asked), key=lambda example: [x.shape for x in example.x.values()]):
        while batch := list(islice(alike, BATCH)):
            x = {name: np.stack([example.x[name] for example in batch]) for name in takes.inputs}
            yield tuple(example.source for example in batch), x
    asked.check()


@dataclass(slots=True)
class _Asked:
    """How many files there were, and why some of them cannot be used."""

    total: int = 0
    failures: list[str] = field(default_factory=list)

    def check(self) -> None:
        """`DataError` where there are such files."""
        if self.failures and self.total == 1:
            raise DataError(self.failures[0])
        if self.failures:
            more = len(self.failures) - MAX_NAMED
            first = f"{len(self.failures)} of {self.total} files cannot be used:"
            last = [f"… and {more} more"] if more > 0 else []
            raise DataError("\n    ".join([first, *self.failures[:MAX_NAMED], *last]))


def _examples(paths: Iterable[Path], takes: Takes, asked: _Asked) -> Iterator[Example]:
    for path in paths:
        try:
            for file in _files(path, takes):
                asked.total += 1
                try:
                    yield from _read(file, takes)
                except DataError as error:
                    asked.failures.append(str(error))
        except DataError as error:
            asked.total += 1
            asked.failures.append(str(error))


def _files(path: Path, takes: Takes) -> Iterator[Path]:
    """The file itself, or those below a folder."""
    if not path.is_dir():
        yield path
        return
    suffixes = frozenset({".txt"}) if takes.is_text() else SUFFIXES
    found = False
    for member in members(path):
        if Path(member.parts[-1]).suffix.lower() in suffixes:
            found = True
            yield path.joinpath(*member.parts)
    if not found:
        raise DataError(f"{path}: has no {'.txt' if takes.is_text() else 'images'} in it")


def _read(path: Path, takes: Takes) -> Iterator[Example]:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: is of no kind that can be read ({', '.join(READERS)})")
    return reader(path, takes)


def _image(path: Path, takes: Takes) -> Iterator[Example]:
    name, kind = takes.only(path)
    yield Example(str(path), {name: read_image(path, *image_shape(kind.shape))})


def _npy(path: Path, takes: Takes) -> Iterator[Example]:
    name, _ = takes.only(path)
    with open_regular(path) as file:
        try:
            array = np.lib.format.read_array(file, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise DataError(f"{path}: is not a readable .npy file ({error})") from None
    return _rows(path, {name: array}, takes)


def _npz(path: Path, takes: Takes) -> Iterator[Example]:
    """Arrays by the names of the inputs; that of an only input is `x`, as in training."""
    if len(takes.inputs) > 1:
        return _rows(path, read_npz(path, tuple(takes.inputs)), takes)
    return _rows(path, dict(zip(takes.inputs, read_npz(path, ("x",)).values(), strict=True)), takes)


def _rows(path: Path, arrays: Mapping[str, Array], takes: Takes) -> Iterator[Example]:
    """The examples in arrays, which have one or a row of them."""
    x = {name: as_floats(path, array) for name, array in arrays.items()}
    shapes = {name: kind.shape for name, kind in takes.inputs.items()}
    if all(_fits(x[name].shape, shape) for name, shape in shapes.items()):
        yield Example(str(path), x)
        return
    several = {name: with_channel(each, shapes[name]) for name, each in x.items()}
    for name, shape in shapes.items():
        if not _fits(several[name].shape[1:], shape):
            got = list(x[name].shape)
            raise DataError(f"{path}: the model takes {list(shape)}, alone or in a row of them (got {got})")
    counts = [len(each) for each in several.values()]
    if len(set(counts)) > 1:
        raise DataError(f"{path}: its arrays differ in length (got {', '.join(map(str, counts))})")
    for index in range(counts[0]):
        yield Example(f"{path}[{index}]", {name: each[index] for name, each in several.items()})


def _fits(got: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(got) == len(wanted) and all(want in (None, have) for have, want in zip(got, wanted, strict=True))


def _text(path: Path, takes: Takes) -> Iterator[Example]:
    """The whole file is one text."""
    name, kind = takes.only(path)
    if kind.dtype != "string" or any(size != 1 for size in kind.shape):
        raise DataError(f"{path}: is a text, the model takes {kind.dtype} of shape {list(kind.shape)}")
    with open_regular(path) as file:
        content = file.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise DataError(f"{path}: is larger than {MAX_FILE // MIB} MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not text in UTF-8 (byte {error.start + 1})") from None
    yield Example(str(path), {name: np.array([text], dtype=object).reshape([1 for _ in kind.shape])})


def _table(path: Path, takes: Takes) -> Iterator[Example]:
    """A row is an example, of texts as well; of a series each window is one."""
    arrays = asked_rows(path, takes.spec)
    for index in range(len(next(iter(arrays.values())))):
        yield Example(f"{path}[{index}]", {name: each[index, ...] for name, each in arrays.items()})


READERS: Mapping[str, Callable[[Path, Takes], Iterator[Example]]] = {
    **dict.fromkeys(sorted(SUFFIXES), _image),
    ".npy": _npy,
    ".npz": _npz,
    ".txt": _text,
    **dict.fromkeys((".csv", ".data", ".parquet", ".tsv"), _table),
}
"""How a file is read, by the end of its name."""
