"""The recipe of a `train` section as Keras has it: names, defaults, and what is then trained."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from specs.graph import Output
from specs.recipe import metrics_of, reported
from specs.sections import judging, metrics, rates, schedules
from specs.sections import train as sections
from specs.sections.reported import REPORTED, STEPPED
from zoo.backend import keras
from zoo.compiling import OPTIMIZERS, callbacks, compile_model, made_optimizer, plain_names, precision
from zoo.judging import LOSSES, OWN_LOSSES, keras_loss, keras_metrics
from zoo.losses import labels_for_loss
from zoo.schedules import SCHEDULES, OneCycle, rate_of

OURS = {"name", "loss_scale_factor", "kwargs", "reduction", "dtype"}
"""Arguments of Keras that no spec writes: names, what mixed precision sets by itself, what a mean over examples is."""
NO_OPTIMIZERS = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap"}
NO_LOSSES = {"Loss", "Circle"}
"""The base, and a loss for embeddings that are compared with one another."""
CHANNELS_LAST = {"axis"}
"""The classes are on the last axis; a spec has no other."""
TOLD = {"num_labels", "label_weights", "from_logits", "summation_method", "thresholds", "num_classes", "num_regressors"}
TOLD |= {"sparse_y_true", "sparse_y_pred", "axis", "class_aggregation"}
"""Arguments of metrics that follow from the loss and the output, and rare ones that no spec writes."""


def keras_defaults(kind: Any, but: set[str]) -> dict[str, Any]:
    return {name: each.default for name, each in inspect.signature(kind).parameters.items() if name not in but}


def our_defaults(model: Any) -> dict[str, Any]:
    return {name: inspect.Parameter.empty if f.is_required() else f.default for name, f in model.model_fields.items()}


def classes_of(module: Any, but: set[str]) -> dict[str, type]:
    return {name: each for name, each in vars(module).items() if inspect.isclass(each) and name not in but}


def model_under(choice: Any, name: str) -> Any:
    (model,) = (each for each in choice.model_fields[name].annotation.__args__ if each is not type(None))
    return model


def test_every_optimizer_of_keras_has_its_names_and_defaults() -> None:
    theirs = classes_of(keras.optimizers, NO_OPTIMIZERS)
    assert set(sections.OptimizerChoice.model_fields) == set(theirs) == set(OPTIMIZERS)
    for name, kind in theirs.items():
        assert OPTIMIZERS[name] is kind
        assert our_defaults(model_under(sections.OptimizerChoice, name)) == keras_defaults(kind, OURS), name


def test_every_loss_of_keras_has_its_names_and_defaults() -> None:
    theirs = classes_of(keras.losses, NO_LOSSES)
    assert set(judging.LossChoice.model_fields) == set(theirs) | set(OWN_LOSSES) == set(LOSSES) == set(judging.LABELS)
    for name, kind in theirs.items():
        assert LOSSES[name] is kind
        but = OURS | (CHANNELS_LAST if name not in ("Dice", "Tversky") else set())
        assert our_defaults(model_under(judging.LossChoice, name)) == keras_defaults(kind, but), name


def test_metrics_have_keras_names_and_defaults() -> None:
    assert set(judging.MetricChoice.model_fields) == set(judging.METRICS)
    for name in judging.METRICS:
        ours, theirs = (
            our_defaults(model_under(judging.MetricChoice, name)),
            keras_defaults(getattr(keras.metrics, name), OURS),
        )
        if issubclass(model_under(judging.MetricChoice, name), metrics.F1Score):
            # Keras reports a figure for each class there, which no history of numbers holds.
            assert (ours.pop("average"), theirs.pop("average")) == ("macro", None)
        if "thresholds" in ours:
            assert ours.pop("thresholds") is theirs["thresholds"]
        assert ours == {key: value for key, value in theirs.items() if key not in TOLD}, name
    names = {"loss", *judging.ALWAYS.values(), *(name for name, _ in judging.METRICS.values())}.union(*STEPPED.values())
    assert set(REPORTED) == names | {f"val_{name}" for name in names}


def test_every_schedule_of_keras_has_its_names_and_defaults() -> None:
    theirs = classes_of(keras.optimizers.schedules, {"LearningRateSchedule"}) | {"OneCycle": OneCycle}
    assert set(rates.ScheduleChoice.model_fields) == set(theirs) == set(SCHEDULES)
    for name, kind in theirs.items():
        assert SCHEDULES[name] is kind
        ours = our_defaults(model_under(rates.ScheduleChoice, name))
        epochs = {each for each in ours if each.endswith("_epochs")}
        lengths = {schedules.in_steps(each) for each in epochs}
        expected = keras_defaults(kind, OURS)
        assert {k: v for k, v in ours.items() if k not in epochs | lengths} == {
            k: v for k, v in expected.items() if k not in lengths
        }
        assert set(expected) == set(ours) - epochs


RATES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "ExponentialDecay": ({"initial_learning_rate": 0.5, "decay_rate": 0.5}, {"decay": 2}),
    "InverseTimeDecay": ({"initial_learning_rate": 0.5, "decay_rate": 0.5, "staircase": True}, {"decay": 2}),
    "PolynomialDecay": ({"initial_learning_rate": 0.5, "power": 2.0}, {"decay": 3}),
    "CosineDecay": ({"initial_learning_rate": 0.0, "warmup_target": 0.5, "alpha": 0.1}, {"decay": 2, "warmup": 1}),
    "CosineDecayRestarts": ({"initial_learning_rate": 0.5, "m_mul": 0.5}, {"first_decay": 1}),
    "PiecewiseConstantDecay": ({"values": (0.5, 0.1, 0.01)}, {"boundaries": (1, 3)}),
    "OneCycle": ({"initial_learning_rate": 0.1, "max_learning_rate": 1.0}, {"cycle": 2, "decay": 1}),
}


@pytest.mark.parametrize("name", RATES)
def test_lengths_in_epochs_are_those_in_steps(name: str) -> None:
    arguments, lengths = RATES[name]
    in_epochs = {f"{each}_epochs": value for each, value in lengths.items()}
    in_steps = {
        schedules.in_steps(f"{each}_epochs"): tuple(7 * v for v in value) if isinstance(value, tuple) else 7 * value
        for each, value in lengths.items()
    }
    one, other = (rates.ScheduleChoice.model_validate({name: arguments | given}) for given in (in_epochs, in_steps))
    rate, expected = rate_of(one, 7), rate_of(other, None)
    seen = [float(rate(step)) for step in range(30)]
    assert seen == [float(expected(step)) for step in range(30)]
    assert max(seen) <= rates.peak(one) + 1e-6
    assert len(set(seen)) > 2
    assert float(type(rate).from_config(rate.get_config())(9)) == seen[9]
    with pytest.raises(ValueError, match="steps_per_epoch"):
        rate_of(one, None)


TEXT = """
name: m
input: {shape: [8, 8, 1]}
body:
  - Flatten
  - Dense: {units: 10, activation: ACTIVATION, kernel_initializer: zeros}
