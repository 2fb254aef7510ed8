"""A quantised LiteRT file is smaller, and as near to the model as it was promised, or is not there."""

import json
from pathlib import Path

import numpy as np
import pytest

import specs
import zoo
from specs.errors import UserError
from zoo.exports import quantizing

NET = """
name: small
input: {shape: [8, 8, 1]}
body:
  - conv: {filters: 16, kernel_size: 3}
  - conv: {filters: 32, kernel_size: 3}
  - Flatten
  - Dense: {units: 64, activation: relu}
  - Dense: {units: 10, activation: softmax}
train: {data: digits, epochs: 3, batch_size: 32}
"""


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quantizing")
    return zoo.train(specs.loads(NET, file=str(folder / "small.yaml")), out=folder / "run").directory


@pytest.mark.parametrize(("how", "bytes_a_weight"), [("float16", 2), ("dynamic", 1), ("int8", 1)])
def test_what_each_way_costs(how: str, bytes_a_weight: int, small_run: Path, tmp_path: Path) -> None:
    done = zoo.export(small_run, tmp_path / "out", formats=["litert"], quantize=how)
    found, allowed = done.quantized, quantizing.QUANTIZATIONS[how]
    assert found is not None
    print(found)
    assert (found.how, found.examples) == (how, "64 examples of the test part")
    assert 0 < found.difference <= allowed.tolerance
    assert found.agreement is not None
    assert found.agreement >= allowed.agreement
    weights = 144 + 4608 + 512 * 64 + 640
    size = (done.directory / "model.tflite").stat().st_size
    assert bytes_a_weight * weights < size < (bytes_a_weight + 1) * weights
    assert json.loads((done.directory / "speczoo.json").read_text())["quantized"] == how
    assert zoo.verify_export(done.directory).difference is None


def test_int8_sees_training_examples_in_the_order_of_a_seed(small_run: Path) -> None:
    origin = zoo.finished.read_finished(small_run)
    x = quantizing.calibration_examples(origin)["input"]
    np.testing.assert_array_equal(x, quantizing.calibration_examples(origin)["input"])
    train = zoo.data.load_data(origin.document).train.all().x["input"]
    assert len(x) == quantizing.CALIBRATION
    assert {each.tobytes() for each in x} <= {each.tobytes() for each in train}


def test_one_that_is_off_too_far_is_refused(small_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for strict, message in (((1e-9, 0.0), "off by .* of the largest value"), ((1.0, 1.1), "of another class for 0.*%")):
        monkeypatch.setitem(quantizing.QUANTIZATIONS, "dynamic", quantizing.Quantization(*strict))
        with pytest.raises(zoo.ExportError, match=f"litert: the model quantised to dynamic is {message}"):
            zoo.export(small_run, tmp_path / "out", formats=["litert"], quantize="dynamic")
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("how", "formats", "message"),
    [
        ("int4", ["litert"], r"--quantize: there is no such way \(got int4\); there are float16, dynamic, int8"),
        ("int8", ["saved_model"], "LiteRT alone is quantised; add --format saved_model,litert"),
        ("int8", ["litert"], "small: int8 is calibrated on training data, and the spec names none; give the spec"),
    ],
)
def test_what_cannot_be_quantised_is_told(how: str, formats: list[str], message: str, tmp_path: Path) -> None:
    document = specs.loads(NET.partition("train:")[0], file=str(tmp_path / "small.yaml"))
    with pytest.raises(UserError, match=message):
        zoo.export(document, tmp_path / "out", formats=formats, quantize=how)
