"""A small detector from its data to what its export tells: trained, judged, exported, asked, drawn."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import cli
import specs
import zoo
from specs.errors import UserError
from specs.sections.export import Detections
from zoo.data import load_data
from zoo.data.boxes import boxes_of, iou
from zoo.detecting import average_precision
from zoo.detecting.suppression import Found
from zoo.detecting.targeting import found_in, grids_of

SMALL: dict[str, Any] = {"size": 32, "width": 8, "examples": 400, "epochs": 12, "batch_size": 16, "learning_rate": 0.01}
"""What makes digits_yolo train in seconds."""
SHORT = """
name: short_yolo
extends: digits_yolo
train: {data: {digit_canvas: {most: 2, scale: [1.5, 2.5]}}}
export: {detections: {score_threshold: 0.04, most: 20}}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("detecting")
    (folder / "short_yolo.yaml").write_text(SHORT)
    return zoo.train(folder / "short_yolo.yaml", folder / "run", **SMALL)


@pytest.fixture(scope="module")
def exported(trained: Any) -> Any:
    return zoo.export(trained.directory, trained.directory.parent / "exported")


@pytest.fixture
def pictures(trained: Any, tmp_path: Path) -> list[Path]:
    """Canvases of the test part as files."""
    x = load_data(specs.load(trained.directory / "spec.yaml")).test.take(np.arange(5)).x["input"]
    paths = [tmp_path / f"canvas{index}.png" for index in range(len(x))]
    for path, image in zip(paths, x, strict=True):
        Image.fromarray(image[..., 0]).save(path)
    return paths


def test_training_reports_how_good_the_boxes_are(trained: Any) -> None:
    test = trained.metrics["test"]
    assert 0 < test["map"] < test["map_50"] <= 1
    found = zoo.evaluate(trained.directory)
    assert found.metrics == pytest.approx(test, rel=1e-4)
    told = CliRunner().invoke(cli.main, ["evaluate", str(trained.directory)]).output
    assert f"map_50 {test['map_50']:.4f}" in told


def test_a_training_that_could_not_be_judged_does_not_begin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(average_precision.importlib.util, "find_spec", lambda name: None)  # type: ignore[attr-defined]
    with pytest.raises(UserError, match=r"digits_yolo: boxes are judged by pycocotools.*speczoo\[detection\]"):
        zoo.train("digits_yolo", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def asked(exported: Any, signature: str, **inputs: Any) -> dict[str, Any]:
    from zoo.backend import tensorflow as tf

    ask = tf.saved_model.load(str(exported.directory)).signatures[signature]
    return {
        name: value.numpy() for name, value in ask(**{key: tf.constant(each) for key, each in inputs.items()}).items()
    }


def test_an_export_takes_bytes_and_gives_boxes(exported: Any, pictures: list[Path]) -> None:
    assert list(exported.signatures) == ["serving_default", "from_bytes", "detect"]
    found = asked(exported, "from_bytes", image_bytes=[path.read_bytes() for path in pictures])
    assert sorted(found) == ["boxes", "classes", "count", "labels", "output", "scores"]
    assert found["boxes"].shape == (5, 20, 4)
    assert found["count"].sum() > 0
    x = np.stack([np.asarray(Image.open(path), np.float32)[..., None] for path in pictures])
    same = asked(exported, "detect", input=x)
    for name in found:
        np.testing.assert_array_equal(found[name], same[name])
    for count, labels, classes, scores in zip(
        *(found[n] for n in ("count", "labels", "classes", "scores")), strict=True
    ):
        assert [each.decode() for each in labels[:count]] == [str(each) for each in classes[:count]]
        assert set(labels[count:]) <= {b""}
        assert (scores[:count] > 0.04).all()
        assert sorted(scores, reverse=True) == scores.tolist()


def test_a_run_and_its_export_say_the_same(trained: Any, exported: Any, pictures: list[Path]) -> None:
    one, other = (zoo.predict(each.directory, pictures) for each in (trained, exported))
    found = asked(exported, "from_bytes", image_bytes=[path.read_bytes() for path in pictures])
    for index, (of_run, of_export) in enumerate(zip(one, other, strict=True)):
        boxes = of_run.outputs["output"].boxes
        assert boxes is not None
        assert [box.label for box in boxes] == [box.label for box in of_export.outputs["output"].boxes or ()]
        assert len(boxes) == found["count"][index]
        np.testing.assert_allclose(
            np.array([box.corners for box in boxes]).reshape(-1, 4), found["boxes"][index, : len(boxes)], atol=1e-4
        )


def test_boxes_lie_where_the_digits_are(trained: Any) -> None:
    document = specs.load(trained.directory / "spec.yaml")
    x, y = load_data(document).test.all()
    (grid,) = grids_of(specs.lower(document), document.train).values()
    answers = np.asarray(trained.fit.model.predict_on_batch(x["input"].astype(np.float32)))
    found = found_in(answers, grid, Detections(score_threshold=0.04, most=8))

    def recall(told: list[Found]) -> float:
        hits = [
            iou(boxes_of(row), each.boxes).max(initial=0, axis=1) > 0.4
            for row, each in zip(y["output"], told, strict=True)
        ]
        return float(np.mean(np.concatenate(hits)))

    assert recall(found) > recall([*found[1:], found[0]]) + 0.2


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(cli.main, [*map(str, arguments)])


def test_boxes_are_printed_as_text_rows_and_data_and_drawn(exported: Any, pictures: list[Path], tmp_path: Path) -> None:
    (tmp_path / "drawn").mkdir()
    lines = run("predict", exported.directory, *pictures, "--draw", tmp_path / "drawn").output.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [str(path) for path in pictures]
    data = json.loads(run("predict", exported.directory, *pictures, "--json").output)["predictions"]
    told = [each["outputs"]["output"]["boxes"] for each in data]
    rows = run("predict", exported.directory, *pictures, "--csv", "-").output.splitlines()
    assert rows[0] == "source,label,score,x_min,y_min,x_max,y_max"
    assert len(rows) == 1 + sum(map(len, told))
    for path, boxes in zip(pictures, told, strict=True):
        drawn = np.asarray(Image.open(tmp_path / "drawn" / path.name))
        assert drawn.shape == (320, 320, 3)
        coloured = (drawn.max(axis=-1).astype(int) - drawn.min(axis=-1) > 60).any()
        assert coloured == bool(boxes)
    again = run("predict", exported.directory, pictures[0], "--draw", tmp_path / "drawn")
    assert (again.exit_code, "is there already" in again.output) == (2, True)
    nowhere = run("predict", exported.directory, pictures[0], "--draw", tmp_path / "nowhere")
    assert (nowhere.exit_code, "is no directory" in nowhere.output) == (2, True)


def test_an_export_that_tells_other_boxes_is_refused(
    trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zoo.exports import questions
    from zoo.exports.box_questions import told_boxes

    def turned(*given: Any) -> Any:
        found = told_boxes(*given)
        return found | {"labels": found["labels"][..., ::-1]}

    monkeypatch.setattr(questions, "told_boxes", turned)
    with pytest.raises(zoo.ExportError, match="the export says"):
        zoo.export(trained.directory, tmp_path / "exported")


def test_what_is_not_trained_can_be_asked(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SHORT)
    report = zoo.export(tmp_path / "a.yaml", tmp_path / "exported", size=24, width=4)
    assert report.difference < 1e-5


def test_other_data_have_the_classes_of_the_training(trained: Any) -> None:
    with pytest.raises(UserError, match="digit_canvas lie at no path"):
        zoo.evaluate(trained.directory, data="other")
