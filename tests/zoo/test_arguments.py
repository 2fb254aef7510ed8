"""Arguments are Keras': every op has those of its layer with their defaults, and each becomes the object it names."""

import inspect
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter

import specs
import zoo
from specs.ops import OPS
from specs.ops.arguments import INITIALIZERS, Lazily
from specs.ops.choices import ConstraintChoice, InitializerChoice
from specs.ops.penalties import MatrixPenalty
from zoo.arguments import keras_value
from zoo.backend import keras
from zoo.layers import CALL_ARGUMENTS, LAYERS

EVERYWHERE = {
    "kwargs": "name, dtype and trainable are the builder's",
    "name": "written beside the layer",
    "dtype": "one policy for the whole model",
    "data_format": "channels are last; zoo.layers says so to Keras",
}
LORA = "low-rank adaptation is switched on later, by enable_lora, on a trained model"
QUANTISED = "quantization happens to a trained model"
OPTIONAL = "a model's input is a dense tensor whose batch size is open"
DENSE = "tensors of a model are dense"
OOV = "unknown words share their places by Keras' own hash"
INVERTED = "would give text, which no loss compares"
RENORM = "batch renormalization (arXiv:1702.03275) is another method, which the language does not have"
HOW = "how the device computes it, not what is computed: Keras chooses"
ARRAYS = "values of weights, which a file of weights gives, not a spec"
TWIN = "the layer that reads backwards is the twin of the other, with its arguments"
EXCLUDED: dict[str, dict[str, str]] = {
    "InputLayer": {
        **dict.fromkeys(("batch_size", "batch_shape", "sparse", "ragged", "optional"), OPTIONAL),
        "input_tensor": "a Python object",
    },
    "Dense": {"lora_rank": LORA, "lora_alpha": LORA, "quantization_config": QUANTISED},
    "BatchNormalization": {
        **dict.fromkeys(("renorm", "renorm_clipping", "renorm_momentum"), RENORM),
        "synchronized": "training runs on one device",
    },
    "CategoryEncoding": {"sparse": DENSE},
    "Discretization": {"sparse": DENSE, "epsilon": "boundaries are exact quantiles"},
    "Hashing": {"sparse": DENSE, "mask_value": "a bin for one value: Embedding makes masks"},
    "HashedCrossing": {"sparse": DENSE},
    "StringLookup": {"sparse": DENSE, "invert": INVERTED, "salt": OOV},
    "IntegerLookup": {"sparse": DENSE, "invert": INVERTED, "salt": OOV, "oov_method": OOV},
    "TextVectorization": {"sparse": DENSE, "ragged": DENSE},
    "Embedding": {"weights": ARRAYS, "lora_rank": LORA, "lora_alpha": LORA, "quantization_config": QUANTISED},
    **{name: {"use_cudnn": HOW} for name in ("LSTM", "GRU")},
    **{name: {"flash_attention": HOW} for name in ("MultiHeadAttention", "GroupQueryAttention")},
    "Bidirectional": {"weights": ARRAYS, "backward_layer": TWIN},
}
"""Arguments of Keras that an op does not have, each with the reason."""

OWN_DEFAULTS: dict[tuple[str, str], str] = {
    ("InputLayer", "shape"): "Keras would take batch_shape or input_tensor instead",
    ("InputLayer", "dtype"): "Keras' is that of ~/.keras/keras.json, which is float32 unless changed",
    ("CategoryEncoding", "num_tokens"): "Keras refuses its own default",
}
"""Defaults that are not Keras', each with the reason."""


def arguments(name: str) -> dict[str, inspect.Parameter]:
    """Those that Keras takes when the layer is made, and of those when it is called the ones that are an op's."""
    layer: Any = LAYERS[name]
    made, called = (inspect.signature(each).parameters for each in (layer.__init__, layer.call))
    own = {key: each for key, each in made.items() if key != "self"}
    return own | {key: called[key] for key in CALL_ARGUMENTS.get(name, ())}


@pytest.mark.parametrize("name", OPS)
def test_an_op_has_the_arguments_of_its_layer(name: str) -> None:
    keras_own, left_out = set(arguments(name)), EXCLUDED.get(name, {})
    everywhere = EVERYWHERE.keys() - OPS[name].model_fields.keys()
    assert set(OPS[name].model_fields) == keras_own - everywhere - set(left_out)
    assert set(left_out) <= keras_own, "an exclusion is of an argument that Keras has"


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, op in OPS.items() for field in op.model_fields], ids=str
)
def test_a_default_is_keras_own(name: str, field: str) -> None:
    if (name, field) in OWN_DEFAULTS:
        return
    info, default = OPS[name].model_fields[field], arguments(name)[field].default
    if default is inspect.Parameter.empty:
        assert info.is_required()
        return
    ours = info.get_default()
    if field.endswith("activation"):
        assert keras.activations.get(ours) is keras.activations.get(default)
    elif field.endswith("initializer"):
        assert type(keras.initializers.get(ours)) is type(keras.initializers.get(default))
    else:
        field_type: Any = Annotated[(info.annotation, None, *info.metadata)]
        read: TypeAdapter[Any] = TypeAdapter(field_type)
        assert ours == read.validate_python(default)


