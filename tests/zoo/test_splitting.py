"""Three parts that share no example, every class in proportion."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specs.errors import DataError
from specs.sections.data import Split
from zoo.data.splitting import fold_indices, forward_indices, split_indices

SPLIT = Split(validation_split=0.15, test_split=0.2, seed=3)


@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=6),
    validation=st.floats(0.1, 0.4),
    test=st.floats(0.1, 0.4),
    seed=st.integers(0, 9),
)
@example(sizes=[1, 1, 1, 8], validation=0.3, test=0.4, seed=0)
@example(sizes=[2, 2, 2, 2, 2, 60], validation=0.1, test=0.2, seed=0)
def test_parts_are_disjoint_complete_and_in_proportion(
    sizes: list[int], validation: float, test: float, seed: int
) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    if len(labels) < 10:
        labels = np.tile(labels, 10)
    split = Split(validation_split=validation, test_split=test, seed=seed)
    parts = split_indices(labels, split)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(labels)))
    assert [len(part) for part in parts[1:]] == [round(validation * len(labels)), round(test * len(labels))]
    for part in parts:
        for label, size in enumerate(np.bincount(labels)):
            expected = size * len(part) / len(labels)
            assert abs(np.count_nonzero(labels[part] == label) - expected) <= 2


def test_the_seed_decides() -> None:
    labels = np.arange(200) % 5
    one, again = split_indices(labels, SPLIT), split_indices(labels, SPLIT)
    other = split_indices(labels, SPLIT.model_copy(update={"seed": 4}))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[2], other[2])


def test_sorted_labels_are_no_obstacle() -> None:
    train, _, test = split_indices(np.repeat([0, 1], 50), SPLIT)
    assert set(train.tolist()) != set(range(65))
    assert len(test) == 20


def test_too_few_examples_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        split_indices(np.array([0, 1]), SPLIT)
    assert str(caught.value) == (
        "2 examples are too few: none is left for validation (validation_split 0.15, test_split 0.2)"
    )


@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=5), count=st.integers(2, 9), seed=st.integers(0, 9))
def test_folds_are_disjoint_complete_and_alike(sizes: list[int], count: int, seed: int) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    if len(labels) < count:
        with pytest.raises(DataError, match=f"too few for {count} folds"):
            fold_indices(labels, count, seed)
        return
    folds = fold_indices(labels, count, seed)
    assert sorted(np.concatenate(folds).tolist()) == list(range(len(labels)))
    for every in (np.zeros_like(labels), *(labels != label for label in range(len(sizes)))):
        counts = [np.count_nonzero(every[fold] == 0) for fold in folds]
        assert max(counts) - min(counts) <= 1
    assert any(map(np.array_equal, folds, fold_indices(labels, count, seed))), "the seed decides"


@given(length=st.integers(1, 60), count=st.integers(2, 6), gap=st.integers(0, 12))
def test_folds_of_a_series_never_look_ahead(length: int, count: int, gap: int) -> None:
    try:
        folds = forward_indices(length, count, gap)
    except DataError:
        assert length // (count + 1) == 0 or length - length // (count + 1) * count <= gap
        return
    for train, validation in folds:
        assert len(train) and len(validation) == length // (count + 1)
        assert train.tolist() == list(range(validation[0] - gap)), "all of the past, but what windows share with now"
    assert np.concatenate([validation for _, validation in folds]).tolist()[-1] == length - 1
    assert len({tuple(validation.tolist()) for _, validation in folds}) == count
