"""Regions of images as data, and a model that knows regions asked about images. The truth is that of made canvases."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

import specs
from cli import main
from specs.document import Document
from specs.errors import UserError
from specs.sections.export import Detections
from specs.sections.judging import LossChoice
from zoo.backend import keras
from zoo.data import Dataset, load_data
from zoo.data.boxes import boxes_of, iou
from zoo.data.loading import folds_of
from zoo.data.regions import Crops, crop
from zoo.detecting.proposing import proposed
from zoo.detecting.region_wise import region_wise
from zoo.detecting.shifting import shifted, shifts
from zoo.judging import keras_loss

pytest.importorskip("cv2", reason="opencv-contrib-python-headless is not installed")

SPEC = """
name: regions
input: {shape: [12, 12, 1]}
body:
  - Flatten
  - {Dense: {units: 11, activation: softmax}, name: kind}
  - {Dense: {units: 4}, from: flatten1, name: move}
outputs: {kind: {from: kind}, move: {from: move, loss: BoxRegression}}
train:
  data: {regions: {of: {digit_canvas: {size: 48, examples: 16, most: 3}}, size: 96, k: 20, per_image: 10, seed: 3}}
  epochs: 1
export: {detections: {score_threshold: 0}}
"""


@pytest.fixture(scope="module")
def document() -> Document:
    return specs.loads(SPEC, "regions.yaml")


@pytest.fixture(scope="module")
def data(document: Document) -> Dataset:
    return load_data(document)


def rows(data: Dataset) -> Crops:
    found = data.train.examples.x["input"]
    assert isinstance(found, Crops)
    return found


def test_a_region_is_of_the_class_of_the_box_that_it_overlaps(data: Dataset) -> None:
    crops, y = rows(data), data.train.examples.y
    assert data.classes == {"kind": (*map(str, range(10)), "background")}
    objects = 0
    for at, area, label, move in zip(crops.at, crops.regions, y["kind"], y["move"], strict=True):
        truth = boxes_of(crops.truth[at])
        overlap = iou(area[np.newaxis], truth)[0]
        if label == 10:
            assert overlap.max() < 0.3
            assert np.isnan(move).all()
        else:
            objects += 1
            best = truth[overlap.argmax()]
            assert overlap.max() >= 0.5
            assert label == best[4]
            np.testing.assert_allclose(shifted(area[np.newaxis], move[np.newaxis])[0], best[:4], atol=1e-5)
    assert 0 < objects < len(y["kind"])
    assert np.bincount(crops.at).max() <= 10


def test_regions_of_one_image_are_in_one_part(document: Document, data: Dataset) -> None:
    images = [{*rows(data).at[part.positions].tolist()} for part in (data.train, data.validation, data.test)]
    assert sum(map(len, images)) == len(set.union(*images)) == 16
    assert images[2] == {13, 14, 15}  # the canvases that are made of digits of their own
    for fold in folds_of(data, 3, seed=0):
        train, validation = ({*rows(data).at[part.positions].tolist()} for part in (fold.train, fold.validation))
        assert not train & validation
        assert len(train | validation) == 13
    assert load_data(document).fingerprint == data.fingerprint
    other = specs.loads(SPEC.replace("seed: 3", "seed: 4"), "regions.yaml")
    assert load_data(other).fingerprint != data.fingerprint


def test_a_region_is_cut_out_and_resized() -> None:
    image = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    part = np.array([0.25, 0.5, 0.75, 1.0], np.float32)
    np.testing.assert_array_equal(crop(image, part, (4, 4, 1), 0.0), image[4:8, 2:6])
    # Half of its size is shown at each side, below it as far as the image goes.
    np.testing.assert_array_equal(crop(image, part, (6, 8, 1), 0.5), image[2:8, 0:8])


def test_equal_images_have_equal_regions(data: Dataset) -> None:
    (image,) = rows(data).images.take(np.array([0]))
    first = proposed(image, 20, 100)
    np.testing.assert_array_equal(first, proposed(image.copy(), 20, 100))
    assert len(np.unique(first, axis=0)) == len(first)
    areas = np.prod(first[:, 2:] - first[:, :2], axis=1)
    assert (np.diff(areas) <= 1e-6).all()
    np.testing.assert_array_equal(proposed(image, 20, 3), first[:3])


def smooth_l1(target: NDArray[np.float32], output: NDArray[np.float32], beta: float) -> float:
    """Fast R-CNN's equations 2 and 3, number by number."""
    total = 0.0
    for wanted, told in zip(target, output, strict=True):
        for one, other in zip(wanted.tolist(), told.tolist(), strict=True):
            off = abs(one - other)
            total += 0.0 if np.isnan(one) else off - beta / 2 if off >= beta else off**2 / (2 * beta)
    return total / len(target)


