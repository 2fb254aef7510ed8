"""Generator and discriminator: what a step changes, what is kept of both, and what a run makes and exports."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from specs.errors import UserError
from tests.zoo.test_resuming import cut_off_at, without
from zoo import adversarial
from zoo.backend import keras, tensorflow
from zoo.building import served
from zoo.exports.program import write_program
from zoo.finished import read_run
from zoo.replicas import ALONE
from zoo.training import prepared

PAIR = """
name: pair
inputs: {noise: {shape: [4]}, digit: {shape: [10]}}
body:
  - {Concatenate: {}, from: [noise, digit]}
  - {Dense: {units: 64, activation: sigmoid}, name: make}
  - {Rescaling: {scale: 255.0}}
  - {Reshape: {target_shape: [8, 8, 1]}, name: pixels}
  - {Rescaling: {scale: 0.01}}
  - {Flatten: {}, name: flat}
  - {Concatenate: {}, from: [flat, digit]}
  - {Dense: {units: 8, activation: relu}, name: judge}
  - {Dropout: {rate: 0.2}, name: spoilt}
  - {Dense: {units: 1, activation: sigmoid}, name: verdict}
outputs: {image: {from: pixels}, verdict: {from: verdict, auxiliary: true}}
train:
  step: {adversarial: {condition: digit, label_smoothing: 0.1}}
  loss: BinaryCrossentropy
  batch_size: 128
  epochs: 3
