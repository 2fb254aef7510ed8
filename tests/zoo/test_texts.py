"""Texts in folders and archives as training data."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import zoo
from specs.document import Document
from specs.errors import DataError
from tests.zoo.test_archives import MADE, as_folder, as_tar

Spec = Callable[[str], Document]

REVIEWS = Path(__file__).parents[3] / "shared" / "data" / "review_polarity.tar.gz"

MODEL = """
name: small
input: {{shape: {shape}, dtype: string}}
body:
  - TextVectorization: {{vocabulary: [good, bad], output_sequence_length: 4}}
  - Embedding: {{input_dim: 4, output_dim: 2}}
  - GlobalAveragePooling1D
  - Dense: {{units: 2, activation: softmax}}
train:
  data: {{text_folder: {{path: {path}}}}}
  optimizer: {{Adam: {{learning_rate: 0.1}}}}
  epochs: 15
"""

TEXTS = {
    f"set/{word}/{index}.txt": f"A {word} film №{index}\n".encode() for word in ("good", "bad") for index in range(20)
}
BESIDE = {"README.txt": b"about", "set/README.txt": b"about", "set/good/notes.md": b"", "set/good/.hidden.txt": b"\xff"}


def _document(spec: Spec, path: Path, shape: str = "[]") -> Document:
    return spec(MODEL.format(path=path, shape=shape))


def _texts(dataset: zoo.Dataset) -> list[tuple[str, int]]:
    batch = dataset.train.all()
    return list(zip(batch.x["input"].ravel().tolist(), batch.y["output"].tolist(), strict=True))


@pytest.mark.parametrize("name", MADE)
def test_a_folder_and_its_archives_give_the_same_texts(spec: Spec, tmp_path: Path, name: str) -> None:
    reference = zoo.load_data(_document(spec, as_folder(tmp_path / "reference", TEXTS)))
    found = zoo.load_data(_document(spec, MADE[name](tmp_path / name, {**dict(reversed(TEXTS.items())), **BESIDE})))
    assert found.fingerprint == reference.fingerprint
    assert found.classes == {"output": ("bad", "good")}
    assert len(found.train) == 26
    assert all(text.startswith(f"A {found.classes['output'][label]} film №") for text, label in _texts(found))


def test_an_input_may_have_an_axis_for_the_text(spec: Spec, tmp_path: Path) -> None:
    path = as_tar(tmp_path / "a.tgz", TEXTS)
    assert zoo.load_data(_document(spec, path, "[1]")).train.all().x["input"].shape == (26, 1)
    assert zoo.load_data(_document(spec, path)).train.all().x["input"].shape == (26,)


@pytest.mark.parametrize("shape", ["[]", "[1]"])
def test_a_model_learns_from_texts(spec: Spec, tmp_path: Path, shape: str) -> None:
    run = zoo.train(_document(spec, as_tar(tmp_path / "a.tgz", TEXTS), shape), out=tmp_path / "run")
    assert run.metrics["test"]["accuracy"] == 1


def test_a_byte_order_mark_is_no_text(spec: Spec, tmp_path: Path) -> None:
    marked = {name: b"\xef\xbb\xbf" + content for name, content in TEXTS.items()}
    assert all(text.startswith("A ") for text, _ in _texts(zoo.load_data(_document(spec, as_folder(tmp_path, marked)))))


def _refusal(document: Document) -> str:
    with pytest.raises(DataError) as caught:
        zoo.load_data(document)
    return str(caught.value)


def test_texts_that_are_not_utf_8_are_counted_and_named(spec: Spec, tmp_path: Path) -> None:
    broken = {**TEXTS, **{f"set/bad/x{index}.txt": b"caf\xe9" for index in range(7)}}
    path = as_tar(tmp_path / "a.tar", broken)
    first = ", ".join(f"set/bad/x{index}.txt (byte 4)" for index in range(5))
    assert _refusal(_document(spec, path)) == f"{path}: 7 of 47 texts are not UTF-8: {first} and 2 more"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"1.txt": b"", "README.md": b""}, "has no .txt in a folder; texts belong into one folder a class"),
        ({"a/1.txt": b"", "a/2.txt": b""}, "has one class only (a); at least two are needed"),
        (
            {"train/a/1.txt": b"", "train/b/1.txt": b"", "test/a/1.txt": b""},
            "has classes in several folders: test, train; name one of them",
        ),
    ],
)
def test_other_trees_of_folders_are_refused(spec: Spec, tmp_path: Path, files: dict[str, bytes], message: str) -> None:
    path = as_folder(tmp_path / "texts", files)
    assert _refusal(_document(spec, path)) == f"{path}: {message}"


@pytest.mark.skipif(not REVIEWS.is_file(), reason=f"the film reviews are not there: {REVIEWS}")
def test_the_film_reviews_are_read_from_their_archive(spec: Spec) -> None:
    dataset = zoo.load_data(_document(spec, REVIEWS))
    assert dataset.classes == {"output": ("neg", "pos")}
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [1300, 300, 400]
    assert np.bincount(dataset.test.all().y["output"]).tolist() == [200, 200]
