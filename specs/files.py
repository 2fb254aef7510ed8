"""Files → raw trees: regular files of bounded size only, as UTF-8."""

import os
import stat
from pathlib import Path

from specs.errors import Mark, Problem, SpecError, UserError
from specs.reader import read
from specs.tree import MappingNode

MAX_BYTES = 2**18
"""Size of one file: what PyYAML reads in less than half a second, whatever it holds."""


def read_file(path: Path, file: str, *, follow: bool = True) -> MappingNode:
    """The raw tree of a file; SpecError or UserError where it cannot be read.

    `follow` says whether a symbolic link is followed, which only a path that the user typed may be.
    """
    return read(text_of(path, file, follow=follow), file)


def text_of(path: Path, file: str, *, follow: bool = True) -> str:
    """The text of a file, which messages call `file`; SpecError or UserError where it cannot be read."""
    # A FIFO would block for ever and a device never end: not blocking, regular files only, a bounded read.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UserError(f"{file}: cannot be read: {reason}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UserError(f"{file}: is not a regular file")
    with os.fdopen(descriptor, "rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        message = f"the file goes on beyond {MAX_BYTES // 1024} KiB, which no spec needs"
        raise SpecError([Problem(_place(data, MAX_BYTES, file), "", message)])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = Problem(_place(data, error.start, file), "", "not UTF-8 text", "save the file as UTF-8")
        raise SpecError([problem]) from None


def _place(data: bytes, index: int, file: str) -> Mark:
    """Where a byte stands, in lines and characters."""
    before = data[data.rfind(b"\n", 0, index) + 1 : index]
    return Mark(file, data.count(b"\n", 0, index) + 1, len(before.decode("utf-8", "ignore")) + 1)
