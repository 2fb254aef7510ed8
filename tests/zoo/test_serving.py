"""Asking an export about files."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import zoo
from specs.errors import DataError, UserError
from zoo.data.images import read_image


def pictures(dataset: zoo.Dataset) -> Any:
    return dataset.test.all().x["input"]


def test_a_picture_is_recognised(exported: zoo.ExportReport, dataset: zoo.Dataset, tmp_path: Path) -> None:
    paths = []
    for index in range(20):
        pixels = pictures(dataset)[index, ..., 0].round().astype(np.uint8)
        paths.append(tmp_path / f"{index}.png")
        Image.fromarray(pixels).convert("RGB").save(paths[-1])
    predictions = zoo.predict(exported.directory, paths, top=2)
    assert [prediction.source for prediction in predictions] == [str(path) for path in paths]
    right = [
        p.top[0].label == str(label) for p, label in zip(predictions, dataset.test.all().y["output"], strict=False)
    ]
    assert sum(right) >= 15
    for prediction in predictions:
        assert len(prediction.top) == 2
        assert 1 >= prediction.top[0].value >= prediction.top[1].value >= 0


def test_arrays_hold_one_example_or_several(
    exported: zoo.ExportReport, dataset: zoo.Dataset, run: zoo.Run, tmp_path: Path
) -> None:
    x = pictures(dataset)[:3]
    np.save(tmp_path / "one.npy", x[0])
    np.savez(tmp_path / "three.npz", x=x.astype(np.float64))
    predictions = zoo.predict(exported.directory, [tmp_path / "one.npy", tmp_path / "three.npz"], top=10)
    names = ["one.npy", "three.npz[0]", "three.npz[1]", "three.npz[2]"]
    assert [prediction.source for prediction in predictions] == [str(tmp_path / name) for name in names]
    assert predictions[0].top == predictions[1].top
    expected = np.asarray(run.fit.model(x, training=False))
    for prediction, values in zip(predictions[1:], expected, strict=True):
        assert {score.label: pytest.approx(score.value, abs=1e-5) for score in prediction.top} == {
            str(label): value for label, value in enumerate(values)
        }


def test_grey_images_need_no_axis_for_the_channel_as_in_training(
    exported: zoo.ExportReport, dataset: zoo.Dataset, tmp_path: Path
) -> None:
    np.savez(tmp_path / "with.npz", x=pictures(dataset)[:3])
    np.savez(tmp_path / "without.npz", x=pictures(dataset)[:3, ..., 0])
    np.save(tmp_path / "without.npy", pictures(dataset)[:3, ..., 0])
    files = [tmp_path / name for name in ("with.npz", "without.npz", "without.npy")]
    tops = [[each.top for each in zoo.predict(exported.directory, [path])] for path in files]
    assert len(tops[0]) == 3
    assert tops[0] == tops[1] == tops[2]


def test_a_larger_image_is_resized(exported: zoo.ExportReport, tmp_path: Path) -> None:
    Image.new("L", (100, 50), 128).save(tmp_path / "wide.jpg")
    assert len(zoo.predict(str(exported.directory), [str(tmp_path / "wide.jpg")])[0].top) == 3


def _npy(path: Path, value: Any) -> None:
    np.save(path, value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.png", None, "there is no such file"),
        ("a.txt", b"text", "is neither an image nor an array (.bmp, .gif, .jpeg, .jpg, .png, .npy, .npz)"),
        ("a.png", b"text", "is not a readable image (cannot identify image file"),
        ("a.npy", b"text", "is not a readable .npy file ("),
        ("a.npz", b"text", "is not a readable .npz file ("),
        ("a.npy", np.zeros((8, 8)), "the model takes [8, 8, 1], alone or in a row of them (got [8, 8])"),
        ("a.npy", np.full((8, 8, 1), np.inf), "x has values that are not finite"),
        ("a.npy", np.array(["a"]), "x must be an array of numbers (got <U1 of shape (1,))"),
    ],
)
def test_files_that_cannot_be_used(
    exported: zoo.ExportReport, tmp_path: Path, name: str, content: Any, message: str
) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.save(path, content)
    with pytest.raises(DataError) as caught:
        zoo.predict(exported.directory, [path])
    assert str(caught.value).startswith(f"{path}: {message}")


def test_a_stranger_s_program_is_not_loaded(exported: zoo.ExportReport, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not an export of speczoo"):
        zoo.predict(tmp_path / "gone", [])
    changed = tmp_path / "changed"
    shutil.copytree(exported.directory, changed)
    with (changed / "saved_model.pb").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(UserError, match=r"saved_model\.pb: was changed after the export"):
        zoo.predict(changed, [])
    (changed / "saved_model.pb").unlink()
    with pytest.raises(DataError, match=r"saved_model\.pb: there is no such file"):
        zoo.predict(changed, [])


def test_the_digit_of_the_demo_is_one_that_no_training_sees(dataset: zoo.Dataset) -> None:
    pixels = read_image(Path("examples/digits/digit.png"), 8, 8, 1)
    same = [np.array_equal(x.round(), pixels) for x in pictures(dataset)]
    assert list(dataset.test.all().y["output"][same]) == [3]