train:
"""


def trained(train: str, units: int = 10, activation: str = "softmax") -> tuple[Document, keras.Model]:
    text = TEXT.replace("10", str(units)).replace("ACTIVATION", activation)
    document = specs.loads(text + "".join(f"  {line}\n" for line in ("data: {npz: {path: x.npz}}", *train.split("|"))))
    assert document.train is not None
    keras.utils.set_random_seed(1)
    with precision(document.train):
        model = zoo.build(document)
        compile_model(model, specs.lower(document), document.train, steps_per_epoch=2)
    return document, model


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_take_their_arguments_and_learn(name: str) -> None:
    rate = {"CosineDecay": {"initial_learning_rate": 0.5, "decay_epochs": 3}}
    shared = {"clipvalue": 2.0, "weight_decay": 0.25, "use_ema": True, "gradient_accumulation_steps": 2}
    choice = sections.OptimizerChoice.model_validate({name: {**shared, "learning_rate": rate}})
    optimizer = made_optimizer(choice, steps_per_epoch=2)
    assert {key: getattr(optimizer, key) for key in shared} == shared
    weight = keras.Variable(np.ones((2, 2), "float32"))
    assert float(optimizer.learning_rate) == 0.5
    for _ in range(6):
        optimizer.apply([weight.value * 1.0], [weight])
    assert float(optimizer.learning_rate) < 1e-6
    assert float(keras.ops.max(weight)) < 1


UNITS = {"integers": 10, "one_hot": 10, "binary": 1, "numbers": 1}


@pytest.mark.parametrize("kind", [kind for kind in LOSSES if judging.LABELS[kind] in UNITS])
def test_losses_fall_towards_the_labels_and_have_their_metrics(kind: str) -> None:
    form = judging.LABELS[kind]
    units = 4 if kind in ("KLDivergence", "CosineSimilarity") else UNITS[form]
    added = [name for name, (_, forms) in judging.METRICS.items() if form in forms]
    added = [name for name in added if not ("Hinge" in kind and form == "binary")]
    section = sections.Train.model_validate({"loss": kind, "metrics": tuple(added)})
    labels = labels_for_loss(np.array([0, 1, 1, 0, 1, 0]), kind, units)
    right = np.eye(units, dtype="float32")[labels] if form == "integers" else labels
    # Margins are those of -1 and 1.
    right = 2 * right - 1.25 if "Hinge" in kind and form == "binary" else right
    far, near = (np.float32(share) * right + np.float32((1 - share) / 2) for share in (0.2, 0.8))
    loss = keras_loss(section.loss)
    assert np.isfinite(float(loss(labels, far)))
    assert float(loss(labels, near)) < float(loss(labels, far))
    metrics = keras_metrics(section, Output("end"), (units,))
    for metric in metrics:
        metric.update_state(labels, near)
    names = [metric.name for metric in metrics]
    assert tuple(names) == metrics_of(section, Output("end"), (units,))
    assert len(names) == 1 + len(added)
    assert all(np.isfinite(float(metric.result())) for metric in metrics)
    assert "accuracy" not in names or float(metrics[0].result()) == 1.0


def test_sequences_are_learnt_without_alignment() -> None:
    y = np.array([[1, 2, 0], [3, 0, 0], [2, 2, 1], [1, 0, 0]])
    outputs = np.random.default_rng(0).random((4, 6, 4), "float32")
    loss = keras_loss(judging.LossChoice.model_validate("CTC"))
    given = float(loss(labels_for_loss(y, "CTC", 4), outputs))
    outputs[1, :, 3] += 9
    assert 0 < float(loss(labels_for_loss(y, "CTC", 4), outputs)) < given


def test_an_ignored_label_counts_neither_in_the_loss_nor_in_the_accuracy() -> None:
    section = sections.Train.model_validate({"loss": {"SparseCategoricalCrossentropy": {"ignore_class": -1}}})
    y, outputs = np.array([0, 0, -1, -1]), np.tile(np.array([[0.7, 0.2, 0.1]], "float32"), (4, 1))
    (accuracy,) = keras_metrics(section, Output("end"), (3,))
    accuracy.update_state(y, outputs)
    assert float(accuracy.result()) == 1.0
    assert float(keras_loss(section.loss)(y, outputs)) == pytest.approx(-np.log(0.7), rel=1e-5)


def test_alpha_of_tversky_weighs_misses() -> None:
    (y,), (miss, alarm) = np.array([[[1.0, 1.0, 0.0, 0.0]]]), np.array([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0]])
    lenient = LOSSES["Tversky"](alpha=0.0, beta=1.0)
    assert float(lenient(y, miss[None])) == pytest.approx(0.0, abs=1e-6)
    assert float(lenient(y, alarm[None])) > 0.2


def test_outputs_have_losses_and_metrics_of_their_own() -> None:
    document = specs.loads("""
