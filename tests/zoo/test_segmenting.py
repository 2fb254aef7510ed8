"""Segmentation: pairs of images and masks, their loss, what moves them, and the masks that a model gives."""

import tarfile
from collections.abc import Callable
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
from specs.errors import DataError
from specs.sections.augment import read
from zoo.augmenting import Augmenter
from zoo.backend import keras
from zoo.contact_sheet import contact_sheet
from zoo.data import load_data
from zoo.data.dataset import Array
from zoo.mask_files import palette
from zoo.more_losses import DiceCrossentropy
from zoo.moving import Mask

SPEC = """
name: pairs
input: {{shape: [8, 8, 3]}}
body:
  - Rescaling: {{scale: $(1 / 255)}}
  - Conv2D: {{filters: {channels}, kernel_size: 1, activation: {activation}}}
train:
  data: {{image_masks: {{path: photos, classes: {classes}, {more}validation_split: 0.25, test_split: 0.25}}}}
  loss: {{DiceCrossentropy: {loss}}}
  metrics: [MeanIoU]
  epochs: 1
"""


def _document(folder: Path, classes: str = "[ground, cat, dog]", more: str = "", loss: str = "{}") -> Document:
    several = classes.count(",") > 1 or "ignore" in more
    count = classes.count(",") + 1 if several else 1
    text = SPEC.format(
        channels=count, activation="softmax" if several else "sigmoid", classes=classes, more=more, loss=loss
    )
    (folder / "spec.yaml").write_text(text, encoding="utf-8")
    return specs.load(folder / "spec.yaml")


def _pair(folder: Path, name: str, mask: Array, mode: str = "L", size: tuple[int, int] | None = None) -> None:
    for each in ("images", "masks"):
        (folder / "photos" / each).mkdir(parents=True, exist_ok=True)
    height, width = mask.shape
    pixels = np.repeat(mask[..., None] * 40, 3, axis=-1).astype(np.uint8)
    Image.fromarray(pixels).resize(size or (width, height)).save(folder / "photos" / "images" / f"{name}.jpg")
    made = Image.fromarray(mask.astype(np.uint8), mode)
    if mode == "P":
        made.putpalette(palette())
    made.save(folder / "photos" / "masks" / f"{name}.png")


def _some(folder: Path, top: int = 2, mode: str = "L") -> list[Array]:
    random, found = np.random.default_rng(0), []
    for number in range(8):
        # Squares of two pixels, so that halving the size keeps each of them.
        found.append(random.integers(0, top + 1, (8, 8)).repeat(2, axis=0).repeat(2, axis=1))
        _pair(folder, f"photo{number}", found[-1], mode)
    return found


@pytest.mark.parametrize("mode", ["L", "P"])
def test_masks_are_read_and_resized_to_the_nearest_pixel(tmp_path: Path, mode: str) -> None:
    masks = _some(tmp_path, mode=mode)
    data = load_data(_document(tmp_path))
    y = data.train.examples.y["output"]
    np.testing.assert_array_equal(y, np.stack(masks)[:, ::2, ::2])
    assert data.classes == {"output": ("ground", "cat", "dog")}
    assert data.train.all().x["input"].shape[1:] == (8, 8, 3)


def test_an_archive_gives_the_same(tmp_path: Path) -> None:
    _some(tmp_path)
    folder = load_data(_document(tmp_path))
    with tarfile.open(tmp_path / "photos.tar.gz", "w:gz") as archive:
        # Masks first, and under a folder of their own: pairs are found by their names.
        for name in ("masks", "images"):
            archive.add(tmp_path / "photos" / name, f"set/{name}")
    text = (tmp_path / "spec.yaml").read_text(encoding="utf-8")
    inside = "photos.tar.gz, images: set/images, masks: set/masks, "
    (tmp_path / "spec.yaml").write_text(text.replace("photos, ", inside), encoding="utf-8")
    assert load_data(specs.load(tmp_path / "spec.yaml")).fingerprint == folder.fingerprint


def test_of_two_classes_255_is_the_second_and_a_void_is_kept(tmp_path: Path) -> None:
    masks = _some(tmp_path, top=1)
    for number, mask in enumerate(masks):
        _pair(tmp_path, f"photo{number}", mask * 255)
    y = load_data(_document(tmp_path, "[ground, cat]")).train.examples.y["output"]
    np.testing.assert_array_equal(y, np.stack(masks)[:, ::2, ::2])
    with_void = _document(tmp_path, "[ground, cat]", "ignore: 255, ", "{ignore_class: 255}")
    np.testing.assert_array_equal(load_data(with_void).train.examples.y["output"], y * 255)


def _no_mask(folder: Path) -> None:
    (folder / "photos/masks/photo3.png").unlink()


def _no_image(folder: Path) -> None:
    (folder / "photos/images/photo3.jpg").unlink()


def _other_size(folder: Path) -> None:
    _pair(folder, "photo3", np.zeros((16, 16), np.uint8), size=(16, 12))


def _beyond(folder: Path) -> None:
    _pair(folder, "photo3", np.full((16, 16), 255))


