"""A trained model looked at: figures with a known truth, and the page of `zoo evaluate --html`."""

import base64
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.decomposition import PCA

import specs
import zoo
from cli import main
from zoo.backend import keras
from zoo.data.dataset import Examples, InMemory, Part
from zoo.inspecting.calibration import calibration
from zoo.inspecting.features import first_filters, projected
from zoo.inspecting.looking_at import grad_cam, last_feature_map, maps_of
from zoo.inspecting.mistakes import Asked, images_of, looks_section, mistakes_section, texts_of
from zoo.inspecting.overfitting import overfitting_from

CONV = """
name: small_conv
input: {shape: [8, 8, 1]}
body:
  - Rescaling: {scale: $(1 / 255)}
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - GlobalAveragePooling2D
  - Dense: {units: 10, activation: softmax}
train: {data: digits, epochs: 1, optimizer: {Adam: {learning_rate: 0.01}}}
"""


@pytest.fixture(scope="module")
def conv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("conv")
    return zoo.train(specs.loads(CONV, file=str(folder / "conv.yaml")), out=folder / "run").directory


def test_the_calibration_error_of_answers_made_to_be_too_sure() -> None:
    """Each answer claims 0.9, 7 of 10 are right; and answers that are right as often as they claim."""
    random = np.random.default_rng(0)
    right = random.random(200_000) < 0.7
    claimed = np.tile([0.9, 0.1], (200_000, 1))
    assert calibration(claimed, np.where(right, 0, 1)).error == pytest.approx(0.2, abs=0.005)
    sure = random.uniform(0.5, 1, 200_000)
    honest = np.stack([sure, 1 - sure], axis=1)
    found = calibration(honest, np.where(random.random(200_000) < sure, 0, 1))
    assert found.error < 0.005
    assert sum(found.count) == 200_000
    full = np.array(found.count) > 0
    assert np.allclose(np.array(found.confidence)[full], np.array(found.accuracy)[full], atol=0.02)


def test_grad_cam_is_what_a_hand_computes() -> None:
    """A 1×1 convolution makes maps x and 2 - x; class 1 gets 3 · mean(first) - mean(second)."""
    inputs = keras.Input((2, 2, 1))
    maps = keras.layers.Conv2D(2, 1, name="maps")(inputs)
    scores = keras.layers.Dense(2, name="scores")(keras.layers.GlobalAveragePooling2D()(maps))
    model = keras.Model(inputs, scores)
    model.get_layer("maps").set_weights([np.array([[[[1.0, -1.0]]]]), np.array([0.0, 2.0])])
    model.get_layer("scores").set_weights([np.array([[0.0, 3.0], [1.0, -1.0]]), np.zeros(2)])
    model.trainable = False
    images = np.array([[[[0.0], [1.0]], [[2.0], [0.25]]]], np.float32)
    # Of class 1 the mean gradients are 3/4 and -1/4 by map: 3/4 x - 1/4 (2 - x) = x - 1/2, and below 0 nothing.
    expected = np.array([[0.0, 0.5], [1.5, 0.0]]) / 1.5
    assert np.allclose(maps_of(model, "maps", "scores", images, np.array([1]))[0], expected, atol=1e-6)
    # Class 0 gets mean(second) / 1 alone: 2 - x, over 4 places.
    assert np.allclose(maps_of(model, "maps", "scores", images, np.array([0]))[0], (2 - images[0, ..., 0]) / 2)


def test_grad_cam_of_a_run_looks_at_the_scores_before_the_softmax(conv: Path) -> None:
    from zoo.finished import read_finished

    finished = read_finished(conv)
    node = last_feature_map(finished.graph, "output")
    assert node is not None
    assert node.op == "Conv2D"
    model, images = finished.model(), zoo.load_data(finished.document).test.all().x["input"][:5].astype(np.float32)
    found = grad_cam(finished, "output", images, np.arange(5))
    features = np.asarray(keras.Model(model.input, model.get_layer(node.name).output)(images))
    # Behind the map stand a mean over its places and a linear layer: the weights by channel are that layer's.
    kernel = model.layers[-1].get_weights()[0]
    raw = np.maximum(np.einsum("nhwc,cn->nhw", features, kernel[:, :5]), 0)
    assert found is not None
    assert np.allclose(found, raw / np.maximum(raw.max(axis=(1, 2), keepdims=True), 1e-12), atol=1e-5)


def test_features_are_projected_as_scikit_learn_does() -> None:
    features = np.random.default_rng(1).normal(size=(50, 6)) @ np.diag([5, 3, 1, 1, 1, 1])
    found, known = projected(features), PCA(2)
    points = known.fit_transform(features)
    assert found is not None
    assert np.allclose(found.shares, known.explained_variance_ratio_)
    assert np.allclose(np.abs(found.points), np.abs(points))
    assert projected(np.ones((9, 4))) is None


