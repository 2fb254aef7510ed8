"""Keras models → specs that compute the same, or a reason why not."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from keras.src.applications.convnext import LayerScale
from keras.src.applications.efficientnet import DEFAULT_BLOCKS_ARGS, EfficientNet
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer, inception_resnet_block

import specs
import zoo
from cli import main
from specs.errors import RunError, UserError
from specs.fold import fold
from tests.zoo.strategies import combined, steps
from tests.zoo.unallocated import unallocated
from zoo import importing
from zoo.backend import keras
from zoo.import_layers import layers_of
from zoo.maxout import Maxout
from zoo.penalties import NuclearNorm


def small(name: str, size: int) -> str:
    return zoo.import_model(f"keras.applications.{name}", input_shape=(size, size, 3), classes=10)


def counts(text: str) -> tuple[int, int]:
    graph = specs.lower(specs.loads(text))
    return len(graph.nodes), graph.params


@pytest.mark.parametrize(
    ("name", "size", "lines"), [("ResNet50", 32, 36), ("MobileNetV2", 32, 48), ("InceptionV3", 75, 90)]
)
def test_applications(name: str, size: int, lines: int) -> None:
    text = small(name, size)
    with unallocated():
        model = getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3), classes=10)
    assert counts(text) == (len(model.layers), model.count_params())
    assert len(text.splitlines()) < lines, "units, residuals, repeats, defaults and blocks are found"


def test_operators_of_applications() -> None:
    """MobileNetV3 adds numbers and multiplies by them."""
    text = small("MobileNetV3Small", 32)
    with unallocated():
        model = keras.applications.MobileNetV3Small(weights=None, input_shape=(32, 32, 3), classes=10)
    assert counts(text) == (len(model.operations), model.count_params())
    assert len(text.splitlines()) < 70


def saved(tmp_path: Path, make: Callable[[Any], Any], shape: tuple[int, ...] = (6, 6, 2)) -> Path:
    image = keras.Input(shape)
    model = keras.Model(image, make(image))
    path = tmp_path / "saved.keras"
    model.save(path)
    return path


def test_archive_and_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(image: Any) -> Any:
        x = keras.layers.Conv2D(4, 3, padding="same")(image)
        y = keras.layers.Conv2D(4, (1, 3), padding="same", activation="tanh")(x)
        return keras.layers.Dense(3)(keras.layers.Flatten()(keras.layers.Add()([x, y])))

    path = saved(tmp_path, make)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["import", str(path)])
    assert (done.exit_code, done.stderr) == (0, "")
    assert [node.op for node in specs.lower(specs.load("saved.yaml")).nodes] == [
        "InputLayer", "Conv2D", "Conv2D", "Add", "Flatten", "Dense",
    ]  # fmt: skip
    assert "residual" in Path("saved.yaml").read_text()
    assert CliRunner().invoke(main, ["import", str(path)]).exit_code == 2, "a file that is there is kept"


def test_skips_that_are_no_nest_and_several_outputs(tmp_path: Path) -> None:
    def make(image: Any) -> Any:
        a = keras.layers.Conv2D(2, 1)(image)
        b = keras.layers.Conv2D(2, 1)(a)
        c = keras.layers.Add()([a, b])
        d = keras.layers.Multiply()([b, c])
        return [keras.layers.Add()([a, d]), keras.layers.Flatten()(b)]

    text = zoo.import_model(str(saved(tmp_path, make)))
    assert list(specs.lower(specs.loads(text)).outputs) == ["output0", "output1"]


def test_what_the_language_lacks_is_named_at_once(tmp_path: Path) -> None:
    def make(image: Any) -> Any:
        return keras.layers.Solarization()(keras.layers.EinsumDense("abcd,de->abce", (4, 4, 3))(image))

    with pytest.raises(UserError, match=r"keras.layers.EinsumDense, keras.layers.Solarization"):
        zoo.import_model(str(saved(tmp_path, make, (4, 4, 3))))


def test_what_keras_does_not_read_back_is_said(tmp_path: Path) -> None:
    path = saved(tmp_path, lambda image: keras.layers.RandomShear(0.1)(image), (4, 4, 3))
    with pytest.raises(UserError, match=r"Keras cannot read it back: .*`factor` argument should be a number"):
        zoo.import_model(str(path))


def test_augmentation_is_imported(tmp_path: Path) -> None:
    """Keras records `training=True` of these calls, written or not: it is their default."""

    def make(image: Any) -> Any:
        return keras.layers.RandomZoom(0.1)(keras.layers.RandomFlip("vertical")(image))

    graph = specs.lower(specs.loads(zoo.import_model(str(saved(tmp_path, make, (4, 4, 2))))))
    assert [node.op for node in graph.nodes] == ["InputLayer", "RandomFlip", "RandomZoom"]


def test_what_has_no_plain_call_is_named_at_once(tmp_path: Path) -> None:
    def make(rows: Any) -> Any:
        x = keras.layers.TimeDistributed(keras.layers.Dense(2), name="each")(rows)
        y, *_ = keras.layers.LSTM(2, return_state=True, name="states")(x)
        return keras.layers.Dropout(0.5, name="always")(y, training=True)

    with pytest.raises(UserError) as caught:
        zoo.import_model(str(saved(tmp_path, make, (4, 2))))
    for reason in (
        "each: TimeDistributed has a layer inside it",
        "states: LSTM gives 3 outputs",
        "always: Dropout is called with training",
    ):
        assert reason in str(caught.value)


def test_weights_start_and_are_held_as_they_were(tmp_path: Path) -> None:
    def make(rows: Any) -> Any:
        x = keras.layers.Conv1D(
            4,
            3,
            padding="causal",
            kernel_initializer=keras.initializers.HeNormal(seed=1),
            kernel_regularizer=keras.regularizers.L2(1e-4),
            kernel_constraint=keras.constraints.MaxNorm(3),
        )(rows)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        x = Maxout(3, kernel_regularizer=NuclearNorm(0.1))(x)
        return keras.layers.Dense(
            2,
            kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_out"),
            bias_initializer=keras.initializers.Constant(0.5),
            kernel_regularizer=keras.regularizers.OrthogonalRegularizer(mode="columns"),
            bias_constraint=keras.constraints.NonNeg(),
        )(keras.layers.Flatten()(x))

    body = yaml.safe_load(zoo.import_model(str(saved(tmp_path, make, (8, 2)))))["body"]
    assert body == [
        {
            "conv": {
                "kernel_size": 3,
                "padding": "causal",
                "filters": 4,
                "kernel_initializer": {"HeNormal": {"seed": 1}},
                "kernel_regularizer": {"l2": 1e-4},
                "kernel_constraint": {"MaxNorm": {"max_value": 3.0}},
            }
        },
        {"Maxout": {"units": 3, "kernel_regularizer": {"NuclearNorm": {"factor": 0.1}}}},
        "Flatten",
        {
            "Dense": {
                "units": 2,
                "kernel_initializer": {"VarianceScaling": {"scale": 2.0, "mode": "fan_out"}},
                "bias_initializer": {"Constant": {"value": 0.5}},
                "kernel_regularizer": {"OrthogonalRegularizer": {"mode": "columns"}},
                "bias_constraint": "NonNeg",
            }
        },
    ]


def test_a_residual_that_is_scaled_and_dropped(tmp_path: Path) -> None:
    """Inception-ResNet adds with a layer of its own, which is two of ours; EfficientNet drops whole examples."""

    def make(image: Any) -> Any:
        for scale in (0.2, 1.0):
            x = keras.layers.Conv2D(2, 1)(image)
            image = keras.layers.ReLU()(CustomScaleLayer(scale)([image, x]))
        x = keras.layers.Conv2D(2, 1)(image)
        x = keras.layers.Dropout(0.1, noise_shape=(None, 1, 1, 1))(x)
        return keras.layers.Add()([image, x])

    path = saved(tmp_path, make)
    body = yaml.safe_load(zoo.import_model(str(path)))["body"]
    conv = {"Conv2D": {"filters": 2, "kernel_size": 1}}
    assert body == [
        {"residual": {"body": [conv], "scale": 0.2, "activation": "relu"}},
        {"residual": {"body": [conv], "activation": "relu"}},
        {"residual": {"body": [conv], "drop_path": 0.1}},
    ]

    def registered(config: dict[str, Any]) -> None:
        layer = next(each for each in config["config"]["layers"] if each["class_name"] == "CustomScaleLayer")
        layer["registered_name"] = "mine>CustomScaleLayer"

    with pytest.raises(UserError, match="not loaded"):
        zoo.import_model(str(rewritten(path, registered)))


def test_operators_and_layers_in_sequential_models(tmp_path: Path) -> None:
    """As ConvNeXt has them, with a layer that Keras keeps to itself."""

    def make(image: Any) -> Any:
        conv = keras.layers.Conv2D(2, 1, activation="tanh")
        x = keras.Sequential([conv, keras.Sequential([keras.layers.Conv2D(2, 3, padding="same")])])(image)
        x = LayerScale(0.5, 2)(x)
        x = keras.ops.maximum(image + x, x * image)
        return 2 - keras.layers.Dense(3)((3.0 * x - 1) / 4)

    graph = specs.lower(specs.loads(zoo.import_model(str(saved(tmp_path, make)))))
    assert [node.op for node in graph.nodes] == [
        "InputLayer", "Conv2D", "Conv2D", "LayerScale", "Add", "Multiply", "Maximum",
        "Rescaling", "Rescaling", "Rescaling", "Dense", "Rescaling",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [
        lambda image: image + keras.ops.ones((2,)),
        lambda image: image**2,
        lambda image: keras.ops.maximum(image, 0.5),
        lambda image: image / 0,
        lambda image: image * float("inf"),
        lambda image: keras.ops.sum(image, axis=-1) * image[..., 0],
    ],
    ids=["an array", "a power", "a largest number", "over nothing", "without end", "a sum"],
)
def test_operators_that_are_no_layer(make: Any, tmp_path: Path) -> None:
    image = keras.Input((6, 6, 2))
    with pytest.raises(UserError, match="is an operation, no layer"):
        layers_of(keras.Model(image, make(image)))


@pytest.mark.parametrize(
    "end",
    [
        keras.layers.Dropout(0.1),
        keras.layers.Dropout(0.1, noise_shape=(None, 1, 1, 2)),
        keras.layers.Dropout(0.1, noise_shape=(None, 1, 1, 1), seed=3),
        keras.layers.Rescaling(0.5, offset=1.0),
        keras.layers.Rescaling(-0.5),
    ],
    ids=["each value", "each channel", "seed", "offset", "negative"],
)
def test_what_a_residual_cannot_say_stays_in_its_body(end: Any, tmp_path: Path) -> None:
    def make(image: Any) -> Any:
        return keras.layers.Add()([image, end(keras.layers.Conv2D(2, 1)(image))])

    (step,) = yaml.safe_load(zoo.import_model(str(saved(tmp_path, make))))["body"]
    assert set(step["residual"]) == {"body"}
    assert [*step["residual"]["body"][1]] == [type(end).__name__]


def test_efficientnet_made_small(tmp_path: Path) -> None:
    blocks = [{**block, "repeats": 1} for block in DEFAULT_BLOCKS_ARGS[:2]]
    model = EfficientNet(0.25, 1, 32, blocks_args=blocks, weights=None, input_shape=(32, 32, 3), classes=4)
    model.save(tmp_path / "small.keras")
    text = zoo.import_model(str(tmp_path / "small.keras"))
    assert counts(text) == (len(model.layers), model.count_params())


def test_a_block_of_inception_resnet(tmp_path: Path) -> None:
    text = zoo.import_model(str(saved(tmp_path, lambda image: inception_resnet_block(image, 0.1, "block17", 1))))
    residual = yaml.safe_load(text)["body"][0]["residual"]
    assert (residual["scale"], residual["activation"]) == (0.1, "relu")


def test_statistics_that_come_with_weights(tmp_path: Path) -> None:
    """EfficientNet's first layer has no numbers of its own where the model is made without weights."""
    path = saved(tmp_path, keras.layers.Normalization(axis=3))
    assert yaml.safe_load(zoo.import_model(str(path)))["body"] == ["Normalization"]


