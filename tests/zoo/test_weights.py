"""Weights carried over from keras.applications, from runs and from other models; parts of a model; frozen layers."""

import gc
import hashlib
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml

import specs
import zoo
from specs.errors import UserError
from tests.zoo.unallocated import unallocated
from zoo.backend import keras
from zoo.matching import DifferentError, matched

ORIGINALS = {name: document for name in specs.shipped() if (document := specs.load(name)).original is not None}

ROOTS = [
    name
    for name in ORIGINALS
    if yaml.safe_load(specs.shipped()[name].read_text(encoding="utf-8")).get("extends") not in ORIGINALS
]
"""Those that extend no other: what extends them says their sizes alone, which are compared layer by layer."""

SIZES = {"InceptionV3": 75, "InceptionResNetV2": 75, "Xception": 71}
"""Smallest input that the architecture takes, where it is not 32."""


@pytest.fixture(autouse=True)
def models_go() -> Iterator[None]:
    """Keras' models hold themselves in circles: each is some hundred megabytes until the collector comes."""
    yield
    gc.collect()


def original(document: specs.Document, **options: Any) -> keras.Model:
    """The model of keras.applications that a spec names, with fresh weights."""
    choice = document.original
    assert choice is not None
    arguments = choice.args.model_dump(exclude_unset=True)
    return getattr(keras.applications, choice.kind)(weights=None, **arguments, **options)


def randomised(model: keras.Model) -> keras.Model:
    """The model with every weight drawn anew, statistics too: fresh ones would hide that a layer was left out."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        kind = weight.path.rpartition("/")[2]
        if "kernel" in kind:
            fan = np.prod(weight.shape[:-1])
            value = rng.normal(scale=fan**-0.5, size=weight.shape)
        elif kind in ("gamma", "moving_variance", "variance"):
            value = rng.uniform(0.5, 1.5, weight.shape)
        else:
            value = rng.normal(scale=0.1, size=weight.shape)
        if "int" not in weight.dtype:
            weight.assign(value.astype(weight.dtype))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    return model


def both(name: str) -> tuple[keras.Model, keras.Model]:
    """The model of keras.applications and ours, for the smallest images."""
    document = ORIGINALS[name]
    assert document.original is not None
    size = SIZES.get(document.original.kind, 32)
    sized: dict[str, Any] = {"size": size} if "size" in document.params else {}
    theirs = original(document, **({"input_shape": (size, size, 3)} if sized else {}))
    return theirs, zoo.build(document, **sized)


@pytest.mark.parametrize("name", ORIGINALS)
def test_every_layer_has_its_counterpart_in_keras_applications(name: str) -> None:
    with unallocated():
        theirs, ours = both(name)
        pairs = matched(theirs, ours)
        assert {id(layer) for _, layer in pairs} == {id(layer) for layer in ours.layers if layer.weights}
        for one, other in pairs:
            assert [weight.shape for weight in one.weights] == [weight.shape for weight in other.weights], other.name
        assert ours.count_params() == theirs.count_params()


@pytest.mark.parametrize("name", ROOTS)
def test_the_answers_are_those_of_keras_applications(name: str) -> None:
    theirs, ours = both(name)
    carried = zoo.carry_weights(randomised(theirs), ours)
    assert carried.left == ()
    assert sum(weight.shape.num_elements() for weight in theirs.weights) == ours.count_params()
    images = np.random.default_rng(1).random((2, *theirs.input_shape[1:]), dtype="float32") * 255
    expected = np.asarray(theirs(images, training=False))
    assert np.ptp(expected) > 0
    difference = np.abs(np.asarray(ours(images, training=False)) - expected).max()
    assert difference <= 1e-5 * np.abs(expected).max()


def test_models_that_are_built_otherwise_are_told_apart() -> None:
    with pytest.raises(DifferentError, match="conv_preds is Conv2D, predictions is Dense"):
        matched(keras.applications.MobileNet(weights=None), keras.applications.VGG16(weights=None))


def small(classes: int = 10, middle: str = "Dense: {units: 6, activation: relu}") -> str:
    return f"""