@pytest.mark.parametrize(
    ("training", "validation", "expected"),
    [
        ([4, 3, 2, 1, 0.5, 0.3], [4, 3, 3.2, 3.4, 3.6, 4], 1),
        ([4, 3, 2, 1, 0.5, 0.3], [4, 3, 2, 2, 2, 2.01], None),  # no worse
        ([4, 3, 2, 3, 4, 5], [4, 3, 2, 3, 4, 5], None),  # training went wrong as well
        ([4, 3, 2, 1, 0.5, 0.3], [6, 5, 4, 3, 2, 4], None),  # a single epoch
        ([4, 3, 2, 1], [1, None, 3, 4], 0),
        ([4, None], [None, None], None),
    ],
)
def test_overfitting_begins_after_the_lowest_loss(
    training: list[float | None], validation: list[float | None], expected: int | None
) -> None:
    history = [{"loss": a, "val_loss": b} for a, b in zip(training, validation, strict=True)]
    assert overfitting_from(history) == expected


def test_images_are_shown_in_their_range_and_texts_shortened() -> None:
    def part(rows: object) -> Part:
        array = np.array(rows)
        return Part(Examples({"input": InMemory(array)}, {"output": np.zeros(len(array))}), np.arange(len(array)))

    pixels = np.array([0.0, 0.5, 1.0, 0.0]).reshape(1, 2, 2, 1)
    for scaled in (pixels, 255 * pixels, 2 * pixels - 1):
        shown = images_of(part(scaled), [0])
        assert shown is not None
        assert shown.ravel().tolist() == [0.0, 127.5, 255.0, 0.0]
    assert images_of(part(np.zeros((3, 4))), [0]) is None
    assert texts_of(part(["a", "b" * 300]), [1]) == ["b" * 200 + " …"]


def test_mistakes_of_texts_stand_in_a_table() -> None:
    texts = np.array(["<i>dull</i>", "fine", "great"], object)
    part = Part(Examples({"input": InMemory(texts)}, {"output": np.array([0, 1, 1])}), np.arange(3))
    given = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
    nothing: Any = None  # of texts neither model nor batches are asked
    asked = Asked(nothing, "output", part, nothing, ("bad", "good"), given, np.array([0, 1, 1]))
    (found,) = mistakes_section(asked)
    assert "2 of 3 examples were taken for another class" in found
    rows = re.findall(r"<tr>(.*?)</tr>", found)
    assert re.findall(r"<td>(.*?)</td>", rows[1]) == ["1", "good", "bad", "80.0%", "20.0%", "fine"]
    assert list(looks_section(asked)) == []
    (found,) = mistakes_section(replace(asked, probabilities=1 - given))
    assert "&lt;i&gt;dull" in found


def test_the_page_of_a_classifier_of_images_has_all_of_it(conv: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = CliRunner().invoke(main, ["evaluate", str(conv), "--html", str(page)])
    assert done.exit_code == 0, done.output
    text = page.read_text()
    titles = re.findall(r"<h2>(.*?)</h2>", text)
    assert titles == [
        "Learning curves", "The worst mistakes", "What is taken for what", "As sure as right?",
        "What it looks at", "What the last layer sees", "What the first convolution looks for",
    ]  # fmt: skip
    mistakes, looked = (text.split(f"<h2>{title}</h2>")[1].split("<h2>")[0] for title in (titles[1], titles[4]))
    assert mistakes.count("<figure>") == mistakes.count('alt="what spoke for') == 18
    labels = re.findall("<b>(.)</b>", looked)
    assert labels == sorted(set(labels))
    assert "taken for" not in looked
    assert text.count('alt="filter ') == 4
    assert all("alt=" in each for each in re.findall(r"<img[^>]*>", text))
    # Everything is in the file: whatever is loaded is a data: address.
    assert re.findall(r'(?:src|srcset|href)="(?!data:)', text) == []
    assert len(text) < 5e6
    drawn = "".join(base64.b64decode(each).decode() for each in re.findall(r"svg\+xml;base64,([^\"]+)", text))
    assert "best epoch" in drawn
    assert "as sure as right" in drawn


def test_what_says_nothing_of_a_model_is_left_out(run: zoo.Run, tmp_path: Path) -> None:
    """A dense net has no feature map and no filters; `evaluate` gives the same as without a page."""
    found = zoo.evaluate(run.directory, html=tmp_path / "page.html")
    assert found == zoo.evaluate(run.directory)
    text = (tmp_path / "page.html").read_text()
    assert "Grad-CAM" not in text
    assert "first convolution" not in text
    assert "The worst mistakes" in text
    assert first_filters(run.fit.model, specs.lower(specs.load(run.directory / "spec.yaml"))) is None


def test_a_page_that_cannot_be_written_is_said_before_the_work(run: zoo.Run, tmp_path: Path) -> None:
    with pytest.raises(specs.UserError, match=r"page\.txt: the page is an \.html; name it so"):
        zoo.evaluate(run.directory, html=tmp_path / "page.txt")
    with pytest.raises(specs.UserError, match="cannot be written"):
        zoo.evaluate(run.directory, html=tmp_path / "nowhere" / "page.html")
