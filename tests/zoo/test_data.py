"""Data sources, and every mistake that can be made with them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import specs
import zoo
from specs.document import Document
from specs.errors import DataError, UserError
from zoo.data.dataset import Part

Spec = Callable[[str], Document]

MODEL = """
name: small
input: {{shape: {shape}}}
body: [Flatten, Dense: {{units: {units}, activation: softmax}}]
train:
  data: {data}
"""


def _document(spec: Spec, data: str, shape: str = "[4, 6, 3]", units: int = 2) -> Document:
    return spec(MODEL.format(data=data, shape=shape, units=units))


def parts(data: zoo.Dataset) -> tuple[Part, Part, Part]:
    return data.train, data.validation, data.test


def images(part: Part) -> Any:
    return part.all().x["input"]


def labels(part: Part) -> Any:
    return part.all().y["output"]


def _refusal(document: Document) -> str:
    with pytest.raises(DataError) as caught:
        zoo.load_data(document)
    return str(caught.value)


def _images(folder: Path, classes: dict[str, int], size: tuple[int, int] = (6, 4)) -> None:
    random = np.random.default_rng(0)
    for name, count in classes.items():
        (folder / name).mkdir(parents=True)
        for index in range(count):
            pixels = random.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{index}.png")


def _npz(path: Path, **arrays: Any) -> None:
    np.savez(path, **arrays)


# --- digits ---


def test_digits_are_real_images_from_0_to_255(dataset: zoo.Dataset) -> None:
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [1168, 270, 359]
    x, y = images(dataset.train), labels(dataset.train)
    assert x.shape == (1168, 8, 8, 1)
    assert [x.dtype.name, y.dtype.name] == ["float32", "int64"]
    assert (x.min(), x.max()) == (0, 255)
    assert dataset.classes == {"output": tuple("0123456789")}


def test_the_fingerprint_is_of_data_and_split(spec: Spec, dataset: zoo.Dataset) -> None:
    def fingerprint(data: str) -> str:
        return zoo.load_data(_document(spec, data, "[8, 8, 1]", 10)).fingerprint

    assert fingerprint("digits") == dataset.fingerprint
    assert fingerprint("{digits: {seed: 1}}") != dataset.fingerprint


def test_no_train_section_is_said(spec: Spec) -> None:
    with pytest.raises(UserError, match=r"has no train section; the shortest is `train: \{data: digits\}`"):
        zoo.load_data(spec("name: m\ninput: {shape: [2]}\nbody: [Dense: {units: 1}]\n"))


# --- npz ---


def test_npz_beside_the_spec_with_one_channel(spec: Spec, tmp_path: Path) -> None:
    x, y = np.arange(20 * 12).reshape(20, 4, 3).astype(np.uint8), np.arange(20).reshape(20, 1) % 2
    _npz(tmp_path / "data.npz", x=x, y=y)
    data = zoo.load_data(_document(spec, "{npz: {path: data.npz}}", "[4, 3, 1]"))
    assert images(data.train).shape == (13, 4, 3, 1)
    assert sorted(
        np.concatenate([images(data.train), images(data.validation), images(data.test)])[:, 0, 0, 0]
    ) == sorted(x[:, 0, 0])
    assert data.classes == {"output": ("0", "1")}


X, Y = np.zeros((20, 4, 6, 3)), np.arange(20) % 2


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": X}, "has no array 'y' (got x)"),
        ({"x": X, "y": Y[:-1]}, "x and y differ in length (got 20 and 19)"),
        ({"x": X, "y": np.array(3)}, "y must be an array of numbers (got int64 of shape ())"),
        ({"x": X.astype(str), "y": Y}, "x must be an array of numbers (got <U32 of shape (20, 4, 6, 3))"),
        ({"x": X * np.nan, "y": Y}, "x has values that are not finite"),
        ({"x": X[:0], "y": Y[:0]}, "has no examples"),
    ],
)
def test_npz_mistakes(spec: Spec, tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    _npz(tmp_path / "data.npz", **arrays)
    assert _refusal(_document(spec, "{npz: {path: data.npz}}")) == f"{tmp_path}/data.npz: {message}"


def test_both_layouts_of_sequences_come_to_the_same(tmp_path: Path) -> None:
    x, y = np.arange(20 * 5 * 3).reshape(20, 5, 3), np.arange(20 * 5).reshape(20, 5) % 2
    _npz(tmp_path / "first.npz", x=x, y=y, whole=y[:, 0])
    _npz(tmp_path / "timed.npz", x=x.swapaxes(0, 1), y=y.swapaxes(0, 1), whole=y[:, 0])
    text = """
        name: timed
        input: {shape: [5, 3]}
        body:
          - {GRU: {units: 2, return_sequences: true}, name: steps}
          - {Dense: {units: 2, activation: softmax}, name: each}
          - {GlobalAveragePooling1D: {}, name: all}
        outputs: {each: each, whole: all}
        train: {data: {npz: {path: FILE, target: {each: y, whole: whole}}}}
        """
    found = [
        zoo.load_data(specs.loads(text.replace("FILE", each), file=str(tmp_path / "spec.yaml"))).train.all()
        for each in ("first.npz", "timed.npz, time_major: true")
    ]
    for one, other in zip(*found, strict=True):
        assert {name: values.tolist() for name, values in one.items()} == {
            name: values.tolist() for name, values in other.items()
        }
    _npz(tmp_path / "timed.npz", x=np.arange(5), y=y, whole=y[:, 0])
    with pytest.raises(DataError, match=r"'x' has no axes of time and examples \(its shape is \(5,\)\)"):
        zoo.load_data(specs.loads(text.replace("FILE", "timed.npz, time_major: true"), file=str(tmp_path / "s.yaml")))


def _targets(spec: Spec, folder: Path, y: Any, end: str, loss: str) -> Any:
    """Type, shape and classes of what a model with that end and loss learns of these labels."""
    _npz(folder / "data.npz", x=np.zeros((len(y), 4, 6, 1)), y=y)
    train = f"{{data: {{npz: {{path: data.npz}}}}, loss: {loss}}}"
    text = f"name: m\ninput: {{shape: [4, 6, 1]}}\nbody: [{end}]\ntrain: {train}\n"
    found = zoo.load_data(spec(text)).train.examples
    return found.y["output"].dtype.name, found.y["output"].shape, found.classes.get("output", ())


@pytest.mark.parametrize(
    ("y", "end", "loss", "wanted"),
    [
        (np.arange(20) / 7, "Flatten, Dense: {units: 1}", "MeanSquaredError", ("float32", (20,), ())),
        (np.arange(20), "Flatten, Dense: {units: 1}", "Huber", ("float32", (20,), ())),
        (np.zeros((20, 3)), "Flatten, Dense: {units: 3}", "MeanAbsoluteError", ("float32", (20, 3), ())),
        (np.zeros((20, 3), int), "Flatten, Dense: {units: 3}", "Poisson", ("float32", (20, 3), ())),
        (np.zeros((20, 4, 6, 2)), "Dense: {units: 2}", "MeanSquaredError", ("float32", (20, 4, 6, 2), ())),
        (np.zeros((20, 4, 6)), "Dense: {units: 1}", "BinaryCrossentropy", ("float32", (20, 4, 6), ())),
        (np.full((20, 3), 1 / 3), "Flatten, Dense: {units: 3}", "CategoricalCrossentropy", ("float32", (20, 3), ())),
        (Y, "Flatten, Dense: {units: 2}", "MeanSquaredError", ("int64", (20,), ("0", "1"))),
        (Y, "Flatten, Dense: {units: 1}", "BinaryCrossentropy", ("int64", (20,), ("0", "1"))),
    ],
)
def test_numbers_vectors_and_images_are_learnt_from_npz(
    spec: Spec, tmp_path: Path, y: Any, end: str, loss: str, wanted: Any
) -> None:
    assert _targets(spec, tmp_path, y, end, loss) == wanted


@pytest.mark.parametrize(
    ("y", "units", "loss", "told"),
    [
        (Y * 0.5, 2, "SparseCategoricalCrossentropy", "has SparseCategoricalCrossentropy, which takes class numbers; "
         "the data has float32 numbers (for numbers, MeanSquaredError)"),
        (np.zeros((20, 2)), 3, "MeanSquaredError", "(3,) takes (3,) numbers, the data has (2,) numbers"),
        (np.zeros((20, 2), int), 3, "CategoricalCrossentropy",
         "(3,) takes a class number, the data has (2,) class numbers"),
        (np.zeros(20), 3, "CategoricalCrossentropy", "(3,) takes (3,) numbers, the data has a number"),
        (np.full((20, 1), 1.5), 1, "BinaryCrossentropy",
         "BinaryCrossentropy takes labels from 0 to 1; the data has 1.5 to 1.5"),
    ],
)  # fmt: skip
def test_labels_that_do_not_fit_loss_or_output_are_one_sentence(
    spec: Spec, tmp_path: Path, y: Any, units: int, loss: str, told: str
) -> None:
    with pytest.raises(DataError) as caught:
        _targets(spec, tmp_path, y, f"Flatten, Dense: {{units: {units}}}", loss)
    assert str(caught.value) == f"m: output 'output' {told}"


TWO = """
name: two
inputs: {left: {shape: [2]}, right: {shape: [2]}}
body:
  - Add:
    from: [left, right]
  - Dense: {units: 3, activation: softmax}
    name: kind
  - Dense: {units: 1}
    name: size
    from: left
