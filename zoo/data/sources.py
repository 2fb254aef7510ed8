"""Where examples come from: one function for each name under `train.data`."""

import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specs.errors import DataError
from specs.graph import Graph
from specs.sections import data as sections
from specs.sections.mix import Mix
from zoo.data.dataset import Examples, InMemory
from zoo.data.folders import read_folder
from zoo.data.keras_datasets import KERAS_DATASETS, keras_dataset
from zoo.data.labelling import labelled, only_shape, with_channel
from zoo.data.mixing import mixed
from zoo.data.series import time_series
from zoo.data.tables import csv_table, parquet_table
from zoo.data.texts import text_folder
from zoo.files import open_regular


def digits(arguments: sections.Digits, folder: Path, graph: Graph) -> Examples:
    """scikit-learn's handwritten digits: 1,797 images of shape (8, 8, 1)."""
    from sklearn.datasets import load_digits  # 2 s to import

    bunch = load_digits()
    pixels = (bunch.images * (255 / 16)).astype(np.float32)[..., np.newaxis]
    return labelled(graph, InMemory(pixels), bunch.target.astype(np.int64), [str(label) for label in range(10)])


def npz(arguments: sections.Npz, folder: Path, graph: Graph) -> Examples:
    """Arrays `x` and `y` of a NumPy file; images (examples, height, width) have one channel."""
    path, shape = folder / arguments.path, only_shape(graph)
    arrays = read_npz(path, ("x", "y"))
    x = with_channel(as_floats(path, arrays["x"]), shape)
    y = _labels(path, arrays["y"])
    if len(x) != len(y):
        raise DataError(f"{path}: x and y differ in length (got {len(x)} and {len(y)})")
    if not len(y):
        raise DataError(f"{path}: has no examples")
    return labelled(graph, InMemory(x), y, [str(label) for label in range(int(y.max()) + 1)])


def image_folder(arguments: sections.ImageFolder, folder: Path, graph: Graph) -> Examples:
    """Images in one folder a class, resized to the input's shape."""
    x, y, classes = read_folder(folder / arguments.path, only_shape(graph))
    return labelled(graph, x, y, classes)


def mix(arguments: Mix, folder: Path, graph: Graph) -> Examples:
    """Several sources as one."""
    return mixed(
        [(SOURCES[each.kind](each.args, folder, graph), share) for each, share in arguments.taken()],
        arguments.seed,
        graph,
    )


TABLES: dict[str, Callable[[Any, Path, Graph], Examples]] = {"csv": csv_table, "parquet": parquet_table}
"""Sources of which the loss decides whether a number is a class."""

SOURCES: dict[str, Callable[[Any, Path, Graph], Examples]] = {
    "digits": digits,
    "npz": npz,
    "image_folder": image_folder,
    **TABLES,
    "text_folder": text_folder,
    "time_series": time_series,
    "mix": mix,
    **{name: partial(keras_dataset, name) for name in KERAS_DATASETS},
}
"""Arguments of the section, folder of the spec and graph of the model → examples."""


def read_npz(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """The arrays of those names in an .npz file; nothing pickled is loaded."""
    with open_regular(path) as file:
        try:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DataError(f"{path}: is one array, not an .npz archive with {' and '.join(names)}")
            missing = [name for name in names if name not in archive]
            if missing:
                raise DataError(f"{path}: has no array {missing[0]!r} (got {', '.join(archive.files) or 'nothing'})")
            return {name: archive[name] for name in names}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise DataError(f"{path}: is not a readable .npz file ({error})") from None


def as_floats(path: Path, x: NDArray[Any]) -> NDArray[np.float32]:
    """Finite numbers as float32."""
    if x.dtype.kind not in "buif" or x.ndim == 0:
        raise DataError(f"{path}: x must be an array of numbers (got {x.dtype} of shape {x.shape})")
    numbers = x.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise DataError(f"{path}: x has values that are not finite")
    return numbers


def _labels(path: Path, y: NDArray[Any]) -> NDArray[np.int64]:
    if y.dtype.kind not in "ui" or y.shape not in {y.shape[:1], (*y.shape[:1], 1)} or y.ndim == 0:
        raise DataError(f"{path}: y must be integers of shape (examples) (got {y.dtype} of shape {y.shape})")
    return y.reshape(-1).astype(np.int64)