name: small
original: DenseNet121
top: head
input: {{shape: [8, 8, 1]}}
body:
  - Flatten
  - {{{middle}, name: middle}}
  - {{Dense: {{units: {classes}, activation: softmax}}, name: head}}
train: {{epochs: 1}}
"""


def test_weights_come_by_name_where_the_models_differ() -> None:
    source = zoo.build(specs.loads(small(10)))
    target = zoo.build(specs.loads(small(12).replace("- Flatten", "- Flatten\n  - {Dense: {units: 64}, name: more}")))
    carried = zoo.carry_weights(source, target)
    assert carried.carried == ("middle",)
    assert carried.left == ("more: it has no counterpart", "head: 6×10 and 10 there, 6×12 and 12 here")
    np.testing.assert_array_equal(source.get_layer("middle").kernel, target.get_layer("middle").kernel)
    assert str(carried).startswith("weights of 1 of 3 layers carried over; not more: it has no counterpart;")


def test_statistics_that_come_with_weights_are_computed_with() -> None:
    text = "name: n\ninput: {shape: [3]}\nbody: [Normalization: {mean: null, variance: null}]\n"
    source, target = (zoo.build(specs.loads(text)) for _ in range(2))
    randomised(source)
    assert zoo.carry_weights(source, target).left == ()
    x = np.ones((1, 3), np.float32)
    np.testing.assert_array_equal(np.asarray(target(x)), np.asarray(source(x)))
    assert not np.array_equal(np.asarray(target(x)), x)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weight file in the form in which Keras publishes them, of random numbers."""
    from keras.src.legacy.saving import legacy_h5_format

    path = tmp_path_factory.mktemp("published") / "densenet121_weights_tf_dim_ordering_tf_kernels.h5"
    model = randomised(keras.applications.DenseNet121(weights=None))
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    return path


