"""Files and directories that are there completely or not at all, and opening what a stranger named.

Everything is written beside its final name, synced, and renamed: a crash, a full disk or Ctrl-C leaves the old
content or the new one.
"""

import contextlib
import ctypes
import fcntl
import glob
import hashlib
import io
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from specs.errors import DataError, UserError

AT_FDCWD = -100
RENAME_EXCHANGE = 2  # linux/fs.h


def write_text_atomically(path: Path, text: str) -> None:
    """Put text into a file, as UTF-8; whoever reads it meanwhile sees the old text or the new one."""
    with written_atomically(path) as partial:
        partial.write_text(text, encoding="utf-8")


def check_page(path: Path) -> None:
    """`UserError` where a page could not be written there, before the work for it is done."""
    if path.suffix.lower() != ".html":
        raise UserError(f"{path}: the page is an .html; name it so")
    if not path.parent.is_dir() or path.is_dir():
        raise UserError(f"{path}: cannot be written ({'is a directory' if path.is_dir() else 'no such directory'})")


def write_page(path: Path, text: str) -> None:
    """Put a page into a file; `UserError` where it cannot be written."""
    try:
        write_text_atomically(path, text)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from None


@contextlib.contextmanager
def written_atomically(path: Path) -> Iterator[Path]:
    """A path to write to in the body; it becomes `path` at the end, or vanishes where the body raises.

    What processes that were killed left of the same is removed. The suffix stays, since Keras decides by it what to
    write.
    """
    start = f".{path.stem}.partial-"
    for left in path.parent.glob(f"{glob.escape(start)}*{glob.escape(path.suffix)}"):
        number = left.name.removeprefix(start).removesuffix(path.suffix)
        if number.isdecimal() and not _lives(number):
            left.unlink(missing_ok=True)
    partial = path.with_name(f"{start}{os.getpid()}{path.suffix}")
    try:
        yield partial
        sync(partial)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync(path.parent)


def replace_directory(partial: Path, target: Path) -> None:
    """Make a finished directory appear under its final name, in place of the directory that may be there.

    Both are in one folder. On Linux the two change places in one step; elsewhere there is an instant in which
    neither stands under the name.
    """
    sync_tree(partial)
    if not target.exists():
        partial.rename(target)
    elif _exchange(partial, target):
        shutil.rmtree(partial)
    else:
        old = target.with_name(f".{target.name}.old-{os.getpid()}")
        target.rename(old)
        partial.rename(target)
        shutil.rmtree(old)
    sync(target.parent)


@contextlib.contextmanager
def only_here(path: Path) -> Iterator[None]:
    """Holds a file against every other process as long as the body runs; `UserError` where one holds it already."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"{path.parent}: another process is at work in it") from None
        yield


def partial_of(target: Path) -> Path:
    """Where this process writes a directory before it gets its final name."""
    return target.with_name(f".{target.name}.partial-{os.getpid()}")


def remove_leftovers(target: Path) -> None:
    """Remove what processes that were killed left of `partial_of(target)`; those that still live keep theirs."""
    start = f".{target.name}.partial-"
    for path in target.parent.iterdir():
        number = path.name.removeprefix(start)
        # Our own number was another's before: in a container every process may have the same.
        if path.name.startswith(start) and number.isdecimal() and (int(number) == os.getpid() or not _lives(number)):
            shutil.rmtree(path, ignore_errors=True)


def _lives(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # another user's
        return True
    return True


def _exchange(one: Path, other: Path) -> bool:
    """Two names change places at once; False where the system or its file system cannot do that."""
    if not sys.platform.startswith("linux"):
        return False
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 is None:
        return False
    return renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0  # type: ignore[no-any-return]


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """`sync` everything in a folder, and the folder."""
    for path in sorted(folder.rglob("*")):
        sync(path)
    sync(folder)


def open_regular(path: Path) -> io.BufferedReader:
    """Open a file for reading. A pipe or a device, which may never end, is refused; a link is followed.

    Raises `DataError` where there is no such file or it cannot be read.
    """
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to would otherwise wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise DataError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise DataError(f"{path}: is not a regular file")
    return os.fdopen(descriptor, "rb")


def sha256_of(path: Path) -> str:
    """SHA-256 of a regular file's content, as 64 hexadecimal digits."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
