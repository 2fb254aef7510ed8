"""Fitting on real data."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from zoo.compiling import compile_model
from zoo.data.dataset import Examples, InMemory, Part
from zoo.epochs import Logs
from zoo.training import evaluate

Spec = Callable[[str], Document]
KEYS = {"loss", "accuracy", "val_loss", "val_accuracy"}

TWO_HEADS = """
name: two_heads
input: {shape: [8, 8, 1]}
body:
  - Rescaling: {scale: 0.00392156862745098}
  - Flatten
  - Dense: {units: 16, activation: relu}
    name: trunk
  - Dense: {units: 10, activation: softmax}
    name: side_head
    from: trunk
  - Dense: {units: 10, activation: softmax}
    name: main_head
    from: trunk
outputs: {main: {from: main_head}, side: {from: side_head, loss_weight: 0.3}}
train:
  epochs: 2
  optimizer: {Adam: {learning_rate: 0.01}}
  early_stopping: {monitor: val_accuracy, patience: 1}
"""


def test_it_learns(run: zoo.Run) -> None:
    first, last = run.fit.history[0], run.fit.history[-1]
    assert set(first) == KEYS
    assert last["val_accuracy"] > 0.8 > first["accuracy"]
    assert run.fit.best_epoch == min(range(4), key=lambda epoch: run.fit.history[epoch]["val_loss"])


def test_the_seed_decides(tiny: Document, dataset: zoo.Dataset) -> None:
    one, again, other = (zoo.fit(tiny, dataset, epochs=1, seed=seed).history for seed in (5, 5, 6))
    assert one == again != other


def test_every_epoch_is_reported_and_an_exception_ends_training(tiny: Document, dataset: zoo.Dataset) -> None:
    seen: list[tuple[int, Logs]] = []

    def on_epoch(epoch: int, logs: Logs) -> None:
        seen.append((epoch, logs))
        if epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        zoo.fit(tiny, dataset, on_epoch=on_epoch)
    assert [epoch for epoch, _ in seen] == [0, 1]
    assert set(seen[0][1]) == KEYS


def test_training_goes_on_from_weights(tiny: Document, dataset: zoo.Dataset, run: zoo.Run, tmp_path: Path) -> None:
    run.fit.model.save_weights(tmp_path / "a.weights.h5")
    more = zoo.fit(tiny, dataset, epochs=5, initial_epoch=4, weights=tmp_path / "a.weights.h5")
    assert len(more.history) == 1
    assert more.best_epoch == 4
    assert more.history[0]["loss"] < run.fit.history[0]["loss"]
    with pytest.raises(ValueError, match="epochs must be above initial_epoch"):
        zoo.fit(tiny, dataset, epochs=4, initial_epoch=4)


def test_early_stopping_brings_the_best_weights_back(spec: Spec) -> None:
    text = TWO_HEADS.replace("epochs: 2", "epochs: 40").replace("0.01}", "0.1}")
    document = spec(text)
    dataset = zoo.load_data(document)
    fitted = zoo.fit(document, dataset)
    assert len(fitted.history) < 40
    accuracies = [logs["val_accuracy"] for logs in fitted.history]
    assert fitted.best_epoch == accuracies.index(max(accuracies)) == len(accuracies) - 2
    after = evaluate(document, fitted.model, dataset.validation)
    assert after["accuracy"] == pytest.approx(max(accuracies))


def test_several_outputs_learn_the_same_labels(spec: Spec) -> None:
    document = spec(TWO_HEADS)
    fitted = zoo.fit(document, zoo.load_data(document))
    logs = fitted.history[-1]
    assert set(logs) >= KEYS | {"main_loss", "side_loss", "side_accuracy", "val_side_accuracy"}
    assert logs["loss"] == pytest.approx(logs["main_loss"] + 0.3 * logs["side_loss"], rel=0.02)
    assert min(logs["accuracy"], logs["side_accuracy"]) > 0.5


def test_a_huge_rate_diverges_at_once(tiny: Document, dataset: zoo.Dataset) -> None:
    document = specs.loads(specs.dump(tiny).replace("Adam", "SGD"), learning_rate=1e30)
    with pytest.raises(zoo.Diverged, match=r"^tiny: training diverged in epoch 1, step 2: loss is nan;") as caught:
        zoo.fit(document, dataset)
    assert caught.value.epoch == 0


def test_values_that_are_no_numbers_diverge(spec: Spec, dataset: zoo.Dataset) -> None:
    x, y = dataset.validation.all()
    nothing = Examples({"input": InMemory(np.full_like(x["input"], np.nan))}, y)
    broken = replace(dataset, validation=Part(nothing, np.arange(len(nothing))))
    # Not the tiny model: on TensorFlow's CPU relu makes 0 of NaN.
    document = spec("name: m\ninput: {shape: [8, 8, 1]}\nbody: [Flatten, Dense: {units: 10}]\ntrain: {epochs: 2}\n")
    with pytest.raises(zoo.Diverged, match="val_loss is nan"):
        zoo.fit(document, broken)


def test_the_loss_weight_of_an_only_output_counts(spec: Spec) -> None:
    body = "body: [Flatten, {Dense: {units: 10, kernel_initializer: zeros}, name: h}]\n"
    text = "name: m\ninput: {shape: [8, 8, 1]}\n" + body
    logits = "train: {loss: {SparseCategoricalCrossentropy: {from_logits: true}}}\n"
    document = spec(text + "outputs: {only: {from: h, loss_weight: 0.5}}\n" + logits)
    model = zoo.build(document)
    assert document.train is not None
    compile_model(model, specs.lower(document), document.train)
    logs = evaluate(document, model, zoo.load_data(document).test)
    assert logs["loss"] == pytest.approx(0.5 * np.log(10), rel=1e-5)
