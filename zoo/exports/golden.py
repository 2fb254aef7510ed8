"""golden.npz: questions to an export and the model's own answers, kept in it so that they can be asked again."""

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specs.errors import UserError
from specs.graph import Graph
from zoo.arrays import read_arrays
from zoo.exports.verifying import Arrays, golden_inputs
from zoo.files import open_regular

GOLDEN = "golden.npz"

MAX_KEPT = 2**16
"""Bytes of an input above which it is made again, from the same seed, in place of being kept."""

ASKED, HASH, EXPECTED = "asked/", "sha256/", "expected/"


def write_golden(folder: Path, asked: Arrays, expected: Arrays) -> None:
    """Keep what was asked and what the model answered; of what is large, and made by chance, only the hash."""
    kept = {f"{EXPECTED}{key}": value for key, value in expected.items()}
    for key, value in asked.items():
        large = value.nbytes > MAX_KEPT
        kept[f"{HASH if large else ASKED}{key}"] = _hash(value) if large else value
    np.savez(folder / GOLDEN, allow_pickle=False, **kept)


def read_golden(folder: Path, graph: Graph) -> tuple[Arrays, Arrays]:
    """What was asked, and what was answered. `UserError` where the file is none of ours, or is of another graph."""
    path = folder / GOLDEN
    try:
        with open_regular(path) as file:
            found = read_arrays(file)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: cannot be read ({error})") from None
    asked, hashes, expected = (_starting(found, each) for each in (ASKED, HASH, EXPECTED))
    made = golden_inputs(graph)
    for key, wanted in hashes.items():
        if key not in made or not np.array_equal(_hash(made[key]), wanted):
            raise UserError(f"{path}: this NumPy does not make the inputs again that were asked ({key})")
        asked[key] = made[key]
    for key, value in made.items():
        if key not in asked or (asked[key].shape, asked[key].dtype.kind) != (value.shape, value.dtype.kind):
            raise UserError(f"{path}: does not ask what the spec takes ({key})")
    return asked, expected


def _starting(found: Arrays, start: str) -> Arrays:
    return {key.removeprefix(start): value for key, value in found.items() if key.startswith(start)}


def _hash(value: NDArray[Any]) -> NDArray[np.uint8]:
    return np.frombuffer(hashlib.sha256(np.ascontiguousarray(value).tobytes()).digest(), np.uint8)
