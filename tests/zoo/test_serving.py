"""Asking an export about files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import zoo
from specs.errors import DataError, UserError
from specs.ops.core import InputLayer
from zoo import serving
from zoo.data.images import read_image
from zoo.reading import BATCH, Takes, batches
from zoo.serving import Answer, Prediction, Score, predictions


def pictures(dataset: zoo.Dataset) -> Any:
    return dataset.test.all().x["input"]


def _best(prediction: Prediction) -> tuple[Score, ...]:
    return prediction.outputs["output"].top


def test_a_picture_is_recognised(exported: zoo.ExportReport, dataset: zoo.Dataset, tmp_path: Path) -> None:
    paths = []
    for index in range(20):
        pixels = pictures(dataset)[index, ..., 0].round().astype(np.uint8)
        paths.append(tmp_path / f"{index}.png")
        Image.fromarray(pixels).convert("RGB").save(paths[-1])
    predictions = zoo.predict(exported.directory, paths, top=2)
    assert [prediction.source for prediction in predictions] == [str(path) for path in paths]
    right = [
        _best(p)[0].label == str(label) for p, label in zip(predictions, dataset.test.all().y["output"], strict=False)
    ]
    assert sum(right) >= 15
    for prediction in predictions:
        first, second = _best(prediction)
        assert 1 >= first.value >= second.value >= 0


def test_asking_an_export_is_quiet_and_takes_no_keras_along(exported: zoo.ExportReport, tmp_path: Path) -> None:
    Image.new("L", (8, 8)).save(tmp_path / "black.png")
    code = "import sys, zoo; zoo.predict(sys.argv[1], sys.argv[2:]); print('keras' in sys.modules)"
    command = [sys.executable, "-c", code, str(exported.directory), str(tmp_path / "black.png")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_arrays_hold_one_example_or_several(
    exported: zoo.ExportReport, dataset: zoo.Dataset, run: zoo.Run, tmp_path: Path
) -> None:
    x = pictures(dataset)[:3]
    np.save(tmp_path / "one.npy", x[0])
    np.savez(tmp_path / "three.npz", x=x.astype(np.float64))
    predictions = zoo.predict(exported.directory, [tmp_path / "one.npy", tmp_path / "three.npz"], top=10)
    names = ["one.npy", "three.npz[0]", "three.npz[1]", "three.npz[2]"]
    assert [prediction.source for prediction in predictions] == [str(tmp_path / name) for name in names]
    assert _best(predictions[0]) == _best(predictions[1])
    expected = np.asarray(run.fit.model(x, training=False))
    for prediction, values in zip(predictions[1:], expected, strict=True):
        assert {score.label: pytest.approx(score.value, abs=1e-5) for score in _best(prediction)} == {
            str(label): value for label, value in enumerate(values)
        }


def test_grey_images_need_no_axis_for_the_channel_as_in_training(
    exported: zoo.ExportReport, dataset: zoo.Dataset, tmp_path: Path
) -> None:
    np.savez(tmp_path / "with.npz", x=pictures(dataset)[:3])
    np.savez(tmp_path / "without.npz", x=pictures(dataset)[:3, ..., 0])
    np.save(tmp_path / "without.npy", pictures(dataset)[:3, ..., 0])
    files = [tmp_path / name for name in ("with.npz", "without.npz", "without.npy")]
    tops = [[_best(each) for each in zoo.predict(exported.directory, [path])] for path in files]
    assert len(tops[0]) == 3
    assert tops[0] == tops[1] == tops[2]


def test_a_run_answers_as_its_export(
    run: zoo.Run, exported: zoo.ExportReport, dataset: zoo.Dataset, tmp_path: Path
) -> None:
    np.save(tmp_path / "many.npy", pictures(dataset)[: BATCH + 3])
    of_run, of_export = (zoo.predict(each, [tmp_path / "many.npy"], 10) for each in (run.directory, exported.directory))
    assert [each.source for each in of_run] == [f"{tmp_path / 'many.npy'}[{index}]" for index in range(BATCH + 3)]
    for one, other in zip(of_run, of_export, strict=True):
        assert one.source == other.source
        assert {score.label: pytest.approx(score.value, abs=1e-5) for score in _best(one)} == {
            score.label: score.value for score in _best(other)
        }


def test_a_folder_is_read_with_all_below_it(exported: zoo.ExportReport, tmp_path: Path) -> None:
    """What cannot be read is said once, at the end; what can be has its answer."""
    names = ["b/2.png", "b/10.png", "a.jpg", ".hidden/c.png", "readme.md"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("L", (8, 8), 128).save(tmp_path / name, "PNG")
    sources = [each.source for each in zoo.predict(exported.directory, [tmp_path])]
    assert sources == [str(tmp_path / name) for name in ("a.jpg", "b/10.png", "b/2.png")]
    for name in ("b/1.png", "b/3.png"):
        (tmp_path / name).write_text("no image")
    asked = predictions(exported.directory, [tmp_path, tmp_path / "gone.png"])
    assert [next(asked).source for _ in range(3)] == sources
    with pytest.raises(DataError) as caught:
        next(asked)
    lines = str(caught.value).splitlines()
    assert lines[0] == "3 of 6 files cannot be used:"
    assert [line.split(": ")[0].strip() for line in lines[1:]] == [
        str(tmp_path / name) for name in ("b/1.png", "b/3.png", "gone.png")
    ]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty: has no images in it"):
        zoo.predict(exported.directory, [tmp_path / "empty"])


def test_no_more_than_a_batch_is_held(
    exported: zoo.ExportReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def reading(path: Path, *size: int) -> Any:
        read.append(path)
        return read_image(path, *size)

    monkeypatch.setattr("zoo.reading.read_image", reading)
    Image.new("L", (8, 8), 128).save(tmp_path / "same.png")
    next(predictions(exported.directory, [tmp_path / "same.png"] * (5 * BATCH)))
    assert len(read) == BATCH


def test_numbers_are_given_as_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    takes = Takes({"input": InputLayer(shape=(2,))})

    def ask(x: dict[str, Any]) -> dict[str, Any]:
        return {"output": np.cumsum(x["input"], axis=1)}

    sums = serving.Answering(takes, {"output": (2,)}, {"output": "numbers"}, {}, ask)
    monkeypatch.setattr(serving, "answering", lambda folder, trust: sums)
    np.save(tmp_path / "two.npy", np.array([[1, 2], [3, 4.5]]))
    found = [each.outputs for each in zoo.predict("run", [tmp_path / "two.npy"])]
    assert found == [{"output": Answer(values=(1, 3))}, {"output": Answer(values=(3, 7.5))}]


def test_logits_are_given_as_the_probabilities_that_they_stand_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes = Takes({"input": InputLayer(shape=(2,))})
    model = serving.Answering(
        takes,
        {"kind": (3,), "sick": (1,)},
        {"kind": "logits", "sick": "logits"},
        {"kind": ("a", "b", "c"), "sick": ("no", "yes")},
        lambda x: {"kind": np.log([[0.2, 0.7, 0.1]]) + 5, "sick": np.array([[0.4]])},
    )
    monkeypatch.setattr(serving, "answering", lambda folder, trust: model)
    np.save(tmp_path / "two.npy", np.array([1.0, 2.0]))
    (found,) = zoo.predict("run", [tmp_path / "two.npy"], top=2)
    assert [(each.label, round(each.value, 6)) for each in found.outputs["kind"].top] == [("b", 0.7), ("a", 0.2)]
    (best, _) = found.outputs["sick"].top
    assert best.label == "yes"
    assert best.value == pytest.approx(1 / (1 + np.exp(-0.4)))


def test_several_inputs_and_free_sizes(tmp_path: Path) -> None:
    takes = Takes({"left": InputLayer(shape=(None,)), "right": InputLayer(shape=(1,))})
    for name, size in (("a", 2), ("b", 2), ("c", 3)):
        np.savez(tmp_path / f"{name}.npz", left=np.ones(size), right=np.ones(1))
    found = [x["left"].shape for _, x in batches([tmp_path / f"{name}.npz" for name in "abc"], takes)]
    assert found == [(2, 2), (1, 3)]
    np.savez(tmp_path / "rows.npz", left=np.ones((3, 5)), right=np.ones((2, 1)))
    with pytest.raises(DataError, match=r"its arrays differ in length \(got 3, 2\)"):
        list(batches([tmp_path / "rows.npz"], takes))
    with pytest.raises(DataError, match=r"rows\.npy: is one input, the model takes left, right"):
        list(batches([tmp_path / "rows.npy"], takes))


def test_a_text_is_one_example(tmp_path: Path) -> None:
    takes = Takes({"input": InputLayer(shape=(1,), dtype="string")})
    (tmp_path / "a.txt").write_text("Grüße", encoding="utf-8-sig")
    (tmp_path / "b.txt").write_text("two\nlines")
    (tmp_path / "c.png").touch()
    ((sources, x),) = batches([tmp_path], takes)
    assert sources == (str(tmp_path / "a.txt"), str(tmp_path / "b.txt"))
    assert x["input"].tolist() == [["Grüße"], ["two\nlines"]]
    (tmp_path / "b.txt").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match=r"b\.txt: is not text in UTF-8 \(byte 4\)"):
        list(batches([tmp_path], takes))


def test_a_larger_image_is_resized(exported: zoo.ExportReport, tmp_path: Path) -> None:
    Image.new("L", (100, 50), 128).save(tmp_path / "wide.jpg")
    (found,) = zoo.predict(str(exported.directory), [str(tmp_path / "wide.jpg")])
    assert len(_best(found)) == 3


KINDS = ".bmp, .gif, .jpeg, .jpg, .png, .npy, .npz, .txt, .csv, .data, .parquet, .tsv"
"""What `zoo predict` reads."""


def _npy(path: Path, value: Any) -> None:
    np.save(path, value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.png", None, "there is no such file"),
        ("a.doc", b"text", f"is of no kind that can be read ({KINDS})"),
        ("a.txt", b"text", "is a text, the model takes float32 of shape [8, 8, 1]"),
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
    with pytest.raises(UserError, match="gone: there is no such run or export"):
        zoo.predict(tmp_path / "gone", [])
    with pytest.raises(UserError, match=r"is not a finished run: it has no spec\.yaml"):
        zoo.predict(tmp_path, [])
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
