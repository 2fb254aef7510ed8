"""Arrays in the .npz files that we write: stored as they are, so that nobody reads more than the file has."""

import math
import zipfile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_arrays(file: IO[bytes]) -> dict[str, NDArray[Any]]:
    """The arrays by their names; `np.load` would make an array as large as its header says, whatever the file holds.

    Raises ValueError, zipfile.BadZipFile or EOFError where it is no such file, or has objects of Python in it.
    """
    with zipfile.ZipFile(file) as archive:
        for each in archive.infolist():
            _check(archive, each)
    file.seek(0)
    with np.load(file, allow_pickle=False) as loaded:
        return dict(loaded)


def _check(archive: zipfile.ZipFile, each: zipfile.ZipInfo) -> None:
    if each.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{each.filename} is compressed")
    with archive.open(each) as member:
        version = np.lib.format.read_magic(member)
        if version not in HEADERS:
            raise ValueError(f"{each.filename} is of another version")
        shape, _, dtype = HEADERS[version](member)
        if dtype.hasobject or dtype.itemsize == 0:
            raise ValueError(f"{each.filename} holds objects of Python, or nothing")
        if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != each.file_size - member.tell():
            raise ValueError(f"{each.filename} does not hold what it says")