"""


def pair(text: str = PAIR) -> Document:
    return specs.loads(text, file="pair.yaml")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> zoo.Run:
    return zoo.train(pair(), out=tmp_path_factory.mktemp("pairs") / "run")


def test_a_step_moves_each_part_by_its_own_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """Algorithm 1 of arXiv:1406.2661, written down again by hand, with both learning rates and labels of 0.9."""
    text = PAIR.replace("rate: 0.2", "rate: 0.0").replace(
        "label_smoothing: 0.1", "label_smoothing: 0.1, discriminator_optimizer: {SGD: {learning_rate: 0.5}}"
    )
    document = pair(text + "  optimizer: {SGD: {learning_rate: 0.25}}\n")
    keras.utils.set_random_seed(3)
    data = zoo.load_data(document)
    assert document.train is not None
    model, _ = prepared(document, specs.lower(document), document.train, None, data, ALONE)
    random = np.random.default_rng(0)
    z = [tensorflow.constant(random.normal(size=(16, 4)), "float32") for _ in range(2)]
    draws = iter(z)
    monkeypatch.setattr(adversarial.Pair, "drawn", lambda self, count, seed: next(draws))
    batch = data.train.take(np.arange(16))
    x, digits = tensorflow.constant(batch.x["pixels"]), np.eye(10, dtype=np.float32)[batch.y["digit"]]
    names = ("make", "judge", "verdict")
    w = {name: [tensorflow.Variable(each) for each in model.get_layer(name).get_weights()] for name in names}

    def make(noise: Any) -> Any:
        return 255 * tensorflow.sigmoid(tensorflow.concat([noise, digits], 1) @ w["make"][0] + w["make"][1])

    def real(images: Any) -> Any:
        told = tensorflow.concat([0.01 * tensorflow.reshape(images, (16, 64)), digits], 1)
        hidden = tensorflow.nn.relu(told @ w["judge"][0] + w["judge"][1])
        return tensorflow.sigmoid(hidden @ w["verdict"][0] + w["verdict"][1])

    def moved(loss: Any, tape: Any, variables: list[Any], rate: float) -> None:
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            variable.assign_sub(rate * gradient)

    log, mean = tensorflow.math.log, tensorflow.reduce_mean
    with tensorflow.GradientTape() as tape:
        judged = -mean(0.9 * log(real(x)) + 0.1 * log(1 - real(x))) - mean(log(1 - real(make(z[0]))))
    moved(judged, tape, [*w["judge"], *w["verdict"]], 0.5)
    with tensorflow.GradientTape() as tape:
        fooled = -mean(log(real(make(z[1]))))
    moved(fooled, tape, w["make"], 0.25)

    model.run_eagerly = True  # each step draws anew, which a traced one would do once
    told = model.train_on_batch(x, batch.y["digit"], return_dict=True)
    assert told["loss"] == pytest.approx(float(fooled), rel=1e-4)
    assert told["discriminator_loss"] == pytest.approx(float(judged), rel=1e-4)
    for name in names:
        for found, expected in zip(model.get_layer(name).get_weights(), w[name], strict=True):
            np.testing.assert_allclose(found, expected.numpy(), rtol=1e-3, atol=1e-5, err_msg=name)


def test_the_distance_is_that_of_its_definition() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(5, 3, 2)), 1 + random.normal(size=(4, 3, 2))
    apart = [[np.linalg.norm(a - b) for b in y] for a in x]
    among = [
        np.mean([np.linalg.norm(a - b) for i, a in enumerate(s) for j, b in enumerate(s) if i != j]) for s in (x, y)
    ]
    found = float(adversarial.energy_distance(x, y))
    assert found == pytest.approx(2 * np.mean(apart) - sum(among), rel=1e-4)


def test_a_training_that_is_cut_off_ends_as_if_it_had_not_been(
    run: zoo.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        cut_off_at(patch, 1, 3)
        zoo.train(pair(), out=tmp_path / "cut")
    again = zoo.resume(tmp_path / "cut")
    assert again.fit.history == run.fit.history
    assert without(again.metrics) == without(run.metrics)
    for one, other in zip(again.fit.model.get_weights(), run.fit.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_run_says_how_far_what_is_made_is_from_what_is_real(run: zoo.Run) -> None:
    first, *_, last = run.fit.history
    losses = {"loss", "discriminator_loss", "distance"}
    assert set(last) == losses | {f"val_{name}" for name in losses}
    assert np.isfinite([*last.values()]).all()
    assert last["val_distance"] < first["val_distance"]
    best = min(run.fit.history, key=lambda logs: logs["val_distance"])
    assert run.fit.history[run.fit.best_epoch] == best


def test_a_run_makes_examples_of_each_class(run: zoo.Run, tmp_path: Path) -> None:
    made = zoo.generate(run.directory, tmp_path / "made.npz", 25)
    assert made.x.shape == (25, 8, 8, 1)
    assert made.y is not None
    assert made.y.tolist() == [str(at % 10) for at in range(25)]
    assert 0 <= made.x.min() < made.x.max() <= 255
    again = zoo.generate(run.directory, tmp_path / "again.npz", 25)
    np.testing.assert_array_equal(again.x, made.x)
    assert (zoo.generate(run.directory, tmp_path / "other.npz", 25, seed=1).x != made.x).any()


def test_what_is_served_is_the_generator_alone(run: zoo.Run, tmp_path: Path) -> None:
    member = read_run(run.directory)
    model, graph = member.model("pair"), member.graph
    assert [*graph.outputs] == ["image"]
    assert {layer.name for layer in model.layers}.isdisjoint({"judge", "verdict"})
    write_program(*served(model, graph), tmp_path / "program")
    program = tensorflow.saved_model.load(str(tmp_path / "program"))
    kept = tensorflow.train.list_variables(str(tmp_path / "program" / "variables" / "variables"))
    assert sorted(shape for _, shape in kept if shape) == [[14, 64], [64]]
    x = {"noise": np.ones((2, 4), np.float32), "digit": np.eye(10, dtype=np.float32)[:2]}
    answers = program.signatures["serving_default"](**{name: tensorflow.constant(each) for name, each in x.items()})
    assert set(answers) == {"image"}
    np.testing.assert_allclose(answers["image"], model.predict(x, verbose=0), rtol=1e-4)


def test_there_may_be_no_condition_squares_for_a_loss_and_an_early_end(tmp_path: Path) -> None:
    text = PAIR.replace("{noise: {shape: [4]}, digit: {shape: [10]}}", "{noise: {shape: [4]}}")
    text = text.replace("  - {Concatenate: {}, from: [noise, digit]}\n", "").replace("condition: digit, ", "")
    text = text.replace("  - {Concatenate: {}, from: [flat, digit]}\n", "").replace("Binary", "")
    text = text.replace("Crossentropy", "MeanSquaredError")
    text += "  early_stopping: {monitor: val_distance, patience: 1, min_delta: 1e9}\n"
    found = zoo.train(pair(text), out=tmp_path / "run")
    assert (len(found.fit.history), found.fit.best_epoch) == (2, 0)
    assert np.isfinite([*found.fit.history[0].values()]).all()
    made = zoo.generate(found.directory, tmp_path / "made.npz", 3)
    assert (made.x.shape, made.y) == ((3, 8, 8, 1), None)


def test_what_knows_of_losses_of_outputs_alone_refuses_it(run: zoo.Run) -> None:
    for asked in (lambda: zoo.evaluate(run.directory), lambda: zoo.diagnose(pair()), lambda: zoo.lr_find(pair())):
        with pytest.raises(UserError, match="pair: learns by an adversarial step"):
            asked()


def test_it_is_tensorflows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    document = pair()
    graph = specs.lower(document)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert document.train is not None and document.train.step is not None
    with pytest.raises(
        UserError, match=r"pair: an adversarial step is TensorFlow's alone: set KERAS_BACKEND=tensorflow"
    ):
        adversarial.adversarial(None, graph, document.train.step.args)  # type: ignore[arg-type]