name: tasks
input: {shape: [4]}
body:
  - Dense: {units: 3, activation: softmax}
    name: kind
  - Dense: {units: 1}
    name: size
    from: input
outputs:
  kind: kind
  size: {from: size, loss: {Huber: {delta: 2.0}}, loss_weight: 0.5}
train: {data: {npz: {path: x}}, metrics: [RootMeanSquaredError, TopKCategoricalAccuracy: {k: 2}]}
""")
    assert document.train is not None
    graph, model = specs.lower(document), zoo.build(document)
    compile_model(model, graph, document.train)
    assert reported(document.train, graph) == ("loss", "accuracy", "top_k_categorical_accuracy")
    x, y = np.random.default_rng(0).random((6, 4), "float32"), {"kind": np.arange(6) % 3, "size": np.ones((6, 1))}
    logs = plain_names(model.evaluate(x, y, verbose=0, return_dict=True), graph)
    assert set(logs) == {
        *("loss", "kind_loss", "size_loss", "accuracy", "top_k_categorical_accuracy"),
        *("size_mae", "size_root_mean_squared_error"),
    }
    assert logs["loss"] == pytest.approx(logs["kind_loss"] + 0.5 * logs["size_loss"], rel=1e-5)


@pytest.mark.parametrize("name", ["mixed_float16", "mixed_bfloat16"])
def test_what_is_trained_in_half_precision_is_rebuilt_in_single(name: str) -> None:
    before = keras.config.dtype_policy()
    document, model = trained(f"precision: {name}|optimizer: SGD")
    assert keras.config.dtype_policy() == before
    assert {layer.compute_dtype for layer in model.layers if layer.weights} <= {name.removeprefix("mixed_"), "float32"}
    assert model.layers[1].compute_dtype == name.removeprefix("mixed_")
    assert model.output.dtype == "float32"
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer) == (name == "mixed_float16")
    x, y = np.random.default_rng(0).random((8, 8, 8, 1), "float32"), np.arange(8)
    losses = model.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    again = zoo.build(document)
    again.set_weights(model.get_weights())
    assert {layer.compute_dtype for layer in again.layers} == {"float32"}
    np.testing.assert_allclose(again.predict(x, verbose=0), model.predict(x, verbose=0), atol=0.02)


def test_the_policy_comes_back_after_an_error() -> None:
    before = keras.config.dtype_policy()
    with pytest.raises(KeyError), precision(sections.Train(precision="mixed_bfloat16")):
        raise KeyError
    assert keras.config.dtype_policy() == before


@pytest.mark.parametrize(("given", "expected"), [("true", True), ("false", False), ("auto", False)])
def test_compiling_the_step_is_what_the_spec_says(given: str, expected: bool) -> None:
    _, model = trained(f"jit_compile: {given}|steps_per_execution: 3")
    assert (model.jit_compile, model.steps_per_execution) == (expected, 3)


def test_the_rate_falls_on_a_plateau() -> None:
    text = "reduce_on_plateau: {monitor: val_accuracy, factor: 0.5, patience: 1, cooldown: 2, min_learning_rate: 0.03}"
    document, model = trained(f"optimizer: {{SGD: {{learning_rate: 0.1}}}}|{text}")
    assert document.train is not None
    (callback,) = callbacks(document.train, specs.lower(document))
    callback.set_model(model)
    callback.on_train_begin()
    seen = []
    for epoch, accuracy in enumerate((0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6)):
        callback.on_epoch_end(epoch, {"val_accuracy": accuracy})
        seen.append(round(float(model.optimizer.learning_rate), 4))
    assert seen == [0.1, 0.1, 0.05, 0.05, 0.03, 0.03, 0.03]


def test_averaged_weights_are_validated_and_given() -> None:
    document, model = trained("optimizer: {SGD: {learning_rate: 1.0, use_ema: true, ema_momentum: 1.0}}")
    assert document.train is not None
    x, y = np.random.default_rng(0).random((8, 8, 8, 1), "float32"), np.arange(8)
    watched = callbacks(document.train, specs.lower(document))
    logs = model.fit(x, y, validation_data=(x, y), epochs=2, verbose=0, callbacks=watched).history
    # An average that forgets nothing stays what it is after the first step, while training goes on.
    assert logs["loss"][0] > logs["loss"][1]
    assert logs["val_loss"][0] == logs["val_loss"][1]
    assert model.evaluate(x, y, verbose=0, return_dict=True)["loss"] == pytest.approx(logs["val_loss"][0], rel=1e-5)


def test_a_recipe_is_saved_with_its_model(tmp_path: Path) -> None:
    cycle = "OneCycle: {initial_learning_rate: 0.1, max_learning_rate: 1.0, cycle_epochs: 1, decay_epochs: 1}"
    _, model = trained(f"optimizer: {{SGD: {{learning_rate: {{{cycle}}}}}}}")
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(again.optimizer._learning_rate, OneCycle)
