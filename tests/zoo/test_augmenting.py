"""Augmentation: drawn from seed, epoch and batch alone, in training only, and the same in every order."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import specs
import zoo
from cli import main
from specs.document import Document
from specs.sections.augment import AUGMENTATIONS, ONLY_HERE, POLICIES, read
from specs.sections.train import Train
from zoo import augmentation
from zoo.augmenting import Augmenter
from zoo.backend import keras
from zoo.data.dataset import Array
from zoo.training import form_of

Spec = Callable[[str], Document]

AUGMENTED = """
name: augmented
params: {shift: 0.2}
input: {shape: [8, 8, 1]}
body:
  - Rescaling: {scale: $(1 / 255)}
  - Flatten
  - Dense: {units: 10, activation: softmax}
train:
  epochs: 1
  batch_size: 256
  augment:
    - ZeroPadding2D: {padding: 1}
    - RandomCrop: {height: 8, width: 8}
    - RandomTranslation: {height_factor: $shift, width_factor: 0.0, fill_mode: constant}
"""


def _images(count: int, size: int = 8, channels: int = 3) -> Array:
    random = np.random.default_rng(0)
    return random.integers(256, size=(count, size, size, channels)).astype(np.float32)


def _augmenter(*steps: Any, shape: tuple[int, int, int] = (8, 8, 3)) -> Augmenter:
    return Augmenter(read(steps), shape)


def _y(count: int) -> dict[str, Array]:
    return {"output": np.eye(10, dtype=np.float32)[np.arange(count) % 10]}


CIFAR = ({"ZeroPadding2D": {"padding": 2}}, {"RandomCrop": {"height": 8, "width": 8}}, "RandomFlip")
CHOSEN = {"RandAugment": {"num_ops": 1}}


@pytest.mark.parametrize("steps", [CIFAR, ("MixUp",), (CHOSEN, "RandomInvert")])
def test_a_batch_depends_on_seed_epoch_and_index_alone(steps: tuple[Any, ...]) -> None:
    x, y, augment = _images(12), _y(12), _augmenter(*steps)
    first, labels = augment(x, y, 1, 2, 3)
    others = [augment(x, y, *where)[0] for where in ((0, 2, 3), (1, 1, 3), (1, 2, 4))]
    assert not any(np.array_equal(first, other) for other in others)
    again, same = augment(x, y, 1, 2, 3)
    fresh, _ = _augmenter(*steps)(x, y, 1, 2, 3)
    np.testing.assert_array_equal(again, first)
    np.testing.assert_array_equal(fresh, first)
    np.testing.assert_array_equal(same["output"], labels["output"])


def test_it_works_in_another_thread_and_for_a_smaller_batch() -> None:
    augment, found = _augmenter(*CIFAR), []
    thread = threading.Thread(target=lambda: found.append(augment(_images(12), _y(12), 0, 0, 0)[0]))
    thread.start()
    thread.join()
    np.testing.assert_array_equal(found[0], augment(_images(12), _y(12), 0, 0, 0)[0])
    assert augment(_images(5), _y(5), 0, 0, 0)[0].shape == (5, 8, 8, 3)


def test_each_image_is_cropped_at_a_place_of_its_own() -> None:
    numbered = np.arange(100, dtype=np.float32).reshape(1, 10, 10, 1).repeat(64, axis=0)
    found, _ = _augmenter({"RandomCrop": {"height": 8, "width": 7}}, shape=(10, 10, 1))(numbered, _y(64), 0, 0, 0)
    corners = found[:, 0, 0, 0].astype(int)
    assert {(corner // 10, corner % 10) for corner in corners} == {(y, x) for y in range(3) for x in range(4)}
    for image, corner in zip(found[..., 0], corners, strict=True):
        top, left = divmod(int(corner), 10)
        np.testing.assert_array_equal(image, numbered[0, top : top + 8, left : left + 7, 0])


@pytest.mark.parametrize("op", ["MixUp", "CutMix"])
def test_labels_are_mixed_as_images_are(op: str) -> None:
    """Images that are one number each, their label: what is left of it in the image is its share of the label."""
    x = np.arange(10, dtype=np.float32)[:, None, None, None] * np.ones((1, 16, 16, 3), np.float32)
    found, y = _augmenter({op: {"alpha": 1.0} if op == "MixUp" else {}}, shape=(16, 16, 3))(x, _y(10), 0, 0, 0)
    np.testing.assert_allclose(y["output"].sum(axis=1), 1, atol=1e-5)
    expected = y["output"] @ np.arange(10)
    # CutMix cuts at pixels, and weighs by the area before it was cut there.
    np.testing.assert_allclose(found.mean(axis=(1, 2, 3)), expected, atol=1e-3 if op == "MixUp" else 1.5)
    assert ((y["output"] > 0.05) & (y["output"] < 0.95)).any()


def test_a_seed_of_its_own_and_the_range_of_values() -> None:
    x, y = _images(8), _y(8)
    augment = _augmenter({"RandomFlip": {"seed": 7}})
    np.testing.assert_array_equal(augment(x, y, 0, 0, 0)[0], augment(x, y, 5, 0, 0)[0])
    vivid, _ = _augmenter({"RandomSaturation": {"factor": (0.8, 0.8)}})(x, y, 0, 0, 0)
    assert vivid.min() >= 0
    assert vivid.max() <= 255


def test_equalization_is_that_of_keras() -> None:
    x = _images(4)
    x[..., 1] = x[..., 1].clip(40, 90)
    found, wanted = (np.asarray(layer()(x)) for layer in (augmentation.Equalization, keras.layers.Equalization))
    np.testing.assert_array_equal(found, wanted)
    assert not np.array_equal(found, x)


def test_tables_name_the_same_steps() -> None:
    assert augmentation.ONLY_HERE.keys() | set(POLICIES) == ONLY_HERE.keys()
    for name, model in ONLY_HERE.items():
        layer = getattr(keras.layers, name)
        for field in model.model_fields:
            default = getattr(layer(), field)
            ours = model.model_fields[field].default
            assert ours == (tuple(default) if isinstance(default, (list, tuple)) else default), (name, field)
    made = {name for name in dir(keras.layers) if name.startswith("Random") and name != "RandomCrop"}
    assert made <= {*AUGMENTATIONS}


def test_training_is_augmented_and_measuring_is_not(spec: Spec) -> None:
    document = spec(AUGMENTED)
    train = document.train
    assert isinstance(train, Train)
    plain = replace(document, train=train.model_copy(update={"augment": ()}))
    dataset = zoo.load_data(document)
    one, again, without = (zoo.fit(each, dataset) for each in (document, document, plain))
    assert one.history == again.history
    assert one.history[0]["loss"] != without.history[0]["loss"]
    assert form_of(specs.lower(document), train).augment is None
    assert [type(layer).__name__ for layer in one.model.layers] == ["InputLayer", "Rescaling", "Flatten", "Dense"]


def test_strength_can_be_a_param() -> None:
    weak, strong = (specs.loads(AUGMENTED, shift=shift).train for shift in (0.1, 0.4))
    assert weak is not None
    assert strong is not None
    assert [each.augment[2].args.height_factor for each in (weak, strong)] == [(-0.1, 0.1), (-0.4, 0.4)]


def test_a_contact_sheet_shows_images_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(AUGMENTED)
    found = CliRunner().invoke(main, ["show", str(tmp_path / "a.yaml"), "--augment", str(tmp_path / "a.png")])
    assert found.output.startswith(f"wrote {tmp_path}/a.png: 6 images")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (8 * 102 + 12, 18 + 6 * 102)
        cells = [picture.crop((left, 18, left + 96, 114)) for left in (6, 114, 216)]
    assert len({cell.tobytes() for cell in cells}) == 3
    wrong = CliRunner().invoke(main, ["show", "digits_mlp", "--augment", str(tmp_path / "b.png")])
    assert wrong.exit_code == 2
    assert "has no train.augment; the shortest is `augment: [RandomFlip]`" in wrong.output
    assert CliRunner().invoke(main, ["show", "digits_mlp", "--augment", "b.jpg"]).exit_code == 2
