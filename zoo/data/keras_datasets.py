"""The datasets of keras.datasets. Any of Keras' backends will do."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from specs.errors import DataError
from specs.graph import Graph
from specs.sections.data import Validation
from specs.sections.keras_datasets import KerasDataset
from zoo.data.class_names import class_names
from zoo.data.dataset import Array, Examples, InMemory
from zoo.data.labelling import labelled, only_shape, with_channel

KERAS_DATASETS = (
    "mnist", "fashion_mnist", "cifar10", "cifar100", "imdb", "reuters", "california_housing", "boston_housing"
)  # fmt: skip
NUMBERS = ("california_housing", "boston_housing")
"""Datasets of which a number is learnt."""
SEQUENCES = ("imdb", "reuters")
"""Datasets of lists of unequal length."""


def keras_dataset(name: str, arguments: KerasDataset, folder: Path, graph: Graph) -> Examples:
    """Both parts of a dataset, the training part first; images with an axis for channels."""
    (x, y), (x_test, y_test) = _load(name, arguments)
    shape = only_shape(graph)
    if name in SEQUENCES:
        sequences = [*x, *x_test]
        rows = padded(sequences, getattr(arguments, "maxlen", None) or shape[0] or max(map(len, sequences)))
    else:
        rows = with_channel(np.concatenate([x, x_test]), shape)
    labels = np.concatenate([y, y_test]).reshape(-1)
    if name in NUMBERS:
        rows, labels = rows.astype(np.float32), labels.astype(np.float32)
    else:
        labels = labels.astype(np.int64)
    names = class_names(name, getattr(arguments, "label_mode", None))
    return labelled(graph, InMemory(rows), labels, names, held_out=len(y_test))


def padded(sequences: list[list[int]], maxlen: int) -> Array:
    """Lists of codes as (examples, maxlen): filled up in front with 0, or with their last codes only.

    >>> padded([[1, 2], [1, 2, 3, 4]], 3).tolist()
    [[0, 1, 2], [2, 3, 4]]
    """
    rows = np.zeros((len(sequences), maxlen), np.int32)
    for row, sequence in zip(rows, sequences, strict=True):
        kept = sequence[-maxlen:]
        row[maxlen - len(kept) :] = kept
    return rows


def _load(name: str, arguments: KerasDataset) -> Any:
    """What Keras gives; it fetches what is not in its cache, and writes to standard output while it does."""
    from zoo.backend import keras

    options = arguments.model_dump(exclude={*Validation.model_fields, "maxlen"})
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return getattr(keras.datasets, name).load_data(**options)
    except Exception as error:
        # Keras raises a plain Exception where it has a file neither in its cache nor from the network.
        if not isinstance(error.__context__, OSError):
            raise
        cache = Path(os.environ.get("KERAS_HOME", "~/.keras"), "datasets")
        raise DataError(
            f"{name}: is not in {cache}, where Keras keeps its datasets, and cannot be fetched ({error}); "
            "put the file there, or set KERAS_HOME to a folder whose datasets/ has it"
        ) from None