@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_the_loss_is_that_of_the_paper_for_objects_alone(beta: float) -> None:
    random = np.random.default_rng(0)
    target, output = (random.normal(0, 2, (9, 4)).astype(np.float32) for _ in range(2))
    target[::3] = np.nan
    loss = keras_loss(LossChoice.model_validate({"BoxRegression": {"beta": beta}}))
    assert float(loss(target, output)) == pytest.approx(smooth_l1(target, output, beta), rel=1e-5)


def test_what_is_no_object_passes_no_gradient() -> None:
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(4)])
    model.compile(keras.optimizers.SGD(0.1), keras_loss(LossChoice.model_validate("BoxRegression")))
    before = model.get_weights()
    model.fit(np.ones((3, 2)), np.full((3, 4), np.nan), verbose=0)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_without_opencv_the_command_that_installs_it_is_told(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install 'speczoo\[detection\]'"):
        load_data(document)


def test_a_model_that_knows_regions_is_asked_about_images(document: Document, data: Dataset) -> None:
    """One that knows the truth gives the boxes, whatever else selective search proposes."""
    asked = region_wise(specs.lower(document), document.train)
    assert asked is not None
    assert asked.image == (96, 96, 1)
    crops = rows(data)
    for number in range(4):
        (image,) = crops.images.take(np.array([number]))
        truth = boxes_of(crops.truth[number])
        areas = proposed(image, 20, 500)
        overlap = iou(areas, truth)

        def ask(x: dict[str, Any], overlap: Any = overlap, areas: Any = areas, truth: Any = truth) -> dict[str, Any]:
            assert x["input"].shape == (len(areas), 12, 12, 1)
            near, which = overlap.max(axis=1) >= 0.5, overlap.argmax(axis=1)
            kind = np.where(near, truth[which, 4], 10).astype(int)
            return {"kind": np.eye(11)[kind], "move": shifts(areas, truth[which])}

        found = asked.found_in(image, ask, Detections())
        order = np.lexsort(truth[:, :2].T)
        again = np.lexsort(found.boxes[:, :2].round(4).T)
        np.testing.assert_allclose(found.boxes[again], truth[order, :4], atol=1e-4)
        np.testing.assert_array_equal(found.classes[again], truth[order, 4])


def test_a_run_is_judged_by_whole_images_and_tells_their_boxes(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC)
    run = tmp_path / "run"
    done = CliRunner().invoke(main, ["train", str(spec), "--out", str(run)])
    assert done.exit_code == 0, done.output
    test = json.loads((run / "metrics.json").read_text())["test"]
    assert {"loss", "accuracy", "map", "map_50"} <= test.keys()
    (image,) = rows(load_data(specs.loads(SPEC, "regions.yaml"))).images.take(np.array([0]))
    Image.fromarray(image[..., 0]).save(tmp_path / "digits.png")
    done = CliRunner().invoke(main, ["predict", str(run), str(tmp_path / "digits.png"), "--json"])
    assert done.exit_code == 0, done.output
    (told,) = json.loads(done.stdout)["predictions"]
    boxes = told["outputs"]["kind"]["boxes"]
    assert boxes
    assert all(each["label"] in "0123456789" for each in boxes)
    assert all(0 <= side <= 1 for each in boxes for side in each["box"])


def test_where_all_is_background_nothing_is_found(document: Document) -> None:
    asked = region_wise(specs.lower(document), document.train)
    assert asked is not None

    def ask(x: dict[str, Any]) -> dict[str, Any]:
        count = len(x["input"])
        return {"kind": np.tile(np.eye(11)[10], (count, 1)), "move": np.zeros((count, 4))}

    assert len(asked.found_in(np.zeros((96, 96, 1), np.uint8), ask, Detections()).boxes) == 0
