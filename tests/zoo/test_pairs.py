"""Pairs and the nets that compare: what is drawn, how far apart it is, what is lost and what is told right."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import specs
import zoo
from cli import main
from specs.errors import DataError
from specs.sections.pairs import Pairs
from zoo.backend import keras
from zoo.data.dataset import Array, Dataset, Examples, InMemory
from zoo.data.loading import split
from zoo.data.pairing import paired
from zoo.more_losses import Contrastive, pair_accuracy

SIAMESE = """
name: siamese
inputs: {left: {shape: [1]}, right: {shape: [1]}}
body: [{EuclideanDistance: , from: [left, right]}]
"""
CONTRASTIVE = f"{SIAMESE}train: {{data: {{pairs: {{of: {{npz: {{path: a.npz}}}}}}}}, loss: Contrastive}}"


def _of(labels: Array, held_out: int = 0, **how: Any) -> Dataset:
    """Pairs of examples whose only value is their number."""
    document = specs.loads(CONTRASTIVE)
    x = np.arange(len(labels), dtype="float32")[:, np.newaxis]
    examples = Examples({"left": InMemory(x)}, {"output": labels}, held_out=held_out)
    arguments = Pairs.model_validate({"of": {"npz": {"path": "a.npz"}}, **how})
    return split(paired(examples, arguments, specs.lower(document)), arguments)


def _members(data: Dataset) -> list[Array]:
    """Of the training, validation and test part the numbers of both examples of each pair."""
    batches = [part.all().x for part in (data.train, data.validation, data.test)]
    return [np.concatenate([x["left"], x["right"]], axis=1).astype(int) for x in batches]


def test_half_of_the_pairs_are_of_one_class_and_none_is_an_example_with_itself() -> None:
    labels = np.random.default_rng(0).integers(0, 4, 300)
    data = _of(labels, count=1000)
    for part, at in zip((data.train, data.validation, data.test), _members(data), strict=True):
        same = part.all().y["output"]
        np.testing.assert_array_equal(labels[at[:, 0]] == labels[at[:, 1]], same)
        assert abs(int(same.sum()) * 2 - len(part)) <= 1
        assert (at[:, 0] != at[:, 1]).all()
    assert [len(part) for part in (data.train, data.validation, data.test)] == [650, 150, 200]


def test_every_example_with_a_partner_is_met_on_both_sides() -> None:
    labels = np.array([7, 1, 7, 3, 3, 3] * 20 + [5])
    train, validation, test = _members(_of(labels, count=20_000))
    assert len(np.unique(np.concatenate([train, validation, test]))) == 121
    for at in (train, validation, test):
        assert set(at[:, 0]) == set(at[:, 1])


def test_no_example_is_in_pairs_of_two_parts() -> None:
    labels = np.arange(200) % 5
    for how in ({}, {"seed": 3}, {"validation_split": 0.4, "test_split": 0.4}):
        train, validation, test = (set(at.ravel()) for at in _members(_of(labels, count=2000, **how)))
        assert not train & validation and not train & test and not validation & test
    own = {*range(150, 200)}
    *others, test = (set(at.ravel()) for at in _members(_of(labels, held_out=50, count=2000)))
    assert test == own and not own & set.union(*others)


def test_a_seed_draws_the_same_pairs_and_another_draws_others() -> None:
    labels = np.arange(200) % 5
    one, same, other = (_of(labels, count=500, seed=seed).fingerprint for seed in (1, 1, 2))
    assert one == same != other


def test_a_part_without_such_pairs_is_told() -> None:
    for labels, told in ((np.arange(30), "no two are of one class"), (np.zeros(30, int), "all are of one class")):
        with pytest.raises(DataError, match=rf"of the 20 examples of the training part {told}; pairs are"):
            _of(labels, count=100)
    with pytest.raises(DataError, match="no class for each example"):
        _of(np.linspace(0, 1, 30), count=100)


def test_labels_that_are_no_pairs_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", left=np.zeros((20, 1)), right=np.zeros((20, 1)), y=np.arange(20) % 3)
    train = f"train: {{data: {{npz: {{path: {tmp_path}/a.npz}}}}, loss: Contrastive}}"
    with pytest.raises(DataError, match="has labels 0 to 1, the data has label 2"):
        zoo.load_data(specs.loads(SIAMESE + train))


def test_a_net_may_tell_the_two_classes_of_pairs_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((90, 1)), y=np.arange(90) % 3)
    of = f"{{npz: {{path: {tmp_path}/a.npz}}}}"
    body = "body: [{Concatenate: , from: [left, right]}, Dense: {units: 1, activation: sigmoid}]"
    text = f"name: a\ninputs: {{left: {{shape: [1]}}, right: {{shape: [1]}}}}\n{body}\n"
    document = specs.loads(f"{text}train: {{data: {{pairs: {{of: {of}}}}}, loss: BinaryCrossentropy}}")
    assert zoo.load_data(document).classes == {"output": ("different", "same")}


def test_the_loss_is_that_of_the_paper() -> None:
    random = np.random.default_rng(0)
    d, same = random.uniform(0, 3, 50), random.integers(0, 2, 50)
    # Equation 4 with D_W = d and Y = 1 - same.
    each = [0.5 * s * v**2 + 0.5 * (1 - s) * max(0.0, 1.5 - v) ** 2 for v, s in zip(d, same, strict=True)]
    found = Contrastive(margin=1.5)(same[:, None].astype("float32"), d[:, None].astype("float32"))
    assert float(found) == pytest.approx(np.mean(each), rel=1e-5)
    assert keras.losses.deserialize(keras.losses.serialize(Contrastive(margin=0.3))).margin == 0.3
    told = np.asarray(pair_accuracy(same[:, None], d[:, None], 0.75))
    np.testing.assert_array_equal(told[:, 0], (d < 0.75) == (same == 1))


def test_equal_places_have_a_gradient_that_is_a_number() -> None:
    from zoo.backend import tensorflow

    one, other = tensorflow.Variable([[1.0, 2.0], [3.0, 4.0]]), tensorflow.constant([[1.0, 2.0], [0.0, 0.0]])
    model = zoo.build(specs.loads(SIAMESE.replace("[1]", "[2]")))
    with tensorflow.GradientTape() as tape:
        distance = model({"left": one, "right": other})
    np.testing.assert_allclose(distance, [[0.0], [5.0]])
    np.testing.assert_allclose(tape.gradient(distance, one), [[0.0, 0.0], [0.6, 0.8]], rtol=1e-6)
    assert np.isnan(model({"left": one * np.nan, "right": other})).all()


def test_half_precision_holds_distances_whose_squares_it_does_not() -> None:
    from zoo.euclidean_distance import EuclideanDistance

    layer = EuclideanDistance(dtype="mixed_float16")
    found = layer(np.array([[600.0], [1e-4]], "float16"), np.zeros((2, 1), "float16"))
    assert found.dtype == "float16"
    np.testing.assert_allclose(np.asarray(found), [[600.0], [1e-4]], rtol=1e-2)


def test_digits_are_told_apart_and_a_run_answers(tmp_path: Path) -> None:
    text = "name: small\nextends: digits_siamese\nparams: {units: 32, pairs: 4000, learning_rate: 3e-3}\n"
    more = "train: {epochs: 4, early_stopping: null}\nsearch: {trials: 2, epochs: 1}"
    (tmp_path / "small.yaml").write_text(f"{text}{more}")
    document = specs.load(tmp_path / "small.yaml")
    run = zoo.train(document, tmp_path / "run")
    assert run.metrics["test"]["accuracy"] > 0.85, run.metrics["test"]
    found = zoo.evaluate(run.directory)
    assert found.classes == () and found.metrics["accuracy"] == pytest.approx(run.metrics["test"]["accuracy"])
    batch = zoo.load_data(document).test.all()
    np.savez(tmp_path / "some.npz", left=batch.x["left"][:6], right=batch.x["right"][:6])
    told = [each.outputs["output"].values for each in zoo.predict(run.directory, [tmp_path / "some.npz"])]
    assert np.shape(told) == (6, 1) and min(map(min, told)) >= 0
    np.save(tmp_path / "one.npy", batch.x["left"][0])
    with pytest.raises(DataError, match=r"takes left, right; an \.npz may have an array for each"):
        list(zoo.predict(run.directory, [tmp_path / "one.npy"]))
    study = CliRunner().invoke(main, ["tune", str(tmp_path / "small.yaml"), "--out", str(tmp_path / "study")])
    assert study.exit_code == 0, study.output
    assert "val_accuracy" in study.output
