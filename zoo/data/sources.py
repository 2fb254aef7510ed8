"""Where examples come from: one function for each name under `train.data`."""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import specs
from specs.errors import DataError
from specs.graph import Graph
from specs.sections import data as sections
from specs.sections.mix import Mix
from specs.sections.pairs import Pairs
from zoo.data.boxes import Boxed
from zoo.data.canvas import digit_canvas
from zoo.data.characters import characters
from zoo.data.coco import coco
from zoo.data.dataset import Array, Examples, InMemory
from zoo.data.digit_masks import digit_masks
from zoo.data.folders import read_folder
from zoo.data.images import image_shape
from zoo.data.keras_datasets import KERAS_DATASETS, keras_dataset
from zoo.data.labelling import labelled, numbered, only_shape, with_channel
from zoo.data.masks import image_masks
from zoo.data.mixing import mixed
from zoo.data.pairing import paired
from zoo.data.pascal_voc import pascal_voc
from zoo.data.regions import regions
from zoo.data.series import series_rows, time_series
from zoo.data.tables import csv_table, parquet_table, table_rows
from zoo.data.texts import text_folder, text_rows
from zoo.data.yolo_text import yolo_text
from zoo.files import open_regular


def digits(arguments: sections.Digits, folder: Path, graph: Graph) -> Examples:
    """scikit-learn's handwritten digits: 1,797 images of shape (8, 8, 1), and of each what every output learns."""
    from sklearn.datasets import load_digits  # 2 s to import

    bunch = load_digits()
    pixels = (bunch.images * (255 / 16)).astype(np.float32)[..., np.newaxis]
    digit = bunch.target.astype(np.int64)
    known: dict[str, tuple[Array, tuple[str, ...]]] = {
        "digit": (digit, tuple(map(str, range(10)))),
        "odd": (digit % 2, ("even", "odd")),
        "ink": (bunch.images.mean(axis=(1, 2), dtype=np.float32) / 16, ()),
    }
    # What only reconstructs has the digits beside it, of which nothing is learnt.
    targets = {**dict.fromkeys(graph.outputs, "digit"), **arguments.targets(graph.labelled)}
    y = {name: known[target][0] for name, target in targets.items()}
    classes = {name: known[target][1] for name, target in targets.items() if known[target][1]}
    return Examples({graph.inputs[0]: InMemory(pixels)}, y, classes)


def npz(arguments: sections.Npz, folder: Path, graph: Graph) -> Examples:
    """Arrays of a NumPy file, `x` for an only input; images (examples, height, width) have one channel."""
    path, targets = folder / arguments.path, arguments.targets(graph.labelled)
    inputs = {"x": graph.inputs[0]} if len(graph.inputs) == 1 else {name: name for name in graph.inputs}
    arrays = read_npz(path, (*inputs, *dict.fromkeys(targets.values())))
    if arguments.time_major:
        timed = [*inputs, *(key for name, key in targets.items() if len(graph.output_shapes()[name]) > 1)]
        arrays.update({key: _examples_first(path, arrays[key], key) for key in dict.fromkeys(timed)})
    x = {
        name: with_channel(as_floats(path, arrays[key], key), graph.input_shapes()[name])
        for key, name in inputs.items()
    }
    named = {name: _names(arrays[key]) for name, key in targets.items()}
    y = {name: _labels(path, arrays[key], key) for name, key in targets.items()}
    lengths = dict.fromkeys(len(each) for each in (*x.values(), *y.values()))
    if len(lengths) > 1:
        names = " and ".join(dict.fromkeys([*inputs, *targets.values()]))
        raise DataError(f"{path}: {names} differ in length (got {' and '.join(map(str, lengths))})")
    if not all(lengths):
        raise DataError(f"{path}: has no examples")
    classes = {name: named[name] or each for name, each in numbered(y).items()}
    return Examples({name: InMemory(each) for name, each in x.items()}, y, classes)


def image_folder(arguments: sections.ImageFolder, folder: Path, graph: Graph) -> Examples:
    """Images in one folder a class, or anywhere where no output learns labels, resized to the input's shape."""
    x, y, classes = read_folder(folder / arguments.path, only_shape(graph), classes=bool(graph.labelled))
    return labelled(graph, x, y, classes)