def _damaged(folder: Path) -> None:
    for name in ("masks/photo3.png", "images/photo4.jpg"):
        (folder / "photos" / name).write_bytes(b"\x89PNG nothing")


def _coloured(folder: Path) -> None:
    Image.new("RGB", (16, 16)).save(folder / "photos/masks/photo3.png")


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        (_no_mask, ["1 of 8 images have no mask of the same name", "images/photo3.jpg"]),
        (_no_image, ["1 of 8 masks have no image of the same name", "masks/photo3.png"]),
        (_other_size, ["1 of 8 masks are not of their image's size", "masks/photo3.png is 16×16, its image is 16×12"]),
        (
            _beyond,
            ["masks/photo3.png: has the value 255, the classes are 0 to 2; if it is no class, write ignore: 255"],
        ),
        (_damaged, ["2 of 16 images and masks in", "photo3.png: is not a readable PNG", "photo4.jpg"]),
        (_coloured, ["masks/photo3.png: is RGB; a mask has class numbers"]),
    ],
)
def test_a_mistake_is_told_with_its_files(tmp_path: Path, mistake: Callable[[Path], None], told: list[str]) -> None:
    _some(tmp_path)
    mistake(tmp_path)
    with pytest.raises(DataError) as error:
        load_data(_document(tmp_path))
    for each in told:
        assert each in str(error.value)


def test_digits_on_a_canvas_are_on_those_of_one_part_only() -> None:
    document = specs.loads(DIGITS.format(canvases=200))
    data = load_data(document)
    x, y = data.train.examples.x["input"].take(np.arange(200)), data.train.examples.y["output"]
    assert x.shape == (200, 16, 16, 1)
    assert set(np.unique(y)) == set(range(11))
    assert ((x[..., 0] >= 64) == (y > 0)).all(), "ink is what is as strong as ink"
    own = [{_digits(x[at, ..., 0]) for at in part.positions} for part in (data.train, data.validation, data.test)]
    assert not own[0] & own[1]
    assert not own[0] & own[2]
    assert load_data(document).fingerprint == data.fingerprint


DIGITS = """
name: made
input: {{shape: [16, 16, 1]}}
body: [Conv2D: {{filters: 11, kernel_size: 1, activation: softmax}}]
train: {{data: {{digit_masks: {{canvases: {canvases}, size: 16, digits: 1}}}}, loss: DiceCrossentropy}}
"""


