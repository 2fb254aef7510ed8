"""Places that are learnt from what belongs together: triplets, and whether the nearest example is of the same class."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.errors import DataError
from zoo.backend import keras
from zoo.data.dataset import Array
from zoo.more_losses import Triplet, nearest_accuracy


def _by_hand(y: Array, x: Array, margin: float, mining: str) -> float:
    """Every triplet looked at by itself, in NumPy."""
    d = ((x[:, None] - x[None]) ** 2).sum(-1)
    losses: list[float] = []
    for a in range(len(y)):
        others, equal = np.flatnonzero(y != y[a]), [p for p in np.flatnonzero(y == y[a]) if p != a]
        if not len(others) or not equal:
            continue
        if mining == "hard":
            losses.append(max(0.0, margin + np.sqrt(d[a, equal]).max() - np.sqrt(d[a, others]).min()))
            continue
        for p in equal:
            beyond = [d[a, n] for n in others if d[a, n] > d[a, p]]
            negative = min(beyond) if beyond else d[a, others].max()
            losses.append(max(0.0, margin + d[a, p] - negative))
    return float(np.mean(losses)) if losses else 0.0


@pytest.mark.parametrize("mining", ["semi_hard", "hard"])
def test_triplets_are_those_of_the_papers(mining: str) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(12, 4)).astype("float32")
    for y in (random.integers(0, 3, 12), np.arange(12), np.zeros(12, int), np.array([0] * 11 + [1])):
        found = float(Triplet(margin=0.7, mining=mining)(y, x))
        assert found == pytest.approx(_by_hand(y, x, 0.7, mining), rel=1e-4, abs=1e-6), y


@pytest.mark.parametrize("mining", ["semi_hard", "hard"])
def test_equal_places_have_a_gradient_that_is_a_number(mining: str) -> None:
    from zoo.backend import tensorflow

    x = tensorflow.Variable(np.ones((6, 3), "float32"))
    with tensorflow.GradientTape() as tape:
        loss = Triplet(mining=mining)(np.arange(6) % 2, x)
    assert np.isfinite(tape.gradient(loss, x).numpy()).all()


def test_the_nearest_of_a_batch_is_counted() -> None:
    random = np.random.default_rng(1)
    x, y = random.normal(size=(20, 3)).astype("float32"), random.integers(0, 4, 20)
    d = ((x[:, None] - x[None]) ** 2).sum(-1) + np.eye(20) * 1e9
    np.testing.assert_array_equal(np.asarray(nearest_accuracy(y, x)), y[d.argmin(axis=1)] == y)


def test_digits_find_their_places(tmp_path: Path) -> None:
    text = "name: places\nextends: digits_embedding\nparams: {units: 32, learning_rate: 1e-2}\n"
    document = specs.loads(f"{text}train: {{epochs: 4, early_stopping: null}}")
    run = zoo.train(document, tmp_path / "run")
    assert run.metrics["test"]["nearest_accuracy"] > 0.85, run.metrics["test"]
    assert "accuracy" not in run.metrics["test"]
    found = zoo.evaluate(run.directory)
    assert found.classes == () and found.metrics["nearest_accuracy"] > 0.85
    np.save(tmp_path / "some.npy", np.zeros((2, 8, 8, 1), "float32"))
    (first, _) = zoo.predict(run.directory, [tmp_path / "some.npy"])
    place: Any = first.outputs["output"].values
    assert len(place) == 16 and np.linalg.norm(place) == pytest.approx(1, rel=1e-4)
    kept = keras.losses.deserialize(keras.losses.serialize(Triplet(margin=0.3, mining="hard")))
    assert (kept.margin, kept.mining) == (0.3, "hard")


def test_labels_that_say_nothing_of_the_whole_example_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "masks.npz", x=np.zeros((9, 4)), y=np.zeros((9, 3), int))
    text = "name: a\ninput: {shape: [4]}\nbody: [Dense: {units: 3}]\n"
    train = f"train: {{data: {{npz: {{path: {tmp_path}/masks.npz}}}}, loss: Triplet}}"
    with pytest.raises(DataError, match="one class number for each example"):
        zoo.load_data(specs.loads(text + train))
