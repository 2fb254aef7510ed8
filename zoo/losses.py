"""Labels as a data source has them → as a loss takes them. NumPy only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from specs.errors import DataError
from specs.sections.judging import LABELS, MASKS

Array = NDArray[Any]


def labels_for_loss(y: Array, loss_kind: str, units: int) -> Array:
    """The labels in the form that a loss takes them of an output with so many units on its last axis.

    Class numbers (examples, …) stay as they are where the loss takes integers, become vectors (examples, …, units)
    where it takes vectors or numbers, and 0 or 1 with a last axis of one unit. Labels that have the shape of the output
    keep it; boxes stay boxes, which move with their images before they become targets. Integers come as int32,
    everything else as float32.

    Raises `DataError` for labels that the loss or the output has no place for.

    >>> labels_for_loss(np.array([2, 0]), "CategoricalCrossentropy", 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    >>> labels_for_loss(np.array([1, 0]), "BinaryCrossentropy", 1)
    array([[1.],
           [0.]], dtype=float32)
    """
    form = "binary" if units == 1 and loss_kind in MASKS else LABELS[loss_kind]
    if form in ("integers", "sequence", "identities"):
        if not _are_classes(y):
            raise DataError(f"{loss_kind} takes class numbers as labels; the data has {y.dtype} numbers")
        return y.astype(np.int32, copy=False)
    if form in ("boxes", "shifts"):
        return y.astype(np.float32, copy=False)
    found = _shaped(y, units, as_classes=form == "one_hot" and _are_classes(y))
    if form in ("binary", "pairs"):
        _refuse_beyond(found, loss_kind)
    return found


def _are_classes(y: Array) -> bool:
    return y.dtype.kind in "iub"


def _shaped(y: Array, units: int, *, as_classes: bool) -> Array:
    """Labels of the output's shape as they are, one unit as an axis, classes as vectors."""
    same = y.ndim > 1 and y.shape[-1] == units
    if same and (units == 1 or not as_classes):
        return y.astype(np.float32, copy=False)
    if units == 1:
        return y.astype(np.float32)[..., np.newaxis]
    if not _are_classes(y):
        raise DataError(f"labels of shape {y.shape[1:]} do not fit an output of {units} units")
    if y.size and not 0 <= y.min() <= y.max() < units:
        raise DataError(f"labels must be class numbers from 0 to {units - 1}; the data has {y.min()} to {y.max()}")
    one_hot: Array = y[..., np.newaxis] == np.arange(units)
    return one_hot.astype(np.float32)


def _refuse_beyond(y: Array, loss_kind: str) -> None:
    low = -1 if "Hinge" in loss_kind else 0
    if y.size and not low <= y.min() <= y.max() <= 1:
        raise DataError(f"{loss_kind} takes labels from {low} to 1; the data has {y.min():g} to {y.max():g}")