def _digits(canvas: Array) -> bytes:
    """The only digit of a canvas, wherever it lies and however large."""
    rows, columns = (np.flatnonzero(canvas.any(axis=axis)) for axis in (1, 0))
    cut = canvas[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return bytes(cut[:: 2 if np.array_equal(cut[::2].repeat(2, 0)[: len(cut)], cut) else 1].tobytes())


def _by_hand(y: Array, p: Array, weight: float, seen: Array) -> float:
    """Cross-entropy of the pixels that count, and Dice of each class that is there, in NumPy."""
    chosen = np.take_along_axis(p, np.where(seen, y, 0)[..., None], -1)[..., 0]
    entropy = -np.log(chosen[seen]).mean()
    scores = []
    for label in np.unique(y[seen]):
        truth, found = (y[seen] == label).astype(float), p[seen][:, label]
        scores.append(2 * (truth * found).sum() / (truth.sum() + found.sum()))
    return float(entropy + weight * (1 - np.mean(scores)))


def test_dice_crossentropy_is_what_its_formula_says() -> None:
    random = np.random.default_rng(0)
    logits, y = random.normal(size=(2, 5, 4, 3)).astype("float32"), random.integers(0, 2, (2, 5, 4))
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    y[0, 0] = 255
    seen = y != 255
    for given, from_logits in ((p, False), (logits, True)):
        loss = DiceCrossentropy(from_logits=from_logits, ignore_class=255, dice_weight=0.5)
        assert float(loss(y, given)) == pytest.approx(_by_hand(y, p, 0.5, seen), rel=1e-4)
    one, truth = 1 / (1 + np.exp(-logits[..., :1])), (y % 2)[..., None].astype("float32")
    dice = 2 * (one * truth).sum() / (one.sum() + truth.sum())
    entropy = -np.where(truth == 1, np.log(one), np.log(1 - one)).mean()
    assert float(DiceCrossentropy()(truth, one)) == pytest.approx(entropy + 1 - dice, rel=1e-4)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()


CONSTANT = {"fill_mode": "constant", "interpolation": "nearest"}
MOVED: list[Any] = [
    "RandomFlip",
    {"RandomTranslation": {"height_factor": 0.3, "width_factor": 0.3, **CONSTANT}},
    {"RandomRotation": {"factor": 0.25, **CONSTANT}},
    {"RandomZoom": {"height_factor": (0.2, 0.5), **CONSTANT}},
    {"RandomShear": {"x_factor": 0.4, **CONSTANT}},
    {"RandomPerspective": {"factor": 1.0, "scale": 0.5, "interpolation": "nearest"}},
    {"RandomCrop": {"height": 8, "width": 10}},
    {"CenterCrop": {"height": 8, "width": 10}},
    {"ZeroPadding2D": {"padding": 2}},
    {"Resizing": {"height": 24, "width": 32, "interpolation": "nearest"}},
]


@pytest.mark.parametrize("step", MOVED, ids=lambda step: step if isinstance(step, str) else next(iter(step)))
def test_a_mask_is_moved_as_its_image_is(step: Any) -> None:
    """An image that shows its own mask goes on showing it."""
    y = np.random.default_rng(0).integers(0, 2, (6, 4, 4)).repeat(3, axis=1).repeat(4, axis=2).astype(np.int32)
    vectors = np.eye(2, dtype=np.float32)[y]
    labels: dict[str, Array] = {
        "numbers": y,
        "vectors": vectors,
        "one": y[..., None].astype(np.float32),
        "whole": np.arange(6),
    }
    augment = Augmenter(read((step,)), (12, 16, 1), (Mask(), Mask(vectors=True), Mask(), None))
    found, moved = augment(y[..., None].astype(np.float32) * 100, labels, 0, 0, 0)
    shown = found[..., 0] / 100
    np.testing.assert_array_equal(moved["numbers"], shown)
    np.testing.assert_array_equal(moved["vectors"], np.eye(2)[shown.astype(int)])
    np.testing.assert_array_equal(moved["one"][..., 0], shown)
    np.testing.assert_array_equal(moved["whole"], np.arange(6))
    assert moved["numbers"].dtype == np.int32
    still = ("CenterCrop", "RandomCrop", "ZeroPadding2D", "Resizing")
    if isinstance(step, str) or next(iter(step)) not in still:
        assert not np.array_equal(moved["numbers"], y)


def test_colours_leave_masks_alone_and_what_is_uncovered_counts_for_nothing() -> None:
    y = np.ones((4, 8, 8), np.int32)
    x = np.full((4, 8, 8, 3), 100, np.float32)
    brighter, same = Augmenter(read((BRIGHTER,)), (8, 8, 3), (Mask(),))(x, {"y": y}, 0, 0, 0)
    assert not np.array_equal(brighter, x)
    np.testing.assert_array_equal(same["y"], y)
    for step in (ASIDE, {"ZeroPadding2D": {"padding": 1}}):
        found, moved = Augmenter(read((step,)), (8, 8, 3), (Mask(fill=255.0),))(x, {"y": y}, 0, 0, 0)
        np.testing.assert_array_equal(moved["y"] == 255, found[..., 0] == 0)
        assert set(np.unique(moved["y"])) == {1, 255}


BRIGHTER = {"RandomBrightness": {"factor": (0.2, 0.3)}}
ASIDE = {"RandomTranslation": {"height_factor": (0.5, 0.5), "width_factor": 0.0, **CONSTANT}}


def test_a_trained_model_writes_its_masks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From pairs of files to masks of the size of the images, by a run and by its export."""
    monkeypatch.chdir(tmp_path)
    masks = _some(tmp_path)
    document = _document(tmp_path)
    document = specs.loads(_with_rate(document), file=str(tmp_path / "spec.yaml"))
    run = zoo.train(document, tmp_path / "run")
    assert run.metrics["test"]["mean_iou"] > 0.9, run.metrics["test"]
    assert "mean_iou" in (tmp_path / "run/evaluation.json").read_text(encoding="utf-8")
    told = CliRunner().invoke(main, ["predict", "run", "photos/images", "--masks", "found"])
    assert told.exit_code == 0, told.output
    assert "photos/images/photo0.jpg: found/photo0.png, " in told.output
    with Image.open("found/photo0.png") as image:
        assert (image.mode, image.size) == ("P", (16, 16))
        assert np.mean(np.asarray(image) == masks[0]) > 0.9
        assert image.getpalette()[:6] == [0, 0, 0, 128, 0, 0]  # type: ignore[index]
    plain = CliRunner().invoke(main, ["predict", "run", "photos/images/photo0.jpg"])
    assert plain.exit_code == 2
    assert "--masks FOLDER" in plain.output


def _with_rate(document: Document) -> str:
    text = Path(document.file).read_text(encoding="utf-8")
    return text.replace("epochs: 1", "epochs: 20\n  batch_size: 1\n  optimizer: {Adam: {learning_rate: 0.2}}")


def test_the_contact_sheet_shows_masks_below_their_images(tmp_path: Path) -> None:
    text = DIGITS.format(canvases=20).replace("loss: Dice", "augment: [RandomFlip], loss: Dice")
    told = contact_sheet(specs.loads(text), tmp_path / "sheet.png")
    assert "6 images" in told
    with Image.open(tmp_path / "sheet.png") as image:
        colours = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert (colours.max(axis=1) != colours.min(axis=1)).any(), "images are grey, masks are not"


def test_the_shipped_unet_learns_where_the_digits_are() -> None:
    text = "name: small\nextends: digits_unet\nparams: {classes: 1, width: 4, size: 16, learning_rate: 1e-2}"
    document = specs.loads(f"{text}\ntrain: {{data: {{digit_masks: {{canvases: 400, size: 16, tells: ink}}}}}}")
    fitted = zoo.fit(document, load_data(document), epochs=4)
    assert fitted.history[-1]["val_mean_iou"] > 0.8, fitted.history
