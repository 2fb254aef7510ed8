"""What an export is asked as it lies in files and tables, it answers as `zoo predict` does."""

import contextlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import specs
import zoo
from specs.errors import RunError
from specs.sections.export import Export
from zoo import printing
from zoo.backend import keras, tensorflow
from zoo.exports import exporting, signatures, warming
from zoo.exports.decoding import decoded
from zoo.exports.program import write_program
from zoo.exports.ways import Ways, ways_of
from zoo.finished import Finished, read_run
from zoo.voting import Voting

PHOTOS = """
name: photos
input: {shape: [6, 5, 3]}
body:
  - Rescaling: {scale: $(1 / 255)}
  - conv: {filters: 3, kernel_size: 3}
    name: stem
  - {GlobalAveragePooling2D: , name: pool}
  - Dense: {units: 1, activation: sigmoid}
train:
  data: {image_folder: {path: photos}}
  loss: BinaryCrossentropy
  precision: mixed_float16
  epochs: 1
export: {signatures: [from_bytes], features: [stem, pool]}
"""

PEOPLE = """
name: people
inputs:
  numbers: {shape: [2]}
  count: {shape: [], dtype: int32}
  words: {shape: [2], dtype: string}
  plain: {shape: [1]}
body:
  - {FillMissing: , name: filled, from: numbers}
  - {Embedding: {input_dim: 300, output_dim: 2}, name: kind, from: count}
  - {StringLookup: {vocabulary: [a, b, "?"], output_mode: multi_hot}, name: seen, from: words}
  - {Concatenate: , from: [filled, kind, seen, plain]}
  - Dense: {units: 3, activation: softmax}
train:
  data:
    csv:
      path: people.csv
      target: kind
      missing: ["", "none"]
      inputs: {numbers: [Age, "gain (USD)"], count: [class], words: [age, größe], plain: [x/y]}
export: {signatures: [from_columns]}
"""

REVIEWS = """
name: reviews
input: {shape: [], dtype: string}
body:
  - TextVectorization: {vocabulary: [good, bad, film], output_sequence_length: 4}
  - Embedding: {input_dim: 5, output_dim: 3}
  - {GlobalAveragePooling1D: , name: mean}
  - {Dense: {units: 2, activation: softmax}, name: praise}
  - {Dense: {units: 3, activation: softmax}, name: mood, from: mean}
outputs: {praise: praise, mood: mood}
export: {signatures: [from_text]}
"""


def _png(pixels: NDArray[Any], mode: str | None = None, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> zoo.Run:
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for index in range(24):
        path = folder / "photos" / ("cat" if index % 2 else "dog") / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_png(random.integers(0, 128 + 127 * (index % 2), (9, 7, 3), np.uint8)))
    return zoo.train(specs.loads(PHOTOS, file=str(folder / "photos.yaml")), out=folder / "run")


@pytest.fixture(scope="module")
def asked_by_bytes(photos: zoo.Run, tmp_path_factory: pytest.TempPathFactory) -> zoo.ExportReport:
    """Moved after it was written: what lies in it is found from wherever it is."""
    report = zoo.export(photos.directory, out=tmp_path_factory.mktemp("written") / "photos")
    moved = tmp_path_factory.mktemp("moved") / "elsewhere"
    shutil.move(report.directory, moved)
    return zoo.ExportReport(**{**{name: getattr(report, name) for name in report.__slots__}, "directory": moved})


def _exported(text: str, folder: Path) -> zoo.ExportReport:
    return zoo.export(specs.loads(text, file=str(folder / "spec.yaml")), out=folder / "exported")


def _signature(report: zoo.ExportReport, name: str) -> Any:
    return tensorflow.saved_model.load(str(report.directory)).signatures[name]


def test_bytes_are_answered_as_predict_answers_their_files(
    photos: zoo.Run, asked_by_bytes: zoo.ExportReport, tmp_path: Path
) -> None:
    random = np.random.default_rng(1)
    large = random.integers(0, 256, (40, 33, 3), np.uint8)
    images = {
        "a.png": _png(large),
        "b.jpg": _png(large, kind="JPEG"),
        "c.png": _png(large[:3, :2], "RGBA"),
        "d.png": _png(large, "P"),
        "e.png": _png(large[:, :, 0]),
        "f.png": _png(random.integers(0, 65536, (6, 5)).astype(np.uint16)),
        "g.jpg": _png(large[:, :7], "L", "JPEG"),
    }
    for name, content in images.items():
        (tmp_path / name).write_bytes(content)
    ask = _signature(asked_by_bytes, "from_bytes")
    for names in (list(images), ["b.jpg"]):
        found = ask(image_bytes=tensorflow.constant([images[name] for name in names]))
        assert {each.dtype.name for each in found.values()} == {"float32", "string"}
        for index, said in enumerate(zoo.predict(photos.directory, [tmp_path / name for name in names], top=2)):
            best, other = said.outputs["output"].top
            assert found["label"][index].numpy().decode() == best.label
            assert float(found["score"][index]) == pytest.approx(best.value, abs=1e-5)
            (dog,) = found["output"][index].numpy()
            assert dog == pytest.approx(best.value if best.label == "dog" else other.value, abs=1e-5)