outputs: {kind: kind, size: {from: size, loss: MeanSquaredError}}
train: {data: {npz: {path: data.npz, target: {kind: a, size: b}}}, epochs: 1}
"""


def test_every_output_learns_an_array_of_its_own(spec: Spec, tmp_path: Path) -> None:
    left, right, kind, size = np.ones((20, 2)), np.zeros((20, 2)), np.arange(20) % 3, np.arange(20) / 2
    _npz(tmp_path / "data.npz", left=left, right=right, a=kind, b=size)
    document = spec(TWO)
    found = zoo.load_data(document)
    assert found.train.examples.y["kind"].tolist() == kind.tolist()
    assert found.train.examples.y["size"].tolist() == size.tolist()
    assert (found.train.examples.x["left"].shape, found.classes) == ((20, 2), {"kind": ("0", "1", "2")})
    x, y = {"left": left, "right": right}, {"kind": kind, "size": size}
    assert zoo.as_dataset((x, y), document).fingerprint == found.fingerprint
    _npz(tmp_path / "data.npz", left=left, right=right, a=kind / 2, b=np.ones((20, 2)))
    told = _refusal(document)
    assert "output 'kind' has SparseCategoricalCrossentropy, which" in told
    assert "; output 'size' (1,) takes (1,) numbers, the data has (2,) numbers" in told


def test_a_spec_that_names_no_data_is_held_against_those_that_are_given(spec: Spec) -> None:
    document = spec(
        "name: own\ninput: {shape: [5]}\nbody: [Dense: {units: 3, activation: softmax}]\ntrain: {epochs: 1}\n"
    )
    found = zoo.as_dataset((np.zeros((30, 5)), np.arange(30) % 3), document)
    assert found.classes == {"output": ("0", "1", "2")}
    with pytest.raises(DataError, match="the model takes 5, the data is 4"):
        zoo.as_dataset((np.zeros((30, 4)), np.arange(30) % 3), document)
    assert _refusal(document) == "own: the model takes 5, the data is 8×8×1; train names no data, which means digits"


def test_npz_labels_below_zero_are_refused(spec: Spec, tmp_path: Path) -> None:
    _npz(tmp_path / "data.npz", x=X, y=Y - 1)
    message = _refusal(_document(spec, "{npz: {path: data.npz}}"))
    assert message == "small: output 'output' has labels 0 to 1, the data has label -1"


def test_a_model_of_another_shape_is_refused(spec: Spec, tmp_path: Path) -> None:
    _npz(tmp_path / "data.npz", x=X, y=Y)
    message = _refusal(_document(spec, "{npz: {path: data.npz}}", "[8, 8, 3]"))
    assert message == "small: the model takes 8×8×3, the data is 4×6×3"
    assert _refusal(_document(spec, "{npz: {path: data.npz}}", "[24]")).endswith("takes 24, the data is 4×6×3")


def test_a_model_with_too_few_outputs_is_refused(spec: Spec, tmp_path: Path) -> None:
    _npz(tmp_path / "data.npz", x=X, y=Y * 4)
    message = _refusal(_document(spec, "{npz: {path: data.npz}}", units=3))
    assert message == "small: output 'output' has labels 0 to 2, the data has label 4"


def test_an_output_that_is_no_class_is_refused(spec: Spec, tmp_path: Path) -> None:
    _npz(tmp_path / "data.npz", x=X, y=Y)
    text = "name: m\ninput: {shape: [4, 6, 3]}\nbody: [Dense: {units: 2}]\ntrain: {data: {npz: {path: data.npz}}}\n"
    assert (
        _refusal(spec(text)) == "m: output 'output' (4, 6, 2) takes (4, 6) class numbers, the data has a class number"
    )


def test_several_inputs_need_an_array_each(spec: Spec, tmp_path: Path) -> None:
    _npz(tmp_path / "data.npz", x=X, y=Y)
    text = """
