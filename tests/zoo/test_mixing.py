"""Several sources as one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from specs.document import Document
from specs.errors import DataError
from tests.zoo.test_archives import as_folder
from zoo.data.loading import folds_of

Spec = Callable[[str], Document]

NUMBERS = """
name: small
input: {{shape: [2]}}
body: [Dense: {{units: 12, activation: softmax}}]
train:
  data: {{mix: {{{arguments}}}}}
"""


def _npz(path: Path, start: int, labels: list[int]) -> None:
    np.savez(path, x=np.array([[start + at, 0] for at in range(len(labels))], np.float32), y=np.array(labels))


def _document(spec: Spec, arguments: str) -> Document:
    return spec(NUMBERS.format(arguments=arguments))


def _all(dataset: zoo.Dataset) -> dict[float, int]:
    """Label by the first number of an example, of all parts."""
    found: dict[float, int] = {}
    for part in (dataset.train, dataset.validation, dataset.test):
        batch: Any = part.all()
        found |= dict(zip(batch.x["input"][:, 0].tolist(), batch.y["output"].tolist(), strict=True))
    return found


def test_a_mix_has_the_examples_of_all_sources(spec: Spec, tmp_path: Path) -> None:
    _npz(tmp_path / "a.npz", 0, [0, 1] * 10)
    _npz(tmp_path / "b.npz", 100, [0, 1, 2] * 10)
    dataset = zoo.load_data(_document(spec, "sources: [{npz: {path: a.npz}}, {npz: {path: b.npz}}]"))
    assert dataset.classes == {"output": ("0", "1", "2")}
    assert _all(dataset) == {**{at: at % 2 for at in range(20)}, **{100 + at: at % 3 for at in range(30)}}
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [32, 8, 10]


def test_what_is_not_divided_is_only_trained_on(spec: Spec, tmp_path: Path) -> None:
    _npz(tmp_path / "a.npz", 0, [0, 1] * 20)
    np.savez(tmp_path / "made.npz", x=np.full((10, 2), 1000, np.float32), y=np.array(["1", "0"] * 5))
    alone = zoo.load_data(spec(NUMBERS.replace("mix: {{{arguments}}}", "npz: {{path: a.npz, labelled: 10}}").format()))
    arguments = "sources: [{npz: {path: made.npz}}, {npz: {path: a.npz}}], divided: [false, true], labelled: 10"
    dataset = zoo.load_data(_document(spec, arguments))
    made = dataset.train.all().x["input"][:, 0] == 1000
    assert made.sum() == 10
    assert dataset.train.all().y["output"][made].tolist() == [1, 0] * 5
    for name in ("validation", "test", "unlabelled"):
        ours, theirs = (getattr(each, name).all() for each in (dataset, alone))
        np.testing.assert_array_equal(ours.x["input"], theirs.x["input"])
        np.testing.assert_array_equal(ours.y["output"], theirs.y["output"])
    np.testing.assert_array_equal(dataset.train.all().x["input"][~made], alone.train.all().x["input"])
    for fold in folds_of(dataset, 2, seed=0):
        assert (fold.train.all().x["input"] == 1000).all(axis=1).sum() == 10
        assert not (fold.validation.all().x["input"] == 1000).any()


def test_a_fraction_has_every_class_in_proportion(spec: Spec, tmp_path: Path) -> None:
    _npz(tmp_path / "a.npz", 0, [0] * 20)
    _npz(tmp_path / "b.npz", 100, [1] * 20 + [2] * 10)
    arguments = "sources: [{npz: {path: a.npz}}, {npz: {path: b.npz}}], take: [1, 0.5]"
    found = _all(zoo.load_data(_document(spec, arguments)))
    assert np.bincount(list(found.values())).tolist() == [20, 10, 5]
    assert _all(zoo.load_data(_document(spec, arguments))) == found
    assert _all(zoo.load_data(_document(spec, arguments + ", seed: 1"))) != found


def test_classes_of_the_same_name_are_one(spec: Spec, tmp_path: Path) -> None:
    as_folder(tmp_path / "one", {f"{name}/{at}.txt": name.encode() for name in ("bad", "good") for at in range(10)})
    as_folder(tmp_path / "two", {f"{name}/{at}.txt": name.encode() for name in ("awful", "good") for at in range(10)})
    dataset = zoo.load_data(
        spec(
            "name: small\ninput: {shape: [], dtype: string}\n"
            "body: [Hashing: {num_bins: 9}, Reshape: {target_shape: [1]},"
            " Embedding: {input_dim: 9, output_dim: 2}, Flatten, Dense: {units: 3, activation: softmax}]\n"
            "train: {data: {mix: {sources: [{text_folder: {path: one}}, {text_folder: {path: two}}]}}}\n"
        )
    )
    assert dataset.classes == {"output": ("bad", "good", "awful")}
    batch: Any = dataset.train.all()
    assert [dataset.classes["output"][label] for label in batch.y["output"]] == batch.x["input"].tolist()


def test_the_fingerprint_is_of_what_the_sources_hold(spec: Spec, tmp_path: Path) -> None:
    _npz(tmp_path / "a.npz", 0, [0, 1] * 10)
    _npz(tmp_path / "b.npz", 100, [0, 1] * 10)
    document = _document(spec, "sources: [{npz: {path: a.npz}}, {npz: {path: b.npz}}]")
    before = zoo.load_data(document).fingerprint
    assert zoo.load_data(document).fingerprint == before
    _npz(tmp_path / "b.npz", 101, [0, 1] * 10)
    assert zoo.load_data(document).fingerprint != before


def test_sources_of_unequal_shapes_are_refused(spec: Spec, tmp_path: Path) -> None:
    _npz(tmp_path / "a.npz", 0, [0, 1] * 10)
    with pytest.raises(DataError, match=r"examples of unequal shapes, \[\(2,\), \(8, 8, 1\)\]"):
        zoo.load_data(_document(spec, "sources: [{npz: {path: a.npz}}, digits]"))
