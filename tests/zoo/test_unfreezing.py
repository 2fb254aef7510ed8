"""Layers that are frozen at first learn from their stage on, and a training that is killed between goes on the same."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from specs.unfreezing import at_epoch
from tests.zoo.test_resuming import cut_off_at, without
from zoo import stages
from zoo.backend import keras
from zoo.replicas import ALONE
from zoo.training import prepared
from zoo.weights import freeze

STAGED = """
name: staged
input: {shape: [4, 4, 1]}
body:
  - {Conv2D: {filters: 2, kernel_size: 3}, name: low}
  - {BatchNormalization: {}, name: norm}
  - {Conv2D: {filters: 3, kernel_size: 2}, name: high}
  - Flatten
  - Dropout: {rate: 0.2}
  - {Dense: {units: 2, activation: softmax}, name: head}
train:
  optimizer: {Adam: {learning_rate: 0.01}}
  batch_size: 8
  epochs: 4
  freeze_until: high
  unfreeze:
    - {after_epochs: 1, freeze_until: norm}
    - {after_epochs: 3, learning_rate: 0.005}
"""
LAYERS = ("low", "norm", "high", "head")


@pytest.fixture(scope="module")
def document() -> Document:
    return specs.loads(STAGED, file="staged.yaml")


@pytest.fixture(scope="module")
def data(document: Document) -> zoo.Dataset:
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 40)
    x = random.normal(size=(40, 4, 4, 1)).astype(np.float32) + y[:, None, None, None]
    return zoo.as_dataset((x, y), document)


def weights(model: keras.Model) -> dict[str, list[Any]]:
    return {name: model.get_layer(name).get_weights() for name in LAYERS}


def changed(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> set[str]:
    """Layers of which any weight is another, moving means and variances among them."""
    return {name for name in LAYERS if any(map(np.any, map(np.subtract, before[name], after[name])))}


def test_each_stage_has_its_layers_learn(
    document: Document, data: zoo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, begin = [], stages.begin_stage

    def keep(model: keras.Model, *arguments: Any) -> None:
        seen.append(weights(model))
        begin(model, *arguments)

    monkeypatch.setattr("zoo.training.begin_stage", keep)
    keras.utils.set_random_seed(0)
    seen.append(weights(zoo.build(document)))
    model = zoo.fit(document, data).model
    seen.append(weights(model))
    # Batch normalisation that is frozen does not even follow its statistics.
    told = [changed(one, other) for one, other in itertools.pairwise(seen)]
    assert told == [{"head"}, {"head", "high"}, set(LAYERS)]
    # The last stage has an optimizer of its own, for all weights.
    assert int(model.optimizer.iterations) == len(range(0, len(data.train), 8))
    assert float(model.optimizer.learning_rate) == pytest.approx(0.005)
    assert len(model.optimizer.variables) == 2 + 2 * len(model.trainable_variables) == 2 + 2 * 8


def test_what_is_killed_goes_on_the_same(data: zoo.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the first step of a stage, and later in it."""
    stage = "    - {after_epochs: 3, learning_rate: 0.005}\n"
    document = specs.loads(STAGED.replace(stage, "").replace("epochs: 4", "epochs: 3"), file="staged.yaml")
    whole = zoo.train(document, tmp_path / "whole", data=data)
    for number, place in enumerate([(1, 0), (2, 1)]):
        with monkeypatch.context() as patch, pytest.raises(MemoryError):
            cut_off_at(patch, *place)
            if number:
                zoo.resume(tmp_path / "cut", data=data)
            else:
                zoo.train(document, tmp_path / "cut", data=data)
    again = zoo.resume(tmp_path / "cut", data=data)
    assert again.fit.history == whole.fit.history
    assert without(again.metrics) == without(whole.metrics)
    for one, other in zip(again.fit.model.get_weights(), whole.fit.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_trials_do_not_share_a_model_that_changes(document: Document, data: zoo.Dataset) -> None:
    compiled, graph, train = zoo.CompiledModels(), specs.lower(document), document.train
    assert train is not None
    for changes in (train, train.model_copy(update={"unfreeze": ()})):
        assert not compiled.kept
        prepared(document, graph, changes, None, data, ALONE, compiled)
    assert len(compiled.kept) == 1


def test_shared_layers_are_frozen_once() -> None:
    text = """
name: twice
inputs: {left: {shape: [3]}, right: {shape: [3]}}
body:
  - {Dense: {units: 2}, name: one, from: left}
  - {share: one, name: two, from: right}
  - {Concatenate: {}, name: both, from: [one, two]}
  - {Dense: {units: 1}, name: head}
train: {loss: MeanSquaredError, freeze_until: two, unfreeze: [{after_epochs: 2}]}
"""
    document = specs.loads(text)
    graph = specs.lower(document)
    assert document.train is not None
    model = zoo.build(graph)
    for epoch, learning in ((0, ["head"]), (2, ["one", "head"])):
        freeze(model, graph, at_epoch(document.train, epoch).freeze_until)
        assert [layer.name for layer in model.layers if layer.trainable_weights] == learning