@pytest.fixture
def cache(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras' cache with that file in it, its hash where Keras has the published one's, and no network."""
    from keras.src.applications import densenet
    from keras.src.utils import file_utils

    def offline(address: str, *_: object) -> None:
        raise urllib.error.URLError(f"no network: {address}")

    path = tmp_path / "models" / published.name
    path.parent.mkdir()
    path.write_bytes(published.read_bytes())
    digest = hashlib.md5(path.read_bytes()).hexdigest()
    get_file = densenet.file_utils.get_file
    monkeypatch.setattr(densenet.file_utils, "get_file", lambda *a, **k: get_file(*a, **{**k, "file_hash": digest}))
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path))
    monkeypatch.setattr(file_utils, "urlretrieve", offline)
    return path


def test_published_weights_come_from_the_cache(cache: Path) -> None:
    theirs = keras.applications.DenseNet121(weights=str(cache))
    ours = zoo.build("densenet121", weights="imagenet")
    images = np.random.default_rng(1).random((1, 224, 224, 3), dtype="float32")
    expected = np.asarray(theirs(images, training=False))
    np.testing.assert_allclose(np.asarray(ours(images, training=False)), expected, rtol=0, atol=1e-5 * expected.max())


def test_another_file_in_the_cache_is_not_taken(cache: Path) -> None:
    cache.write_bytes(cache.read_bytes()[:-1] + b"!")
    with pytest.raises(UserError, match="DenseNet121: its weights cannot be fetched, and they are looked for in"):
        zoo.build("densenet121", weights="imagenet")


def test_without_network_the_error_says_where_weights_are_looked_for(cache: Path) -> None:
    cache.unlink()
    with pytest.raises(UserError, match=r"cannot be fetched, and they are looked for in ~/\.keras/models first"):
        zoo.build("densenet121", weights="imagenet")


def test_a_file_of_another_model_is_refused(published: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be loaded into keras.applications.ResNet50"):
        zoo.build("resnet50", weights=published)
    broken = tmp_path / "broken.weights.h5"
    broken.write_bytes(b"no weights")
    with pytest.raises(UserError, match=r"broken.weights.h5: cannot be loaded"):
        zoo.build("densenet121", weights=broken)
    with pytest.raises(UserError, match="there is no such file or run"):
        zoo.build("densenet121", weights=tmp_path / "absent.h5")


def test_a_model_that_has_to_be_told_of_published_weights_asks_for_it() -> None:
    with pytest.raises(UserError, match="efficientnet_b0: set its param imagenet to true"):
        zoo.build("efficientnet_b0", weights="imagenet")


def test_published_weights_do_not_fit_another_body(monkeypatch: pytest.MonkeyPatch) -> None:
    made = keras.applications.DenseNet121
    monkeypatch.setattr(keras.applications, "DenseNet121", lambda weights: made(weights=None))
    with pytest.raises(UserError, match="small: weights of densenet121 do not fit: "):
        zoo.build(specs.loads(small()), weights="imagenet")


def test_the_classifier_stays_fresh_for_other_classes(published: Path) -> None:
    document = specs.load("densenet121", classes=7)
    from zoo.weights import start_from

    carried = start_from(zoo.build(document), document, published)
    assert carried is not None
    assert carried.left == ("predictions: 1024×1000 and 1000 there, 1024×7 and 7 here",)


def test_a_model_without_its_top() -> None:
    body = zoo.build("resnet50", include_top=False)
    assert body.output_shape[-1] == 2048
    assert len(body.output_shape) == 4
    assert [layer.name for layer in body.layers if layer.name in ("avg_pool", "predictions")] == []
    with pytest.raises(UserError, match="bare does not say where its classifier begins; write top:"):
        zoo.build(specs.loads("name: bare\ninput: {shape: [4]}\nbody: [Dense: {units: 2}]"), include_top=False)


def test_a_model_that_ends_in_stages() -> None:
    pyramid = zoo.build("resnet50", features=["stage2", "stage4"])
    assert {name: tensor.shape[1:] for name, tensor in pyramid.output.items()} == {
        "stage2": (56, 56, 256),
        "stage4": (14, 14, 1024),
    }
    with pytest.raises(UserError, match=r"resnet50 has no step 'stage22'; did you mean stage2\?"):
        zoo.build("resnet50", features=["stage22"])


def test_frozen_layers_keep_their_weights(dataset: zoo.Dataset) -> None:
    document = specs.loads(small().replace("{epochs: 1}", "{epochs: 1, freeze_until: middle}"))
    before = {}

    def keep(model: keras.Model) -> None:
        before.update({layer.name: layer.get_weights() for layer in model.layers})

    keras.utils.set_random_seed(0)
    keep(zoo.build(specs.lower(document)))
    model = zoo.fit(document, dataset).model
    for left, right in zip(before["middle"], model.get_layer("middle").get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
    assert np.abs(before["head"][0] - model.get_layer("head").get_weights()[0]).max() > 0
    with pytest.raises(specs.SpecError, match=r"no step is named 'midle';\s+did you mean middle\?"):
        specs.loads(small().replace("{epochs: 1}", "{freeze_until: midle}"))


def test_training_starts_from_a_run(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(small())
    first = zoo.train(tmp_path / "small.yaml", out=tmp_path / "first")
    text = small(10).replace("top: head", "top: head\nweights: first") + "extends: small.yaml\n"
    (tmp_path / "second.yaml").write_text(text.replace("name: small", "name: second"))
    second = zoo.train(tmp_path / "second.yaml", out=tmp_path / "runs" / "second")
    assert second.metrics["started"] == "weights of all 2 layers carried over"
    assert second.fit.history[0]["loss"] < first.fit.history[0]["loss"]
    # The run names the weights from where it lies itself.
    assert specs.load(tmp_path / "runs" / "second" / "spec.yaml").weights == "../../first"
    with pytest.raises(UserError, match="is no run to start from"):
        zoo.build(tmp_path / "small.yaml", weights=tmp_path)