def test_what_is_no_image_is_an_error_of_tensorflow(asked_by_bytes: zoo.ExportReport) -> None:
    ask = _signature(asked_by_bytes, "from_bytes")
    whole = _png(np.zeros((30, 30, 3), np.uint8), kind="JPEG")
    for content in (b"", b"no image", whole[:300], _png(np.zeros((9, 9), np.uint8))[:40]):
        with pytest.raises(tensorflow.errors.InvalidArgumentError):
            ask(image_bytes=tensorflow.constant([whole, content]))


def test_features_are_what_the_model_computes_on_its_way(photos: zoo.Run, asked_by_bytes: zoo.ExportReport) -> None:
    x = 255 * np.random.default_rng(2).random((7, 6, 5, 3), np.float32)
    found = _signature(asked_by_bytes, "features")(input=tensorflow.constant(x))
    model = Finished(photos.directory, "photos", (read_run(photos.directory),)).model()
    pool = model.get_layer("pool")
    assert {name: each.shape[1:] for name, each in found.items()} == {"stem": (4, 3, 3), "pool": (3,)}
    np.testing.assert_allclose(found["stem"], keras.Model(model.input, pool.input)(x), atol=1e-5)
    np.testing.assert_allclose(found["pool"], keras.Model(model.input, pool.output)(x), atol=1e-5)


def test_the_directory_tells_of_all_signatures(asked_by_bytes: zoo.ExportReport, photos: zoo.Run) -> None:
    folder = asked_by_bytes.directory
    assert (folder / "assets" / "classes.txt").read_text() == "cat\ndog\n"
    written = (folder / "variables" / "variables.data-00000-of-00001").stat().st_size
    assert written < 4 * photos.fit.model.count_params() + 2_000, "the weights are there once"
    told = json.loads((folder / "speczoo.json").read_text())["signatures"]
    assert told["from_bytes"] == {
        "inputs": {"image_bytes": {"shape": [], "dtype": "string"}},
        "outputs": {
            "label": {"shape": [], "dtype": "string"},
            "output": {"shape": [1], "dtype": "float32"},
            "score": {"shape": [], "dtype": "float32"},
        },
    }
    assert told["features"]["outputs"]["stem"] == {"shape": [4, 3, 3], "dtype": "float32"}
    assert "from_bytes: image_bytes → output, label, score" in printing.export_lines(asked_by_bytes).splitlines()


def test_requests_to_warm_up_ask_every_signature(asked_by_bytes: zoo.ExportReport) -> None:
    log = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2").PredictionLog
    records = tensorflow.data.TFRecordDataset(str(asked_by_bytes.directory / warming.REQUESTS))
    loaded = tensorflow.saved_model.load(str(asked_by_bytes.directory))
    requests = [log.FromString(record.numpy()).predict_log.request for record in records]
    assert [each.model_spec.signature_name for each in requests] == ["serving_default", "from_bytes", "features"]
    for each in requests:
        x = {name: tensorflow.constant(tensorflow.make_ndarray(value)) for name, value in each.inputs.items()}
        assert all(len(value) == 1 for value in loaded.signatures[each.model_spec.signature_name](**x).values())


def test_without_the_extra_there_are_no_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not warming.write_requests(tmp_path, "any", {"serving_default/1/x": np.zeros(1)})
    assert not list(tmp_path.iterdir())


def test_an_ensemble_has_no_features(photos: zoo.Run) -> None:
    member = read_run(photos.directory)
    both = ways_of(Finished(photos.directory, "both", (member, member), Voting("mean", (1.0, 1.0))))
    assert (both.export.signatures, both.export.features) == (("from_bytes",), ())


def test_in_half_precision_all_that_comes_out_is_float32(tmp_path: Path) -> None:
    document = specs.loads(PHOTOS, file="photos.yaml")
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        graph = specs.lower(document)
        write_program(zoo.build(graph), graph, tmp_path / "half", ways_of(document))
    finally:
        keras.config.set_dtype_policy(before)
    for name, each in tensorflow.saved_model.load(str(tmp_path / "half")).signatures.items():
        taken = {spec.dtype.name for spec in each.structured_input_signature[1].values()}
        assert taken == ({"string"} if name == "from_bytes" else {"float32"})
        given = {key: spec.dtype.name for key, spec in each.structured_outputs.items() if key != "label"}
        assert set(given.values()) == {"float32"}, name


