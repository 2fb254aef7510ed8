"""Which example goes into which part."""

import numpy as np
from numpy.typing import NDArray

from specs.errors import DataError
from specs.sections.data import Split, Validation

Indices = NDArray[np.int64]


def split_indices(labels: NDArray[np.int64], split: Validation, held_out: int = 0) -> tuple[Indices, Indices, Indices]:
    """Positions of the training, validation and test examples: random by `split.seed`, every class in proportion.

    The parts have round(fraction · examples) examples; where the source holds examples out, the last `held_out`, they
    are the test part. Raises `DataError` where a part would be empty.

    >>> labels = np.array([0, 1] * 10)
    >>> train, validation, test = split_indices(labels, Split(validation_split=0.2, test_split=0.2))
    >>> [np.bincount(labels[part]).tolist() for part in (train, validation, test)]
    [[6, 6], [2, 2], [2, 2]]
    """
    own = len(labels) - held_out
    in_test = 0 if held_out or not isinstance(split, Split) else round(split.test_split * own)
    in_validation = round(split.validation_split * own)
    order = np.random.default_rng(split.seed).permutation(own)
    rank, share = _rank_and_share(labels[order])
    test, rest = _first(np.arange(own), rank - share * in_test, in_test)
    validation, train = _first(rest, rank - share * (in_test + in_validation), in_validation)
    train, validation, test = (order[part] for part in (train, validation, test))
    if held_out:
        test = np.arange(own, len(labels))
    return _none_empty(train, validation, test, f"{len(labels)} examples", split)


def labelled_indices(labels: NDArray[np.int64], split: Validation) -> tuple[Indices, Indices]:
    """Places of the `split.labelled` training examples that keep their labels, at random, every class in proportion;
    and of the others. Raises `DataError` where there are no more than that.

    >>> known, others = labelled_indices(np.array([0, 0, 1, 1, 1, 1]), Split(labelled=3))
    >>> len(known), len(others)
    (3, 3)
    """
    count = split.labelled or 0
    if count >= len(labels):
        raise DataError(f"labelled must be below the {len(labels)} training examples (got {count})")
    order = np.random.default_rng([split.seed, 1]).permutation(len(labels))
    rank, share = _rank_and_share(labels[order])
    known, others = _first(np.arange(len(labels)), rank - share * count, count)
    return np.sort(order[known]), np.sort(order[others])


def grouped_indices(groups: NDArray[np.int64], split: Split, held_out: int = 0) -> tuple[Indices, Indices, Indices]:
    """As `split_indices`, but that groups of examples are divided; `held_out` are examples, of the last groups.

    >>> parts = grouped_indices(np.array([0, 0, 1, 2, 2, 3]), Split(validation_split=0.25, test_split=0.25))
    >>> [part.tolist() for part in parts]
    [[2, 5], [0, 1], [3, 4]]
    """
    names = np.unique(groups)
    last = len(np.unique(groups[len(groups) - held_out :])) if held_out else 0
    train, validation, test = split_indices(np.zeros(len(names), np.int64), split, last)
    return members(groups, names[train]), members(groups, names[validation]), members(groups, names[test])


def members(groups: NDArray[np.int64], names: NDArray[np.int64]) -> Indices:
    """Positions of the examples of the groups of these numbers."""
    return np.flatnonzero(np.isin(groups, names))


def consecutive_indices(count: int, split: Split, gap: int) -> tuple[Indices, Indices, Indices]:
    """Positions of the training, validation and test examples, one part after the other, `gap` left out between them.

    >>> [part.tolist() for part in consecutive_indices(10, Split(validation_split=0.2, test_split=0.2), gap=1)]
    [[0, 1, 2, 3, 4], [6], [8, 9]]
    """
    in_test, in_validation = round(split.test_split * count), round(split.validation_split * count)
    train, validation, test = np.split(np.arange(count), [count - in_test - in_validation, count - in_test])
    # A part may be shorter than the gap, and the gap may be 0, so that [:-gap] would not do.
    train, validation = train[: max(len(train) - gap, 0)], validation[: max(len(validation) - gap, 0)]
    return _none_empty(train, validation, test, f"{count} examples, of which {gap} are left out between parts,", split)


def fold_indices(labels: NDArray[np.int64], count: int, seed: int) -> list[Indices]:
    """Positions of the examples of each of `count` folds: random by the seed, of equal size but for one example.

    Of every class a fold has as many as each other, but for one. Raises `DataError` where a fold would be empty.

    >>> labels = np.array([0, 1, 1] * 4)
    >>> [np.bincount(labels[fold]).tolist() for fold in fold_indices(labels, 4, seed=0)]
    [[1, 2], [1, 2], [1, 2], [1, 2]]
    """
    if count > len(labels):
        raise DataError(f"{len(labels)} examples for training and validation are too few for {count} folds")
    order = np.random.default_rng(seed).permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    return [np.sort(by_class[fold::count]) for fold in range(count)]


def forward_indices(length: int, count: int, gap: int) -> list[tuple[Indices, Indices]]:
    """Positions of the training and validation examples of each fold of what follows in time: the past, and what comes.

    The examples are cut into `count` + 1 stretches, the first the longest. A fold is validated on one of those behind
    the first, and trained on all before it but the last `gap` (a rolling origin: Tashman 2000, Out-of-sample tests of
    forecasting accuracy). Raises `DataError` where one would be empty.

    >>> [[part.tolist() for part in fold] for fold in forward_indices(8, 2, gap=1)]
    [[[0, 1, 2], [4, 5]], [[0, 1, 2, 3, 4], [6, 7]]]
    """
    size = length // (count + 1)
    starts = [length - size * (count - fold) for fold in range(count)]
    if size < 1 or starts[0] <= gap:
        left_out = f", of which {gap} are left out between parts," if gap else ""
        raise DataError(f"{length} examples for training and validation{left_out} are too few for {count} folds")
    return [(np.arange(start - gap), np.arange(start, start + size)) for start in starts]


def _none_empty(
    train: Indices, validation: Indices, test: Indices, all_of_them: str, split: Validation
) -> tuple[Indices, Indices, Indices]:
    parts = {"training": train, "validation": validation, "test": test}
    for part, indices in parts.items():
        if not len(indices):
            fractions = f"validation_split {split.validation_split}"
            if isinstance(split, Split):
                fractions += f", test_split {split.test_split}"
            raise DataError(f"{all_of_them} are too few: none is left for {part} ({fractions})")
    return np.sort(train), np.sort(validation), np.sort(test)


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