name: two
inputs: {left: {shape: [2]}, right: {shape: [2]}}
body: [{Add: {}, from: [left, right]}]
train: {data: {npz: {path: data.npz}}}
"""
    assert _refusal(spec(text)) == f"{tmp_path}/data.npz: has no array 'left' (got x, y)"


def test_npz_pickles_are_not_loaded(spec: Spec, tmp_path: Path) -> None:
    _npz(tmp_path / "data.npz", x=np.array([print, print]), y=Y[:2])
    assert "is not a readable .npz file (Object arrays cannot be loaded" in _refusal(
        _document(spec, "{npz: {path: data.npz}}")
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"no zip at all", b"\x93NUMPY"])
def test_npz_that_is_none(spec: Spec, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.npz").write_bytes(content)
    assert "is not a readable .npz file" in _refusal(_document(spec, "{npz: {path: data.npz}}"))


def test_npz_that_is_a_single_array(spec: Spec, tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", X)
    assert "is one array, not an .npz archive with x and y" in _refusal(_document(spec, "{npz: {path: data.npy}}"))


def test_npz_missing_a_folder_or_a_pipe(spec: Spec, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    assert _refusal(_document(spec, "{npz: {path: gone.npz}}")) == f"{tmp_path}/gone.npz: there is no such file"
    assert _refusal(_document(spec, "{npz: {path: pipe}}")) == f"{tmp_path}/pipe: is not a regular file"
    assert _refusal(_document(spec, "{npz: {path: folder}}")) == f"{tmp_path}/folder: is not a regular file"


# --- image_folder ---

FOLDER = "{image_folder: {path: pets}}"


def test_images_are_resized_in_the_order_of_their_names(spec: Spec, tmp_path: Path) -> None:
    _images(tmp_path / "pets", {"dog": 8, "cat": 12}, size=(30, 20))
    (tmp_path / "pets" / "cat" / "notes.txt").write_text("not an image")
    (tmp_path / "pets" / ".hidden").mkdir()
    data = zoo.load_data(_document(spec, FOLDER))
    assert data.classes == {"output": ("cat", "dog")}
    assert images(data.train).shape == (13, 4, 6, 3)
    assert np.bincount(np.concatenate([labels(part) for part in parts(data)])).tolist() == [
        12,
        8,
    ]
    assert data.fingerprint == zoo.load_data(_document(spec, FOLDER)).fingerprint


def test_one_channel_is_grey(spec: Spec, tmp_path: Path) -> None:
    _images(tmp_path / "pets", {"dog": 8, "cat": 12})
    data = zoo.load_data(_document(spec, FOLDER, "[4, 6, 1]"))
    assert images(data.train).shape == (13, 4, 6, 1)


def test_unreadable_images_are_all_named_at_once(spec: Spec, tmp_path: Path) -> None:
    _images(tmp_path / "pets", {"dog": 8, "cat": 12})
    for index in range(6):
        (tmp_path / "pets" / "cat" / f"{index}.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    os.mkfifo(tmp_path / "pets" / "dog" / "a.png")
    lines = _refusal(_document(spec, FOLDER)).splitlines()
    assert lines[0] == f"7 of 21 images in {tmp_path}/pets cannot be used:"
    assert lines[1].startswith(f"    {tmp_path}/pets/cat/0.png: is not a readable image (")
    assert lines[6:] == ["    … and 2 more"]


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ({}, "has no folders with images; images belong into one folder a class"),
        ({"cat": 3}, "has one class only (cat); at least two are needed"),
        ({"cat": 3, "dog": 0}, "no images in dog (1 of 2 classes)"),
    ],
)
def test_folder_mistakes(spec: Spec, tmp_path: Path, classes: dict[str, int], message: str) -> None:
    (tmp_path / "pets").mkdir()
    _images(tmp_path / "pets", classes)
    assert _refusal(_document(spec, FOLDER)) == f"{tmp_path}/pets: {message}"


def test_no_folder_or_a_file_instead(spec: Spec, tmp_path: Path) -> None:
    archives = "(.tar, .tar.gz, .tgz, .zip)"
    assert _refusal(_document(spec, FOLDER)) == f"{tmp_path}/pets: there is no such folder or archive {archives}"
    (tmp_path / "pets").write_text("")
    assert _refusal(_document(spec, FOLDER)) == f"{tmp_path}/pets: is neither a folder nor an archive {archives}"


def test_too_few_images_for_three_parts(spec: Spec, tmp_path: Path) -> None:
    _images(tmp_path / "pets", {"cat": 1, "dog": 1})
    assert _refusal(_document(spec, FOLDER)).startswith("2 examples are too few: none is left for")


def test_an_input_without_a_size_takes_no_images(spec: Spec, tmp_path: Path) -> None:
    _images(tmp_path / "pets", {"cat": 1, "dog": 1})
    text = "name: m\ninput: {shape: [null, null, 3]}\nbody: [GlobalAveragePooling2D, Dense: {units: 2}]\n"
    message = _refusal(spec(text + f"train: {{data: {FOLDER}}}\n"))
    assert message == "images need an input of height, width and 1, 3 or 4 channels, all fixed (got (None, None, 3))"


def test_sixteen_bit_grey_keeps_its_scale(tmp_path: Path) -> None:
    from zoo.data.images import read_image

    Image.fromarray(np.array([[0, 257, 65535]], np.uint16)).save(tmp_path / "deep.png")
    assert read_image(tmp_path / "deep.png", 1, 3, 1)[..., 0].tolist() == [[0, 1, 255]]