def test_columns_are_answered_as_predict_answers_their_table(tmp_path: Path) -> None:
    report = _exported(PEOPLE, tmp_path)
    (tmp_path / "people.csv").write_text(
        "Age,gain (USD),class,age,größe,x/y\n31,2.5,7,a,b,1\n,none,8,none, ,2\n40,,9,zebra,?,3\n1e3,0,10,  b ,a,-4\n"
    )
    ask = _signature(report, "from_columns")
    columns = {
        "Age": [31, np.nan, 40, 1e3],
        "gain (USD)": [2.5, np.nan, np.nan, 0],
        "class": np.array([7, 8, 9, 10]),
        "age": ["a", "none", "zebra", "  b "],
        "größe": ["b", " ", "?", "a"],
        "x/y": [1.0, 2, 3, -4],
    }
    tensors = {name: tensorflow.constant(each) for name, each in columns.items()}
    found = ask(**tensors)
    told = json.loads((report.directory / "speczoo.json").read_text())["signatures"]["from_columns"]["inputs"]
    types = {"Age": "float32", "gain (USD)": "float32", "class": "int64", "x/y": "float32"}
    assert {name: each["dtype"] for name, each in told.items()} == {**types, "age": "string", "größe": "string"}
    said = list(zoo.predict(report.directory, [tmp_path / "people.csv"], top=3))
    assert len(said) == len(found["label"]) == 4
    for index, each in enumerate(said):
        top = each.outputs["output"].top
        assert found["label"][index].numpy().decode() == top[0].label
        by_label = {score.label: score.value for score in top}
        np.testing.assert_allclose(found["output"][index], [by_label[str(number)] for number in range(3)], atol=1e-5)
    one = {name: each[:1] for name, each in tensors.items()}
    for name, value, why in (
        ("x/y", np.nan, "column x/y has .* known; the model fills no gaps"),
        ("Age", np.inf, "column Age has .* not finite"),
    ):
        with pytest.raises(tensorflow.errors.InvalidArgumentError, match=why):
            ask(**{**one, name: tensorflow.constant([value], tensorflow.float32)})


def test_texts_are_answered_as_predict_answers_their_files(tmp_path: Path) -> None:
    report = _exported(REVIEWS, tmp_path)
    texts = ["a good film", "BAD!", "", "film film film", "größe", "good good", "bad film bad film bad"]
    paths = [tmp_path / f"{index}.txt" for index in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    found = _signature(report, "from_text")(text=tensorflow.constant(texts))
    assert sorted(found) == ["mood", "mood_label", "mood_score", "praise", "praise_label", "praise_score"]
    for index, said in enumerate(zoo.predict(report.directory, paths, top=1)):
        for name in ("praise", "mood"):
            (best,) = said.outputs[name].top
            assert found[f"{name}_label"][index].numpy().decode() == best.label
            assert float(found[f"{name}_score"][index]) == pytest.approx(best.value, abs=1e-5)


def test_the_score_of_a_logit_is_a_probability(tmp_path: Path) -> None:
    logits = PHOTOS.replace("activation: sigmoid}", "bias_initializer: {Constant: {value: 0.3}}}")
    loss = "loss: {BinaryCrossentropy: {from_logits: true}}"
    report = _exported(logits.replace("loss: BinaryCrossentropy", loss), tmp_path)
    path = tmp_path / "grey.png"
    Image.new("L", (5, 6), 90).save(path)
    found = _signature(report, "from_bytes")(image_bytes=tensorflow.constant([path.read_bytes()]))
    logit = float(found["output"][0, 0])
    assert abs(logit) > 0.01
    likely = 1 / (1 + np.exp(-abs(logit)))
    assert float(found["score"][0]) == pytest.approx(likely, abs=1e-6)
    assert found["label"][0].numpy().decode() == str(int(logit > 0))
    (said,) = zoo.predict(report.directory, [path], top=1)
    (best,) = said.outputs["output"].top
    assert best.label == str(int(logit > 0))
    assert best.value == pytest.approx(likely, abs=1e-5)


def test_what_a_format_cannot_have_is_said(tmp_path: Path) -> None:
    report = zoo.export(specs.loads(PHOTOS, file=str(tmp_path / "spec.yaml")), tmp_path / "out", formats=["keras"])
    assert report.left_out == ("from_bytes", "features")
    assert "\nwithout from_bytes: only a SavedModel has it\nwithout features: only the" in printing.export_lines(report)


def test_a_signature_that_prepares_otherwise_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "decoded", lambda image, size: 255 - decoded(image, size))
    monkeypatch.setattr(exporting, "node_named", lambda *_: contextlib.nullcontext())
    with pytest.raises(RunError, match="the export computes other values than the model"):
        _exported(PHOTOS, tmp_path)
    assert not (tmp_path / "exported").exists()


def test_labels_belong_to_the_classes_of_their_output() -> None:
    values = tensorflow.constant([[0.1, 0.7, 0.2], [0.5, 0.5, 0.0]])
    ways = Ways(Export(), None, {"kind": ("a", "b\nc", "d")}, {"kind": "probabilities", "size": "numbers"}, {})
    said = signatures._with_answers({"kind": values, "size": values}, ways)
    assert sorted(said) == ["kind", "kind_label", "kind_score", "size"], "size has learnt numbers"
    assert said["kind_label"].numpy().tolist() == [b"b\nc", b"a"]