def test_exclusions_are_of_layers_that_there_are() -> None:
    assert EXCLUDED.keys() <= OPS.keys()
    assert all(field in OPS[name].model_fields for name, field in OWN_DEFAULTS)


def test_each_weight_is_read_by_the_choice_of_its_kind() -> None:
    """A field that ends in _initializer, _regularizer or _constraint takes names with arguments."""
    for op in OPS.values():
        for name, info in op.model_fields.items():
            if name.endswith(("_initializer", "_regularizer", "_constraint")):
                assert any(isinstance(each, Lazily) for each in info.metadata), f"{op.__name__}.{name}"


@pytest.mark.parametrize("name", INITIALIZERS)
def test_an_initializer_by_name_is_that_with_keras_defaults(name: str) -> None:
    by_name = keras.initializers.get(name)
    kind = type(by_name).__name__
    ours = keras_value(InitializerChoice.model_validate({kind: {}}))
    assert type(ours) is type(by_name)
    expected, found = by_name.get_config(), ours.get_config()
    assert {k: v for k, v in found.items() if k != "seed"} == {k: v for k, v in expected.items() if k != "seed"}


@pytest.mark.parametrize("kind", InitializerChoice.model_fields)
def test_initializers_give_values(kind: str) -> None:
    assert keras_value(InitializerChoice.model_validate({kind: {}}))((3, 3, 4, 8)).shape == (3, 3, 4, 8)


@pytest.mark.parametrize("kind", ConstraintChoice.model_fields)
def test_a_constraint_is_keras_own_with_its_defaults(kind: str) -> None:
    ours, theirs = keras_value(ConstraintChoice.model_validate(kind)), getattr(keras.constraints, kind)()
    assert type(ours) is type(theirs)
    expected = theirs.get_config()
    assert ours.get_config() == expected | ({"axis": (expected["axis"],)} if "axis" in expected else {})


def test_arguments_reach_keras() -> None:
    written = {"VarianceScaling": {"scale": 2.0, "mode": "fan_out", "distribution": "uniform", "seed": 3}}
    config = keras_value(InitializerChoice.model_validate(written)).get_config()
    assert {key: config[key] for key in written["VarianceScaling"]} == written["VarianceScaling"]
    penalty = keras_value(MatrixPenalty.model_validate({"OrthogonalRegularizer": {"factor": 0.5, "mode": "columns"}}))
    assert penalty.get_config() == {"factor": 0.5, "mode": "columns"}


SPEC = """
name: held
input: {shape: [8, 8, 1]}
body:
  - Conv2D:
      filters: 2
      kernel_size: 3
      kernel_initializer: {RandomUniform: {minval: 0.5, maxval: 0.6, seed: 1}}
      bias_initializer: {Constant: {value: 0.25}}
      kernel_regularizer: {NuclearNorm: {factor: 0.1}}
      kernel_constraint: {MaxNorm: {max_value: 0.1, axis: [0, 1, 2]}}
      bias_constraint: NonNeg
      activity_regularizer: {l1: 1e-3}
  - conv: {filters: 2, kernel_size: 3, kernel_initializer: {HeNormal: {seed: 1}}, kernel_constraint: UnitNorm}
  - Flatten
  - Dense: {units: 10, activation: softmax, kernel_regularizer: {OrthogonalRegularizer: {mode: columns}}}
"""


def test_training_saving_and_loading_keep_them(tmp_path: Any) -> None:
    model = zoo.build(specs.loads(SPEC))
    keras_conv = model.get_layer("conv2d1")
    assert float(keras_conv.kernel.numpy().min()) >= 0.5
    assert set(keras_conv.bias.numpy()) == {0.25}
    model.compile("sgd", "sparse_categorical_crossentropy")
    images = keras.random.uniform((4, 8, 8, 1), seed=0)
    before = model.losses
    assert len(before) == 2, "two penalties on weights; that on activities needs a call"
    model.fit(images, keras.ops.zeros((4,)), verbose=0)
    norms = keras.ops.sqrt(keras.ops.sum(keras_conv.kernel**2, axis=(0, 1, 2)))
    assert float(keras.ops.max(norms)) <= 0.1001
    assert float(keras.ops.min(keras_conv.bias)) >= 0
    model.save(tmp_path / "held.keras")
    again = keras.saving.load_model(tmp_path / "held.keras")
    assert type(again.get_layer("conv2d1").kernel_regularizer).__name__ == "NuclearNorm"
    assert keras.ops.all(again(images) == model(images))


def test_nuclear_norm_has_a_gradient_that_lowers_it() -> None:
    from zoo.backend import tensorflow as tf
    from zoo.penalties import NuclearNorm

    kernel = tf.Variable(keras.random.normal((3, 3, 2, 4), seed=1))
    penalty = NuclearNorm(1.0)
    with tf.GradientTape() as tape:
        before = penalty(kernel)
    kernel.assign_sub(0.1 * tape.gradient(before, kernel))
    assert float(penalty(kernel)) < float(before) - 0.1
