"""A compiled model that is trained again computes what one of its own would, to the last bit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import yaml

import specs
import zoo
from specs.document import Document
from specs.sections.judging import LossChoice
from specs.sections.train import OptimizerChoice
from zoo.backend import keras
from zoo.compiling import made_optimizer
from zoo.judging import keras_loss
from zoo.recompiling import MODELS, adjustable, loss_places, optimizer_places
from zoo.replicas import ALONE
from zoo.training import prepared

Spec = Callable[[str], Document]

POINTS = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
DATA = (POINTS, np.arange(32) % 3)

MODEL = """
name: small
input: {{shape: [4]}}
body: [{layers}{{Dense: {{units: {units}, {dense}}}}}]
train:
  data: {{npz: {{path: none.npz, validation_split: 0.25, test_split: 0.25}}}}
  optimizer: {optimizer}
  loss: {loss}
  batch_size: {batch_size}
  epochs: 2
  {more}
"""

DEFAULTS: dict[str, Any] = {
    "layers": "",
    "units": 3,
    "dense": "activation: softmax",
    "optimizer": "{SGD: {learning_rate: 0.1}}",
    "loss": "SparseCategoricalCrossentropy",
    "batch_size": 4,
    "more": "",
}


def history(document: Document, compiled: zoo.CompiledModels | None = None) -> Any:
    """What a training reports of each epoch."""
    return zoo.fit(document, DATA, compiled=compiled).history


def law(spec: Spec, one: dict[str, Any], other: dict[str, Any]) -> None:
    """Both are trained with one compiled model, the second to the same as with one of its own."""
    compiled = zoo.CompiledModels()
    first, second = (spec(MODEL.format_map(DEFAULTS | each)) for each in (one, other))
    before, after = history(first, compiled), history(second, compiled)
    assert len(compiled.kept) == 1
    assert after == history(second) != before


OPTIMIZERS = {
    "SGD": ("momentum: 0.9, weight_decay: 0.1", "momentum: 0.5, weight_decay: 0.4"),
    "SGD nesterov": ("momentum: 0.9, nesterov: true, clipnorm: 0.1", "momentum: 0.5, nesterov: true, clipnorm: 0.01"),
    "SGD clipvalue": ("clipvalue: 0.1", "clipvalue: 0.01"),
    "SGD global_clipnorm": ("global_clipnorm: 0.1", "global_clipnorm: 0.01"),
    "SGD use_ema": ("use_ema: true, ema_momentum: 0.9", "use_ema: true, ema_momentum: 0.5"),
    "SGD accumulated": (
        "gradient_accumulation_steps: 2, momentum: 0.9",
        "gradient_accumulation_steps: 2, momentum: 0.5",
    ),
    "RMSprop": ("momentum: 0.9, centered: true", "momentum: 0.5, centered: true, rho: 0.5, epsilon: 0.1"),
    "Adam": ("beta_1: 0.8", "beta_1: 0.5, beta_2: 0.6, epsilon: 0.1"),
    "AdamW": ("amsgrad: true", "amsgrad: true, weight_decay: 0.3, beta_1: 0.6"),
    "Adamax": ("beta_1: 0.8", "beta_1: 0.5, beta_2: 0.6, epsilon: 0.1"),
    "Nadam": ("beta_1: 0.8", "beta_1: 0.5, beta_2: 0.6, epsilon: 0.1"),
    "Lamb": ("beta_1: 0.8", "beta_1: 0.5, beta_2: 0.6, epsilon: 0.1"),
    "Adagrad": ("epsilon: 0.001", "epsilon: 0.1"),
    "Adadelta": ("rho: 0.95", "rho: 0.5, epsilon: 0.1"),
    "Adafactor": ("clip_threshold: 1.5", "clip_threshold: 0.2, epsilon_1: 1.0e-3, epsilon_2: 0.1"),
    "Ftrl": (
        "l1_regularization_strength: 0.01, l2_regularization_strength: 0.01, beta: 0.1",
        "l1_regularization_strength: 0.05, l2_regularization_strength: 0.1, beta: 0.5",
    ),
    "Ftrl shrinkage": ("l2_shrinkage_regularization_strength: 0.01", "l2_shrinkage_regularization_strength: 0.1"),
    "Lion": ("beta_1: 0.8", "beta_1: 0.3, beta_2: 0.4"),
    "Muon": (
        "momentum: 0.9",
        "momentum: 0.5, weight_decay: 0.2, adam_weight_decay: 0.1, adam_beta_1: 0.5, muon_a: 3.0, muon_b: -4.0",
    ),
    "ScheduleFreeAdamW": ("beta_1: 0.9", "beta_1: 0.5, beta_2: 0.9, epsilon: 0.1"),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(spec: Spec, name: str) -> None:
    one, other = (optimizer_of(spec, f"{{{name.split()[0]}: {{{arguments}}}}}") for arguments in OPTIMIZERS[name])
    assert steps(one, other) == steps(other, other) != steps(one, one)


def optimizer_of(spec: Spec, text: str) -> OptimizerChoice:
    """The optimizer that a text says."""
    train = spec(MODEL.format_map(DEFAULTS | {"optimizer": text})).train
    assert train is not None
    return train.optimizer


def steps(traced: OptimizerChoice, used: OptimizerChoice) -> Any:
    """Weights and state after eight steps of an optimizer that was traced with other numbers before."""
    weights = [keras.Variable([[1.0, -2.0], [3.0, 0.5]]), keras.Variable([0.3, -0.4])]
    optimizer, wanted = made_optimizer(traced, 4), made_optimizer(used, 4)
    optimizer.build(weights)
    before = [variable.numpy() for variable in optimizer.variables]
    numbers = adjustable(list(optimizer_places(optimizer, traced)))

    def apply() -> None:
        waves = 2 * keras.ops.sin(2.0 * keras.ops.cast(optimizer.iterations, "float32"))
        optimizer.apply([weight * weight - 0.7 + waves for weight in weights], weights)

    step = compiled(apply, [*weights, *optimizer.variables], numbers)
    for variable, value in zip(optimizer.variables, before, strict=True):
        variable.assign(value)
    if numbers is not None:
        numbers.assign([place.value for place in optimizer_places(wanted, used)])
    for _ in range(8):
        step()
    return [variable.numpy().tolist() for variable in [*weights, *optimizer.variables]]


def compiled(function: Callable[[], Any], variables: list[Any], numbers: Any) -> Callable[[], Any]:
    """The function, traced by the backend with the numbers of now; on JAX its result and what it leaves in variables.

    Both are as Keras' trainer has them.
    """
    if keras.backend.backend() == "tensorflow":
        from zoo.backend import tensorflow

        traced = tensorflow.function(function)
        traced.get_concrete_function()
        return traced  # type: ignore[no-any-return]
    import jax

    def stateless(state: Any, data: Any) -> Any:
        with keras.StatelessScope(list(zip(variables, state, strict=True))) as scope:
            found = function()
        return found, [scope.get_current_value(each) for each in variables]

    stepped = jax.jit(numbers.reading(stateless))
    stepped.trace([variable.value for variable in variables], None, numbers.argument())

    def call() -> Any:
        found, state = stepped([variable.value for variable in variables], None, numbers.argument())
        for variable, value in zip(variables, state, strict=True):
            variable.assign(value)
        return found

    return call


SCHEDULES = {
    "CosineDecay": (
        "initial_learning_rate: 0.1, decay_steps: 9, warmup_target: 0.2, warmup_steps: 3",
        "initial_learning_rate: 0.01, decay_epochs: 2, warmup_target: 0.1, warmup_epochs: 1, alpha: 0.2",
    ),
    "CosineDecayRestarts": (
        "initial_learning_rate: 0.1, first_decay_steps: 3, alpha: 0.1, m_mul: 0.7",
        "initial_learning_rate: 0.3, first_decay_steps: 2, alpha: 0.3, t_mul: 1.5, m_mul: 0.5",
    ),
    "ExponentialDecay": (
        "initial_learning_rate: 0.1, decay_steps: 3, decay_rate: 0.5",
        "initial_learning_rate: 0.3, decay_steps: 2, decay_rate: 0.7",
    ),
    "InverseTimeDecay": (
        "initial_learning_rate: 0.1, decay_steps: 3, decay_rate: 0.5, staircase: true",
        "initial_learning_rate: 0.3, decay_steps: 2, decay_rate: 0.7, staircase: true",
    ),
    "OneCycle": (
        "initial_learning_rate: 0.1, max_learning_rate: 0.5, cycle_steps: 4, decay_steps: 3",
        "initial_learning_rate: 0.2, max_learning_rate: 0.4, cycle_steps: 6, decay_steps: 2",
    ),
    "PiecewiseConstantDecay": (
        "boundaries: [2, 5], values: [0.1, 0.2, 0.3]",
        "boundaries: [3, 4], values: [0.3, 0.05, 0.2]",
    ),
    "PolynomialDecay": (
        "initial_learning_rate: 0.1, decay_steps: 3, power: 2.0, cycle: true",
        "initial_learning_rate: 0.3, decay_steps: 2, power: 3.0, cycle: true, end_learning_rate: 0.02",
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(spec: Spec, name: str) -> None:
    texts = (f"{{SGD: {{learning_rate: {{{name}: {{{arguments}}}}}}}}}" for arguments in SCHEDULES[name])
    one, other = (optimizer_of(spec, text) for text in texts)
    assert steps(one, other) == steps(other, other) != steps(one, one)


LOSSES = {
    "CategoricalCrossentropy": ("label_smoothing: 0.1", "label_smoothing: 0.4"),
    "CategoricalFocalCrossentropy": ("gamma: 3.0", "gamma: 2.5, alpha: 0.5"),
    "BinaryCrossentropy": ("label_smoothing: 0.1", "label_smoothing: 0.4"),
    "BinaryFocalCrossentropy": ("gamma: 3.0", "gamma: 2.5, alpha: 0.5"),
    "Huber": ("delta: 0.5", "delta: 0.1"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name: str) -> None:
    one, other = (LossChoice.model_validate({name: yaml.safe_load(f"{{{each}}}")}) for each in LOSSES[name])
    assert loss(one, other) == loss(other, other) != loss(one, one)


def loss(traced: LossChoice, used: LossChoice) -> Any:
    """What a loss says that was traced with other numbers before."""
    made, wanted = keras_loss(traced), keras_loss(used)
    numbers = adjustable(list(loss_places("", made)))
    truth, said = keras.ops.array([[1.0, 0.0, 0.0]]), keras.ops.array([[0.2, 0.3, 0.5]])
    function = compiled(lambda: made(truth, said), [], numbers)
    numbers.assign([place.value for place in loss_places("", wanted)])
    return float(function())


LAYERS = """
Dropout: {{rate: {0}}}
AlphaDropout: {{rate: {0}}}
GaussianNoise: {{stddev: {0}}}
BatchNormalization: {{momentum: {0}, gamma_regularizer: {{l2: {0}}}}}
Dense: {{units: 3, kernel_regularizer: {{l1: {0}, l2: {0}}}, bias_regularizer: {{l1: {0}}}}}
Dense: {{units: 3, kernel_regularizer: {{NuclearNorm: {{factor: {0}}}}}}}
Dense: {{units: 3, kernel_regularizer: {{OrthogonalRegularizer: {{factor: {0}}}}}}}
Reshape: {{target_shape: [3, 1]}}
Conv1D: {{filters: 3, kernel_size: 2, kernel_regularizer: {{l2: {0}}}}}
SeparableConv1D: {{filters: 3, kernel_size: 1, depthwise_regularizer: {{l2: {0}}}, pointwise_regularizer: {{l2: {0}}}}}
SpatialDropout1D: {{rate: {0}}}
LayerNormalization: {{gamma_regularizer: {{l2: {0}}}, beta_regularizer: {{l2: {0}}}}}
Flatten: {{}}
""".strip().splitlines()


def test_layers_all_at_once(spec: Spec) -> None:
    one, other = ({"layers": "".join(f"{{{line.format(number)}}}, " for line in LAYERS)} for number in (0.3, 0.1))
    law(spec, one, other)


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(spec: Spec, precision: str) -> None:
    one, other = (
        {"layers": f"{{Dropout: {{rate: {rate}}}}}, ", "more": f"precision: {precision}"} for rate in (0.5, 0.2)
    )
    law(spec, one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"layers": "{Dropout: {rate: 0.5}}, "}, {"layers": "{Dropout: {rate: 0.0}}, "}),
        ({"layers": "{GaussianDropout: {rate: 0.5}}, "}, {"layers": "{GaussianDropout: {rate: 0.2}}, "}),
        ({"dense": "activation: softmax"}, {"dense": "activation: sigmoid"}),
        ({"dense": "activation: softmax"}, {"dense": "activation: softmax, kernel_regularizer: {l2: 0.1}"}),
        (
            {"dense": "kernel_regularizer: {NuclearNorm: {factor: 0.1}}"},
            {"dense": "kernel_regularizer: {OrthogonalRegularizer: {factor: 0.1}}"},
        ),
        (
            {"dense": "kernel_regularizer: {OrthogonalRegularizer: {factor: 0.1, mode: rows}}"},
            {"dense": "kernel_regularizer: {OrthogonalRegularizer: {factor: 0.1, mode: columns}}"},
        ),
        ({}, {"optimizer": "{SGD: {learning_rate: 0.1, momentum: 0.9}}"}),
        ({}, {"optimizer": "{Adam: {learning_rate: 0.1}}"}),
        ({"layers": "{Dense: {units: 3}}, "}, {"layers": "{Dense: {units: 3}}, ", "more": "freeze_until: dense1"}),
    ],
)
def test_what_is_computed_otherwise_is_another_model(spec: Spec, one: dict[str, Any], other: dict[str, Any]) -> None:
    compiled = zoo.CompiledModels()
    for each in (one, other, one, other):
        document = spec(MODEL.format_map(DEFAULTS | each))
        assert document.train is not None
        prepared(document, specs.lower(document), document.train, None, zoo.as_dataset(DATA, document), ALONE, compiled)
    assert len(compiled.kept) == 2


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="elsewhere each size is a trace")
def test_batches_of_any_size_are_one_trace(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled, calls, call = zoo.CompiledModels(), [], keras.layers.Dense.call

    def counted(self: Any, inputs: Any, training: Any = None) -> Any:
        calls.append(inputs)
        return call(self, inputs, training)

    monkeypatch.setattr(keras.layers.Dense, "call", counted)
    for size, traces in ((8, 2), (4, 0), (7, 0), (32, 0)):
        zoo.fit(spec(MODEL.format_map(DEFAULTS | {"batch_size": size})), DATA, compiled=compiled)
        assert len(calls) == traces  # the training step and the validation of the first
        calls.clear()


def test_so_many_models_are_kept(spec: Spec) -> None:
    compiled = zoo.CompiledModels()
    for units in range(3, 3 + MODELS + 2):
        document = spec(MODEL.format_map(DEFAULTS | {"units": units}))
        assert document.train is not None
        prepared(document, specs.lower(document), document.train, None, zoo.as_dataset(DATA, document), ALONE, compiled)
    assert len(compiled.kept) == MODELS
