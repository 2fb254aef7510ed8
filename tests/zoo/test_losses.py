"""Labels in the form that each loss takes them."""

import numpy as np
import pytest

from specs.errors import DataError
from specs.sections.judging import LABELS
from zoo.data.targets import INTEGERS
from zoo.losses import labels_for_loss

CLASSES = np.array([1, 0, 2], np.int64)
VECTORS = np.eye(3, dtype=np.float32)[CLASSES]
MASKS = np.array([[[0, 1], [2, 2]]], np.uint8)


@pytest.mark.parametrize("kind", [kind for kind, form in LABELS.items() if form in INTEGERS])
def test_integers_stay(kind: str) -> None:
    for labels in (CLASSES, MASKS):
        found = labels_for_loss(labels, kind, 3)
        assert found.dtype == np.int32
        np.testing.assert_array_equal(found, labels)


@pytest.mark.parametrize("kind", [kind for kind, form in LABELS.items() if form in ("one_hot", "binary", "numbers")])
def test_classes_become_vectors_for_several_units(kind: str) -> None:
    found = labels_for_loss(CLASSES, kind, 3)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, VECTORS)
    np.testing.assert_array_equal(labels_for_loss(MASKS, kind, 3), np.eye(3)[MASKS])
    np.testing.assert_array_equal(labels_for_loss(VECTORS.astype(np.float64), kind, 3), VECTORS)


@pytest.mark.parametrize("kind", ["BinaryCrossentropy", "Hinge", "Dice", "MeanSquaredError"])
def test_one_unit_gets_an_axis(kind: str) -> None:
    for labels in (np.array([1, 0]), np.array([True, False]), np.array([[1.0], [0.0]])):
        found = labels_for_loss(labels, kind, 1)
        assert found.shape == (2, 1)
        assert found.dtype == np.float32
        assert found[:, 0].tolist() == [1, 0]
    assert labels_for_loss(MASKS > 0, kind, 1).shape == (1, 2, 2, 1)


def test_several_labels_at_once_stay() -> None:
    found = labels_for_loss(np.array([[1, 0, 1], [0, 0, 0]]), "BinaryCrossentropy", 3)
    assert found.tolist() == [[1, 0, 1], [0, 0, 0]]


def test_numbers_stay() -> None:
    assert labels_for_loss(np.array([0.5, -2.0]), "Huber", 1).tolist() == [[0.5], [-2.0]]
    assert labels_for_loss(np.array([[0.5, -2.0]]), "Huber", 2).tolist() == [[0.5, -2.0]]
    assert labels_for_loss(np.array([7, 3]), "MeanSquaredError", 1).tolist() == [[7.0], [3.0]]


def test_margins_may_be_written_with_a_sign() -> None:
    assert labels_for_loss(np.array([-1, 1]), "Hinge", 1).tolist() == [[-1.0], [1.0]]


@pytest.mark.parametrize(
    ("labels", "kind", "units", "message"),
    [
        (np.array([0.5]), "SparseCategoricalCrossentropy", 3, "takes class numbers as labels; the data has float64"),
        (np.array([3, 0]), "CategoricalCrossentropy", 3, "from 0 to 2; the data has 0 to 3"),
        (np.array([-1, 0]), "Tversky", 3, "from 0 to 2; the data has -1 to 0"),
        (np.array([0, 7]), "BinaryCrossentropy", 1, "takes labels from 0 to 1; the data has 0 to 7"),
        (np.array([-2, 1]), "SquaredHinge", 1, "takes labels from -1 to 1; the data has -2 to 1"),
        (np.array([[0.5, 0.5]]), "MeanSquaredError", 3, r"labels of shape \(2,\) do not fit an output of 3 units"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels: np.ndarray, kind: str, units: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        labels_for_loss(labels, kind, units)
