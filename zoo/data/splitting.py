"""Which example goes into which part."""

import numpy as np
from numpy.typing import NDArray

from specs.errors import DataError
from specs.sections.data import Split

Indices = NDArray[np.int64]


def split_indices(labels: NDArray[np.int64], split: Split) -> tuple[Indices, Indices, Indices]:
    """Positions of the training, validation and test examples: random by `split.seed`, every class in proportion.

    The parts have round(fraction · examples) examples. Raises `DataError` where a part would be empty.

    >>> labels = np.array([0, 1] * 10)
    >>> train, validation, test = split_indices(labels, Split(validation_split=0.2, test_split=0.2))
    >>> [np.bincount(labels[part]).tolist() for part in (train, validation, test)]
    [[6, 6], [2, 2], [2, 2]]
    """
    order = _interleaved(labels, np.random.default_rng(split.seed))
    in_test = round(split.test_split * len(labels))
    in_validation = round(split.validation_split * len(labels))
    test, validation, train = np.split(order, [in_test, in_test + in_validation])
    parts = {"training": train, "validation": validation, "test": test}
    for part, indices in parts.items():
        if not len(indices):
            raise DataError(
                f"{len(labels)} examples are too few: none is left for {part} "
                f"(validation_split {split.validation_split}, test_split {split.test_split})"
            )
    return np.sort(train), np.sort(validation), np.sort(test)


def _interleaved(labels: NDArray[np.int64], random: np.random.Generator) -> Indices:
    """All positions in an order in which any stretch has the classes in proportion.

    Each class is shuffled and spread evenly over (0, 1); the order is by that place.
    """
    shuffled = random.permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        of_class = shuffled[labels[shuffled] == label]
        place[of_class] = (np.arange(len(of_class)) + 0.5) / len(of_class)
    return np.asarray(shuffled[np.argsort(place[shuffled], kind="stable")], dtype=np.int64)
