"""Files below a folder or in an archive, one after the other, without unpacking anything to the disk."""

import contextlib
import gzip
import io
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from specs.errors import DataError
from zoo.files import open_regular

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".zip")
"""How the names of archives end."""

MIB = 1024**2
MAX_FILE = 256 * MIB
"""Bytes of the largest file that is read."""
MAX_TOTAL = 16 * 1024 * MIB
"""Bytes of all files of an archive together."""
MAX_RATIO = 200
"""An archive unpacks to at most so many times its size: pictures come to 1, text to 10, zeros to 1000."""
SMALL = 64 * MIB
"""Bytes up to which an archive may unpack to any number of times its size."""
MAX_FILES = 1_000_000
BUFFER = 256 * 1024
"""Bytes that are unpacked at a time."""

# What the standard library raises for damaged archives; RuntimeError: a zip with a password or an unknown method.
UNREADABLE = (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, RuntimeError, ValueError)


class Member(NamedTuple):
    """One file: the parts of its name below the folder or in the archive, its size in bytes, and its content.

    `read` is called before the next member is asked for, or not at all: an archive is read from its start to its end.
    """

    parts: tuple[str, ...]
    size: int
    read: Callable[[], bytes]


def members(path: Path) -> Iterator[Member]:
    """The files below a folder in the order of their names, or of an archive (`SUFFIXES`) in its own order.

    Hidden files are passed over; of an archive links and devices too. Raises `DataError` where there is no such folder
    or archive, where it is damaged, where a name leads out of it or stands in it twice, and where it is larger than
    the bounds above; `read` does for its file.
    """
    seen: set[tuple[str, ...]] = set()
    with _readable(path):
        for member in _in_folder(path) if path.is_dir() else _in_archive(path):
            if len(seen) == MAX_FILES:
                raise DataError(f"{path}: has more than {MAX_FILES:,} files")
            if member.parts in seen:
                raise DataError(f"{path}: has {'/'.join(member.parts)} twice")
            seen.add(member.parts)
            if not any(part.startswith(".") or part == "__MACOSX" for part in member.parts):
                yield member


def is_archive(path: Path) -> bool:
    """Whether a name is that of an archive.

    >>> is_archive(Path("reviews.TAR.GZ")), is_archive(Path("reviews"))
    (True, False)
    """
    return path.name.lower().endswith(SUFFIXES)


def _in_folder(folder: Path) -> Iterator[Member]:
    for parent, folders, files in os.walk(folder, followlinks=True):
        # A link to a folder around it would be walked for ever.
        real = os.path.realpath(parent)
        folders[:] = sorted(each for each in folders if not _holds(os.path.realpath(os.path.join(parent, each)), real))
        for file in sorted(Path(parent, name) for name in files):
            parts = _parts(folder, file.relative_to(folder).as_posix())
            yield Member(parts, file.stat().st_size, partial(_read, folder, parts, partial(open_regular, file)))


def _holds(folder: str, inner: str) -> bool:
    return inner == folder or inner.startswith(folder.rstrip(os.sep) + os.sep)


def _in_archive(path: Path) -> Iterator[Member]:
    if not is_archive(path):
        what = "is neither a folder nor an archive" if path.exists() else "there is no such folder or archive"
        raise DataError(f"{path}: {what} ({', '.join(SUFFIXES)})")
    with open_regular(path) as file:
        limit = min(MAX_TOTAL, max(SMALL, MAX_RATIO * os.fstat(file.fileno()).st_size))
        if path.name.lower().endswith(".zip"):
            yield from _in_zip(path, file, limit)
        elif path.name.lower().endswith(".tar"):
            yield from _in_tar(path, file, limit)
        else:
            # The buffer: gzip.GzipFile takes as long for a block of 512 bytes as for 64 KiB.
            with gzip.open(file) as unpacked, io.BufferedReader(unpacked, BUFFER) as buffered:
                yield from _in_tar(path, buffered, limit)


def _in_tar(path: Path, unpacked: IO[bytes], limit: int) -> Iterator[Member]:
    bounded = _Bounded(path, unpacked, limit)
    with tarfile.open(fileobj=bounded, mode="r:") as archive:  # type: ignore[call-overload]  # has what is used
        for entry in archive:
            # A sparse file is small in the archive and of any size outside.
            if entry.isreg() and not entry.issparse():
                parts = _parts(path, entry.name)
                yield Member(parts, entry.size, partial(_read, path, parts, partial(archive.extractfile, entry)))
    # Where a header cannot be read tarfile ends without a word; an archive that is whole ends with a block of zeros.
    if not bounded.last or bounded.last.strip(b"\0"):
        raise tarfile.ReadError("it ends too early, or is damaged in the middle")


def _in_zip(path: Path, file: IO[bytes], limit: int) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        files = [
            each for each in archive.infolist() if not each.is_dir() and not stat.S_ISLNK(each.external_attr >> 16)
        ]
        # Reading a file ends at the size that the list of contents has for it.
        if sum(entry.file_size for entry in files) > limit:
            raise _too_large(path, limit)
        for entry in files:
            parts = _parts(path, entry.filename)
            yield Member(parts, entry.file_size, partial(_read, path, parts, partial(archive.open, entry)))


def _parts(path: Path, name: str) -> tuple[str, ...]:
    """The parts of a file's name, which is refused where it leads out or cannot be shown: classes are named by it."""
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or ".." in parts or not parts:
        raise DataError(f"{path}: has the name {name!r}, which leads out of it")
    if not name.isprintable():
        raise DataError(f"{path}: has the name {name!r}, which cannot be shown")
    return parts


def _read(path: Path, parts: tuple[str, ...], opening: Callable[[], IO[bytes] | None]) -> bytes:
    with _readable(path), opening() or contextlib.nullcontext() as file:
        assert file is not None  # None is for folders and devices
        content = file.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise DataError(f"{path}: {'/'.join(parts)} is larger than {MAX_FILE // MIB} MiB")
    return content


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise DataError(f"{path}: cannot be read ({error})") from None


def _too_large(path: Path, limit: int) -> DataError:
    found = f"unpacks to more than {limit // MIB:,} MiB, far more than its size lets expect"
    return DataError(f"{path}: {found}; if you trust it, unpack it and name the folder")


class _Bounded:
    """What an archive unpacks to, refused from where it is larger than an honest one is.

    It is read forwards only: a damaged archive whose parts overlap could otherwise be read for ever.
    """

    def __init__(self, path: Path, file: IO[bytes], limit: int) -> None:
        self.path, self.file, self.limit = path, file, limit
        self.at = 0
        self.last = b""

    def read(self, size: int) -> bytes:
        self._check(self.at + size)
        self.last = self.file.read(size)
        self.at += len(self.last)
        return self.last

    def seek(self, offset: int) -> None:
        if offset < self.at:
            raise tarfile.ReadError("its parts overlap")
        if offset > self.at:
            self._check(offset)
            self.at = self.file.seek(offset)

    def tell(self) -> int:
        return self.at

    def _check(self, end: int) -> None:
        if end > self.limit:
            raise _too_large(self.path, self.limit)