def test_a_norm_that_is_not_the_usual_one_keeps_its_own_values(tmp_path: Path) -> None:
    def make(image: Any) -> Any:
        for momentum in (0.9, 0.9, 0.99):
            image = keras.layers.BatchNormalization(momentum=momentum)(keras.layers.Conv2D(2, 1)(image))
        return image

    graph = specs.lower(specs.loads(zoo.import_model(str(saved(tmp_path, make)))))
    norms = [node.args for node in graph.nodes if node.op == "BatchNormalization"]
    assert [each.model_dump()["momentum"] for each in norms] == [0.9, 0.9, 0.99]


def test_attention_and_a_table_of_vectors(tmp_path: Path) -> None:
    words = keras.Input((5,), dtype="int32")
    x = keras.layers.Embedding(4, 6)(words)
    x = keras.layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
    path = tmp_path / "words.keras"
    keras.Model(words, keras.layers.GRU(2)(x)).save(path)
    graph = specs.lower(specs.loads(zoo.import_model(str(path))))
    assert [node.op for node in graph.nodes] == ["InputLayer", "Embedding", "MultiHeadAttention", "GRU"]


def test_shared_weights_are_refused(tmp_path: Path) -> None:
    dense = keras.layers.Dense(2)
    path = saved(tmp_path, lambda image: dense(dense(image)), (2,))
    with pytest.raises(UserError, match="is used 2 times"):
        zoo.import_model(str(path))