def mix(arguments: Mix, folder: Path, graph: Graph) -> Examples:
    """Several sources as one."""
    each = [(SOURCES[one.kind](one.args, folder, graph), share, parts) for one, share, parts in arguments.taken()]
    return mixed(each, arguments.seed, graph)


def pairs(arguments: Pairs, folder: Path, graph: Graph) -> Examples:
    """Pairs of the examples of a source, which is read as for a model with the first of the two inputs alone."""
    of = arguments.of
    return paired(SOURCES[of.kind](of.args, folder, replace(graph, inputs=graph.inputs[:1])), arguments, graph)


def _examples_first(path: Path, array: Array, name: str) -> Array:
    """An array (time, examples, …) as (examples, time, …)."""
    if array.ndim < 2:
        raise DataError(f"{path}: {name!r} has no axes of time and examples (its shape is {array.shape})")
    return array.swapaxes(0, 1)


TABLES: dict[str, Callable[[Any, Path, Graph], Examples]] = {"csv": csv_table, "parquet": parquet_table}
"""Sources of which the loss decides whether a number is a class."""

BOXED: dict[str, Callable[[Any, Path, tuple[int, int, int]], Boxed]] = {
    "coco": coco,
    "pascal_voc": pascal_voc,
    "yolo_text": yolo_text,
    "digit_canvas": digit_canvas,
}
"""Arguments of the section, folder of the spec, and height, width and channels that images are brought to → images with
their boxes."""


def with_boxes(kind: str, arguments: Any, folder: Path, graph: Graph) -> Examples:
    """Images of the input's size, for every output with their boxes as `zoo.data.boxes` has them."""
    found = BOXED[kind](arguments, folder, image_shape(only_shape(graph)))
    return labelled(graph, found.images, found.boxes, found.classes, held_out=found.held_out)


SOURCES: dict[str, Callable[[Any, Path, Graph], Examples]] = {
    "digits": digits,
    "npz": npz,
    "image_folder": image_folder,
    "image_masks": image_masks,
    "digit_masks": digit_masks,
    **TABLES,
    "text_folder": text_folder,
    "time_series": time_series,
    "characters": characters,
    **{name: partial(with_boxes, name) for name in BOXED},
    "regions": partial(regions, BOXED),
    "mix": mix,
    "pairs": pairs,
    **{name: partial(keras_dataset, name) for name in KERAS_DATASETS},
}
"""Arguments of the section, folder of the spec and graph of the model → examples."""


def asked_rows(path: Path, spec: Path | None) -> dict[str, Array]:
    """What a table that a model is asked about has for every input, read as its training read the data.

    `spec` is that of the training. Raises `DataError` where the model was not trained on such data.
    """
    document = specs.load(spec) if spec else None
    choice: Any = document.train.data if document and document.train else None
    reader = ASKED.get(choice.kind) if choice else None
    if document is None or reader is None:
        trained = f"was trained on {choice.kind}" if choice else "says nothing of one"
        raise DataError(f"{path}: is a table, and the model {trained}; give it images, arrays or texts")
    return reader(path, choice.args, specs.lower(document).served())


ASKED: dict[str, Callable[[Path, Any, Graph], dict[str, Array]]] = {
    **dict.fromkeys(TABLES, table_rows),
    "text_folder": text_rows,
    "time_series": series_rows,
}
"""File, arguments of the section in training and graph of the model → what is asked."""


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


def as_floats(path: Path, x: NDArray[Any], name: str = "x") -> NDArray[np.float32]:
    """Finite numbers as float32."""
    if x.dtype.kind not in "buif" or x.ndim == 0:
        raise DataError(f"{path}: {name} must be an array of numbers (got {x.dtype} of shape {x.shape})")
    numbers = x.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise DataError(f"{path}: {name} has values that are not finite")
    return numbers


def _labels(path: Path, y: NDArray[Any], name: str) -> NDArray[Any]:
    """Whole numbers as int64, others as float32, names by their places; a last axis of one whole number is left out."""
    if _names(y):
        return np.unique(y, return_inverse=True)[1].astype(np.int64)
    if y.dtype.kind not in "bui" or y.ndim == 0:
        return as_floats(path, y, name)
    return (y.reshape(-1) if y.shape[1:] == (1,) else y).astype(np.int64)


def _names(y: NDArray[Any]) -> tuple[str, ...]:
    """The names of classes, where the labels are texts."""
    return tuple(np.unique(y).tolist()) if y.dtype.kind == "U" and y.ndim == 1 else ()
