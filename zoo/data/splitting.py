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
    in_test = round(split.test_split * len(labels))
    in_validation = round(split.validation_split * len(labels))
    order = np.random.default_rng(split.seed).permutation(len(labels))
    rank, share = _rank_and_share(labels[order])
    test, rest = _first(np.arange(len(labels)), rank - share * in_test, in_test)
    validation, train = _first(rest, rank - share * (in_test + in_validation), in_validation)
    train, validation, test = (np.sort(order[part]) for part in (train, validation, test))
    parts = {"training": train, "validation": validation, "test": test}
    for part, indices in parts.items():
        if not len(indices):
            raise DataError(
                f"{len(labels)} examples are too few: none is left for {part} "
                f"(validation_split {split.validation_split}, test_split {split.test_split})"
            )
    return train, validation, test


def _rank_and_share(labels: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each example how many of its class come before it, and its class' share of all examples.

    Among the first n examples a class is due n times its share. Where those are taken whose rank is least above what
    their class is due, no class is a whole example ahead, or more than two behind, however small it is.
    """
    rank, share = np.empty(len(labels)), np.empty(len(labels))
    for label in np.unique(labels):
        of_class = labels == label
        rank[of_class] = np.arange(np.count_nonzero(of_class))
        share[of_class] = np.mean(of_class)
    return rank, share


def _first(among: Indices, keys: NDArray[np.float64], count: int) -> tuple[Indices, Indices]:
    """The `count` of some positions with the smallest keys, the earlier of equal ones; and the others, in order."""
    chosen = np.argsort(keys[among], kind="stable")
    return among[chosen[:count]], np.sort(among[chosen[count:]])
