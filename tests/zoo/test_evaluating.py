"""How good a run is, on its own data and on others."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import specs
import zoo
from specs.errors import DataError, UserError
from zoo.backend import keras
from zoo.printing import evaluation_json

COLOURS = """
name: colours
input: {shape: [4, 4, 3]}
body: [Rescaling: {scale: 0.01}, GlobalAveragePooling2D, Dense: {units: 3, activation: softmax}]
train: {data: {image_folder: {path: data}}, epochs: 60, optimizer: {Adam: {learning_rate: 0.1}}}
"""
RGB = {"blue": (0, 0, 255), "green": (0, 255, 0), "red": (255, 0, 0)}


def paint(folder: Path, **colours: str) -> None:
    """Ten images in each folder, of the colour given for it."""
    for name, colour in colours.items():
        (folder / name).mkdir(parents=True)
        for index in range(10):
            Image.new("RGB", (4, 4), RGB[colour]).save(folder / name / f"{index}.png")


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("colours")
    paint(folder / "data", blue="blue", green="green", red="red")
    (folder / "colours.yaml").write_text(COLOURS)
    return zoo.train(folder / "colours.yaml", out=folder / "run").directory


def test_the_test_part_gives_what_the_run_wrote_down(run: zoo.Run, dataset: zoo.Dataset) -> None:
    found = zoo.evaluate(run.directory)
    assert found.metrics == pytest.approx(run.metrics["test"], rel=1e-5)
    assert (found.name, found.part, found.examples) == ("tiny", "test", 359)
    labels = dataset.test.all().y["output"]
    answers = np.asarray(run.fit.model(dataset.test.all().x["input"], training=False)).argmax(axis=1)
    assert found.confusion[3][3] == np.sum((labels == 3) & (answers == 3))
    assert np.sum(found.confusion) == 359
    three = found.classes[3]
    assert (three.label, three.support) == ("3", np.sum(labels == 3))
    assert three.precision == pytest.approx(np.mean(labels[answers == 3] == 3))
    assert three.recall == pytest.approx(np.mean(answers[labels == 3] == 3))
    assert three.f1 == pytest.approx(2 * three.precision * three.recall / (three.precision + three.recall))


def test_a_run_keeps_the_scores_of_its_classes_and_draws_the_confusion(run: zoo.Run) -> None:
    found = json.loads((run.directory / "evaluation.json").read_text())
    again = evaluation_json(zoo.evaluate(run.directory))
    assert found["metrics"] == pytest.approx(again.pop("metrics"), rel=1e-5)
    assert again == {key: value for key, value in found.items() if key != "metrics"}
    drawn = (run.directory / "confusion.svg").read_text()
    counts = {count for row in found["confusion"] for count in row if count}
    assert all(f">{text}</text>" in drawn for text in ("taken for", "is", "7", *counts))


def test_where_numbers_are_learnt_no_confusion_is_drawn(tmp_path: Path) -> None:
    line = np.linspace(0, 1, 40)[:, None]
    spec = tmp_path / "line.yaml"
    spec.write_text("""
name: line
input: {shape: [1]}
body: [Dense: {units: 1}]
train: {loss: MeanSquaredError, epochs: 1}
""")
    run = zoo.train(spec, out=tmp_path / "run", data=(line, 1 + line))
    found = json.loads((run.directory / "evaluation.json").read_text())
    assert (found["classes"], found["confusion"], found["examples"]) == ([], [], 8)
    assert not (run.directory / "confusion.svg").exists()


def test_every_part_can_be_chosen(run: zoo.Run) -> None:
    found = {part: zoo.evaluate(run.directory, part=part) for part in ("validation", "all")}
    assert found["validation"].metrics == pytest.approx(run.metrics["validation"], rel=1e-5)
    assert found["all"].examples == 1797


def test_other_data_are_found_by_the_names_of_their_classes(colours: Path, tmp_path: Path) -> None:
    """Without one of the classes the others have other numbers in their folder; they keep those of the training."""
    paint(tmp_path, green="green", red="red")
    found = zoo.evaluate(colours, tmp_path)
    assert (found.part, found.examples, found.metrics["accuracy"]) == ("all", 20, 1.0)
    assert found.confusion == ((0, 0, 0), (0, 10, 0), (0, 0, 10))
    paint(tmp_path, violet="red")
    with pytest.raises(DataError, match=r"has the class 'violet', colours knows blue, green, red$"):
        zoo.evaluate(colours, tmp_path)


def test_data_that_have_changed_are_no_longer_split_as_in_training(colours: Path) -> None:
    extra = colours.parent / "data" / "red" / "more.png"
    Image.new("RGB", (4, 4), RGB["red"]).save(extra)
    with pytest.raises(DataError, match="run: the data have changed since the training, its parts"):
        zoo.evaluate(colours)
    extra.unlink()
    assert zoo.evaluate(colours).metrics["accuracy"] == 1.0


def test_what_cannot_be_evaluated_is_said(run: zoo.Run, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"tiny: digits lie at no path, so none can be put in its place"):
        zoo.evaluate(run.directory, tmp_path)
    with pytest.raises(UserError, match="other data are evaluated as a whole"):
        zoo.evaluate(run.directory, tmp_path, "test")
    with pytest.raises(UserError, match=r"is not a finished run: it has no spec\.yaml"):
        zoo.evaluate(tmp_path)


def test_evaluating_goes_by_the_numbers_in_the_file(run: zoo.Run, tmp_path: Path) -> None:
    shutil.copytree(run.directory, tmp_path / "run")
    model = zoo.build(specs.load(run.directory / "spec.yaml"))
    keras.utils.set_random_seed(1)
    model.save(tmp_path / "run" / "model.keras")
    assert zoo.evaluate(tmp_path / "run").metrics["accuracy"] < 0.5
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["test"]["accuracy"] > 0.8
