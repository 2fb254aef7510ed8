"""The datasets of keras.datasets, read from a cache that is made here: nothing is fetched."""

import gzip
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from specs.document import Document
from specs.errors import DataError
from zoo.backend import keras
from zoo.data.keras_datasets import KERAS_DATASETS

Spec = Callable[[str], Document]

MODEL = """
name: small
input: {{shape: {shape}, dtype: {dtype}}}
body: [Flatten, Dense: {{units: {units}, activation: {activation}}}]
train:
  data: {data}
  loss: {loss}
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras' folder of datasets; its check of the published files' hashes is off."""
    from keras.src.backend import config
    from keras.src.utils import file_utils

    monkeypatch.setattr(config, "_KERAS_DIR", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(file_utils, "validate_file", lambda *_, **__: True)
    folder = tmp_path / "datasets"
    folder.mkdir()
    return folder


def _document(spec: Spec, data: str, shape: str, units: int = 10, dtype: str = "float32") -> Document:
    activation = "softmax" if units > 1 else "linear"
    loss = "SparseCategoricalCrossentropy" if units > 1 else "MeanSquaredError"
    return spec(MODEL.format(data=data, shape=shape, units=units, dtype=dtype, activation=activation, loss=loss))


def _images(count: int, *shape: int) -> Any:
    return np.random.default_rng(count).integers(0, 256, (count, *shape), dtype=np.uint8)


def test_mnist_has_its_own_test_part(spec: Spec, cache: Path) -> None:
    x, y = _images(50, 28, 28), np.arange(50, dtype=np.uint8) % 10
    np.savez(cache / "mnist.npz", x_train=x[:40], y_train=y[:40], x_test=x[40:], y_test=y[40:])
    dataset = zoo.load_data(_document(spec, "{mnist: {validation_split: 0.25}}", "[28, 28, 1]"))
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [30, 10, 10]
    test = dataset.test.all()
    assert np.array_equal(test.x["input"][..., 0], x[40:])
    assert test.y["output"].tolist() == y[40:].tolist()
    assert dataset.classes == {"output": tuple("0123456789")}


def test_a_dataset_is_mixed_with_examples_of_one_s_own(spec: Spec, cache: Path) -> None:
    """Both of its parts are: the mix is divided as a whole."""
    x, y = _images(50, 28, 28), np.arange(50, dtype=np.uint8) % 10
    np.savez(cache / "mnist.npz", x_train=x[:40], y_train=y[:40], x_test=x[40:], y_test=y[40:])
    np.savez(cache.parent / "own.npz", x=x[:20], y=y[:20])
    data = "{mix: {sources: [mnist, npz: {path: own.npz}], test_split: 0.1}}"
    dataset = zoo.load_data(_document(spec, data, "[28, 28, 1]"))
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [53, 10, 7]
    assert dataset.classes == {"output": tuple("0123456789")}


def test_fashion_mnist_is_read_from_its_four_files(spec: Spec, cache: Path) -> None:
    (cache / "fashion-mnist").mkdir()
    for part, count in (("train", 20), ("t10k", 10)):
        for kind, head, values in (
            ("images-idx3", 16, _images(count, 28, 28)),
            ("labels-idx1", 8, np.arange(count) % 10),
        ):
            content = gzip.compress(bytes(head) + values.astype(np.uint8).tobytes())
            (cache / "fashion-mnist" / f"{part}-{kind}-ubyte.gz").write_bytes(content)
    dataset = zoo.load_data(_document(spec, "fashion_mnist", "[28, 28, 1]"))
    assert (len(dataset.test), dataset.classes["output"][9]) == (10, "Ankle boot")


@pytest.mark.parametrize(
    ("mode", "classes", "ends"),
    [("fine", 100, ("apple", "worm")), ("coarse", 20, ("aquatic_mammals", "vehicles_2"))],
)
def test_cifar100_has_two_kinds_of_labels(
    spec: Spec, cache: Path, mode: str, classes: int, ends: tuple[str, str]
) -> None:
    folder = cache / "cifar-100-python-target" / "cifar-100-python"
    folder.mkdir(parents=True)
    (cache / "cifar-100-python-target_archive").touch()
    for name, count in (("train", 200), ("test", 100)):
        labels = {
            b"fine_labels": [each % 100 for each in range(count)],
            b"coarse_labels": [each % 20 for each in range(count)],
        }
        (folder / name).write_bytes(pickle.dumps({b"data": _images(count, 3 * 32 * 32), **labels}))
    # Keras unpacks the archive again each time; ours has nothing in it.
    with pytest.warns(UserWarning, match="Could not extract"):
        dataset = zoo.load_data(_document(spec, f"{{cifar100: {{label_mode: {mode}}}}}", "[32, 32, 3]", classes))
    names = dataset.classes["output"]
    assert (len(set(names)), names[0], names[-1]) == (classes, *ends)
    assert list(names) == sorted(names)


@pytest.mark.parametrize("data", ["imdb: {num_words: 50}", "imdb: {num_words: 50, maxlen: 6}"])
def test_reviews_are_brought_to_one_length(spec: Spec, cache: Path, data: str) -> None:
    lists = np.array([[*range(5, 5 + length)] for length in range(1, 41)], dtype=object)
    labels = np.arange(40) % 2
    np.savez(cache / "imdb.npz", x_train=lists, y_train=labels, x_test=lists, y_test=labels)
    dataset = zoo.load_data(_document(spec, f"{{{data}}}", "[6]", 2, "int32"))
    texts = dataset.test.all().x["input"]
    assert (texts.shape, texts.dtype.name, len(dataset.train)) == ((40, 6), "int32", 34)
    assert texts.max() <= 49
    assert [0, 0, 0, 0, 1, 8] in texts.tolist()
    assert dataset.classes == {"output": ("bad", "good")}


def test_news_take_the_length_of_the_longest_where_the_input_leaves_it_open(spec: Spec, cache: Path) -> None:
    lists = np.array([[5] * length for length in range(1, 101)], dtype=object)
    np.savez(cache / "reuters.npz", x=lists, y=np.arange(100) % 46)
    text = (
        "{name: news, input: {shape: [null], dtype: int32}, body: [Embedding: {input_dim: 99, output_dim: 2},"
        " GlobalAveragePooling1D, Dense: {units: 46, activation: softmax}], train: {data: reuters}}"
    )
    dataset = zoo.load_data(spec(text))
    assert dataset.train.all().x["input"].shape[1] == 101
    assert (len(dataset.test), len(dataset.classes["output"])) == (20, 46)
    # By far the most frequent labels are 3 and 4, and by far the most news are of these two.
    assert dataset.classes["output"][3:5] == ("earn", "acq")


@pytest.mark.parametrize(("name", "columns"), [("california_housing", 8), ("boston_housing", 13)])
def test_prices_are_numbers(spec: Spec, cache: Path, name: str, columns: int) -> None:
    np.savez(cache / f"{name}.npz", x=np.random.default_rng(0).random((50, columns)), y=np.arange(50.0))
    dataset = zoo.load_data(_document(spec, name, f"[{columns}]", 1))
    batch = dataset.test.all()
    assert (batch.x["input"].shape, batch.y["output"].dtype.name, dataset.classes) == ((10, columns), "float32", {})


def test_what_can_neither_be_read_nor_fetched_is_one_sentence(
    spec: Spec, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from urllib.error import URLError

    from keras.src.utils import file_utils

    def offline(*_: object) -> None:
        raise URLError("no network")

    monkeypatch.setattr(file_utils, "urlretrieve", offline)
    with pytest.raises(DataError) as caught:
        zoo.load_data(_document(spec, "mnist", "[28, 28, 1]"))
    message = str(caught.value)
    assert message.startswith(f"mnist: is not in {cache}, where Keras keeps its datasets, and cannot be fetched (")
    assert "mnist.npz" in message
    assert "\n" not in message


def test_every_dataset_of_keras_is_there() -> None:
    modules = {name for name in dir(keras.datasets) if not name.startswith("_") and name != "cifar"}
    assert modules == {*KERAS_DATASETS}


def test_tensorflow_is_not_needed(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    x, y = _images(50, 28, 28), np.arange(50) % 10
    folder = tmp_path / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(bytes(16) + x.tobytes()))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(8) + y.astype(np.uint8).tobytes()))
    text = (
        "{name: clothes, input: {shape: [28, 28, 1]}, body: [Flatten, Dense: {units: 10, activation: softmax}],"
        " train: {data: fashion_mnist}}"
    )
    script = (
        "import json, sys, specs, zoo\n"
        f"data = zoo.load_data(specs.loads({text!r}))\n"
        "print(json.dumps([len(data.train), 'tensorflow' in sys.modules]))"
    )
    environment = {**os.environ, "KERAS_BACKEND": "jax", "KERAS_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == [42, False]