def rewritten(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    target = path.with_name("other.keras")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json":
                config = json.loads(data)
                change(config)
                data = json.dumps(config).encode()
            new.writestr(name, data)
    return target


@pytest.mark.parametrize(
    ("module", "name", "registered"),
    [
        ("keras.layers", "Lambda", None),
        ("keras.layers", "TFSMLayer", None),
        ("os", "system", None),
        ("keras.saving", "deserialize_keras_object", None),
        ("keras.layers", "Dense", "mine>Dense"),
    ],
)
def test_nothing_is_loaded_of_an_archive_that_names_anything_else(
    module: str, name: str, registered: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(config: dict[str, Any]) -> None:
        layer = config["config"]["layers"][1]
        layer["module"], layer["class_name"], layer["registered_name"] = module, name, registered

    path = rewritten(saved(tmp_path, keras.layers.Dense(2), (2,)), change)
    monkeypatch.setattr(keras.saving, "load_model", lambda *_, **__: pytest.fail("loaded"))
    with pytest.raises(UserError, match=f"not loaded: {module}.{name}"):
        zoo.import_model(str(path))


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive"])
def test_what_is_no_archive(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"is no \.keras file"):
        zoo.import_model(str(path))


@pytest.mark.parametrize(
    "source", ["a.h5", "missing.keras", "keras.applications.os", "keras.applications.resnet50", "."]
)
def test_other_sources(source: str) -> None:
    with pytest.raises(UserError):
        zoo.import_model(source)


def test_a_spec_that_computes_something_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, keras.layers.Activation("relu"), (4,))

    def wrong(*given: Any) -> Any:
        steps, defaults = fold(*given)
        steps[0].step["Activation"]["activation"] = "elu"
        return steps, defaults

    monkeypatch.setattr(importing, "fold", wrong)
    with pytest.raises(RunError, match="computes something else at activation1"):
        zoo.import_model(str(path))


@pytest.mark.filterwarnings("ignore:[\\s\\S]*You are using a softmax over axis:UserWarning")
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps(2) | combined(steps(2)), min_size=2, max_size=6))
def test_random_models_come_back(tmp_path_factory: pytest.TempPathFactory, drawn: list[dict[str, Any]]) -> None:
    assume("RandomShear" not in str(drawn))  # Keras does not read it back
    document: dict[str, Any] = {
        "name": "random",
        "input": {"shape": [6, 6, 4]},
        "body": [{"Rescaling": {"scale": 0.5}}],
    }
    for step in drawn:
        longer = {**document, "body": [*document["body"], step]}
        try:
            specs.loads(json.dumps(longer))
            document = longer
        except specs.SpecError:
            continue
    loaded = specs.loads(json.dumps(document))
    path = tmp_path_factory.mktemp("random") / "random.keras"
    zoo.build(loaded).save(path)
    text = zoo.import_model(str(path))
    assert counts(text) == (len(specs.lower(loaded).nodes), specs.lower(loaded).params)
