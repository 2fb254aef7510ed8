"""The middle of a variational autoencoder: what is drawn, what is lost, and what passes in inference."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import specs
import zoo
from cli import main
from specs.errors import UserError
from zoo.backend import keras

SPEC = """
name: drawn
inputs: {mean: {shape: [5]}, log_variance: {shape: [5]}}
body:
  - {GaussianSampling: {kl_weight: 0.5, seed: 3}, from: [mean, log_variance], name: z}
"""


def asked(count: int) -> dict[str, Any]:
    random = np.random.default_rng(0)
    names = ("mean", "log_variance")
    return {name: random.normal(size=(count, 5)).astype(np.float32) for name in names}


def test_the_loss_is_the_divergence_from_the_standard_normal_distribution() -> None:
    model, x = zoo.build(specs.loads(SPEC)), asked(7)
    model(x, training=True)
    mean, log_variance = x["mean"].astype(float), x["log_variance"].astype(float)
    expected = sum(0.5 * (np.exp(s) + m * m - 1 - s) for m, s in zip(mean.ravel(), log_variance.ravel(), strict=True))
    (loss,) = model.losses
    assert float(loss) == pytest.approx(0.5 * expected / 7, rel=1e-5)


def test_draws_have_the_mean_and_the_variance_that_they_were_given() -> None:
    model = zoo.build(specs.loads(SPEC))
    one = {name: np.repeat(value, 20_000, axis=0) for name, value in asked(1).items()}
    found = np.asarray(model(one, training=True))
    np.testing.assert_allclose(found.mean(axis=0), one["mean"][0], atol=0.05)
    np.testing.assert_allclose(found.std(axis=0), np.exp(one["log_variance"][0] / 2), rtol=0.03)


def test_the_mean_passes_in_inference(tmp_path: Path) -> None:
    model, x = zoo.build(specs.loads(SPEC)), asked(3)
    np.testing.assert_array_equal(model.predict(x, verbose=0), x["mean"])
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras").predict(x, verbose=0), x["mean"])


def test_a_run_makes_examples_that_training_reads(tmp_path: Path) -> None:
    spec = tmp_path / "vae.yaml"
    spec.write_text("name: vae\nextends: digits_vae\nparams: {units: 16, epochs: 2}\n")
    done = CliRunner().invoke(main, ["train", str(spec), "--out", str(tmp_path / "run")])
    assert done.exit_code == 0, done.output
    out = tmp_path / "made.npz"
    asked = ["generate", str(tmp_path / "run"), "--out", str(out), "--examples", "40", "--json"]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"out": str(out), "shape": [40, 8, 8, 1], "classes": []}
    x = np.load(out)["x"]
    assert 0 <= x.min() < 60 < x.max() <= 255  # pixels, as the model takes them
    np.testing.assert_array_equal(zoo.generate(tmp_path / "run", tmp_path / "again.npz", 40).x, x)
    assert (zoo.generate(tmp_path / "run", tmp_path / "other.npz", 40, seed=1).x != x).any()
    done = CliRunner().invoke(main, asked)
    assert (done.exit_code, "is there already" in done.stderr) == (2, True)
    spec.write_text("name: vae\nextends: digits_vae\nparams: {epochs: 1}\ntrain: {data: {npz: {path: made.npz}}}\n")
    document = specs.load(spec)
    assert len(zoo.load_data(document).train) == 26


def test_other_runs_make_none(tmp_path: Path) -> None:
    spec = tmp_path / "mlp.yaml"
    spec.write_text("name: mlp\nextends: digits_mlp\nparams: {units: 4}\ntrain: {epochs: 1}\n")
    run = zoo.train(specs.load(spec), tmp_path / "run")
    with pytest.raises(UserError, match=r"one GaussianSampling \(got 0\)"):
        zoo.generate(run.directory, tmp_path / "made.npz")
    assert not (tmp_path / "made.npz").exists()
