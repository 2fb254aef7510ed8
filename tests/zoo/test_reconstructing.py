"""Autoencoders: what an output reconstructs is computed from the inputs of the batch, and labels are not needed."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import specs
import zoo
from specs.errors import DataError
from zoo.data import load_data
from zoo.training import form_of, training_form

DENSE = """
name: small
input: {{shape: [4, 4, 1]}}
body:
  - {{Rescaling: {{scale: $(1 / 255)}}, name: scaled}}
  - {{GaussianNoise: {{stddev: 1.0}}, name: noisy}}
  - Flatten
  - {{Dense: {{units: 16}}, name: drawn}}
  - {{Reshape: {{target_shape: [4, 4, 1]}}, name: pixels}}
outputs:
  pixels: {{from: pixels, reconstructs: scaled}}
train:
  data: {data}
  loss: {loss}
  epochs: 2
{more}
"""


def document(data: str, loss: str = "MeanSquaredError", more: str = "") -> specs.Document:
    return specs.loads(DENSE.format(data=data, loss=loss, more=more))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Forty images in one folder, of no class."""
    random = np.random.default_rng(0)
    for number in range(40):
        pixels = random.integers(0, 256, (4, 4), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return tmp_path


def test_the_target_is_clean_and_follows_augmentation(images: Path) -> None:
    plain = document(f"{{image_folder: {{path: {images}}}}}")
    part = load_data(plain).train
    x, y = part.take(np.arange(8))
    assert y == {}
    inputs, target = form_of(specs.lower(plain), plain.train)(x, y, 0, 0, 0)  # type: ignore[arg-type]
    np.testing.assert_allclose(target, inputs / 255, rtol=1e-6)
    flipped = document(f"{{image_folder: {{path: {images}}}}}", more="  augment: [RandomFlip]")
    form = training_form(specs.lower(flipped), flipped.train, load_data(flipped))  # type: ignore[arg-type]
    changed, target = form(dict(x), {}, 0, 0, 0)
    assert np.abs(changed - x["input"]).max() > 1
    np.testing.assert_allclose(target, changed / 255, rtol=1e-6)


def test_arrays_and_tables_need_no_labels(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1))
    np.savez(tmp_path / "x.npz", x=x)
    assert len(load_data(document(f"{{npz: {{path: {tmp_path / 'x.npz'}}}}}")).train) == 26
    with (tmp_path / "x.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["a", "b", "kind"], *([each, each / 2, "dog"] for each in range(40))])
    text = (
        "name: t\ninput: {shape: [2]}\nbody: [Dense: {units: 2}]\noutputs: {out: {from: dense1, reconstructs: input}}\n"
    )
    for named in ("target: kind", "inputs: [a, b]"):
        table = f"train: {{loss: MeanSquaredError, data: {{csv: {{path: {tmp_path / 'x.csv'}, {named}}}}}}}\n"
        assert load_data(specs.loads(text + table)).train.take(np.arange(1)).x["input"].shape == (1, 2)


def test_values_beyond_what_a_loss_compares_with_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.full((40, 4, 4, 1), 1000))
    with pytest.raises(DataError, match="BinaryCrossentropy takes labels from 0 to 1; the data has"):
        zoo.train(document(f"{{npz: {{path: {tmp_path / 'x.npz'}}}}}", "BinaryCrossentropy"), tmp_path / "run")


def test_a_trained_autoencoder_is_evaluated_asked_and_exported(tmp_path: Path) -> None:
    run = zoo.train("digits_autoencoder", tmp_path / "run", epochs=3)
    losses = [epoch["val_mae"] for epoch in run.fit.history]
    assert losses[-1] < losses[0] < 0.5
    found = zoo.evaluate(tmp_path / "run")
    assert found.metrics == pytest.approx(run.metrics["test"], rel=1e-5) and found.classes == ()
    report = zoo.export(tmp_path / "run", tmp_path / "export")
    np.save(tmp_path / "digit.npy", np.full((8, 8, 1), 255, np.float32))
    (asked,), (served,) = (zoo.predict(each, [tmp_path / "digit.npy"]) for each in (tmp_path / "run", report.directory))
    assert len(asked.outputs["pixels"].values) == 64
    assert served.outputs["pixels"].values == pytest.approx(asked.outputs["pixels"].values, abs=1e-5)
