"""Layers that learn alone, without labels, before the whole is trained; and examples whose labels are not looked at."""

from pathlib import Path

import numpy as np
import pytest

import specs
import zoo
from specs.errors import DataError
from specs.pretraining import layer_document
from zoo import pretraining
from zoo.backend import keras, set_random_seed
from zoo.building import build
from zoo.data import load_data

SPEC = """
name: shallow
input: {shape: [8, 8, 1]}
body:
  - {Rescaling: {scale: $(1 / 255)}, name: scaled}
  - {Conv2D: {filters: 4, kernel_size: 3, strides: 2, padding: same, activation: relu}, name: conv}
  - Flatten
  - {Dense: {units: 16, activation: relu}, name: hidden}
  - {Dense: {units: 10, activation: softmax}, name: label}
train:
  data: {digits: {labelled: 50}}
  pretrain: {layers: [hidden, conv], corruption: {GaussianNoise: {stddev: 0.1}}, epochs: 2, learning_rate: 3e-3}
  batch_size: 64
  epochs: 1
"""


def test_labels_are_looked_at_in_proportion_and_the_rest_is_kept_apart() -> None:
    document = specs.loads(SPEC)
    data = load_data(document)
    labels = data.train.all().y["output"]
    assert np.bincount(labels).tolist() == pytest.approx([5] * 10, abs=1)
    assert len(labels) == 50 and data.unlabelled is not None
    parts = [part.positions for part in (data.train, data.unlabelled, data.validation, data.test)]
    assert sorted(np.concatenate(parts).tolist()) == list(range(1797))
    assert len(data.without_labels) == 50 + len(data.unlabelled)
    every = specs.loads(SPEC.replace("labelled: 50", "seed: 0"))
    assert load_data(every).fingerprint != data.fingerprint
    with pytest.raises(DataError, match="labelled must be below the 1168 training examples"):
        load_data(specs.loads(SPEC.replace("labelled: 50", "labelled: 1168")))


def test_each_layer_learns_what_those_before_it_compute() -> None:
    document = specs.loads(SPEC)
    graph, train, data = specs.lower(document), document.train, load_data(document)
    assert train is not None
    set_random_seed(0)
    model = build(graph)
    before = {layer.name: layer.get_weights() for layer in model.layers}
    told = pretraining.pretrain(model, graph, train, data)
    assert [*told.layers] == ["conv", "hidden"]
    changed = [
        name
        for name, weights in before.items()
        if weights and (model.get_layer(name).get_weights()[0] != weights[0]).any()
    ]
    assert changed == ["conv", "hidden"]
    # The layer above saw what the pretrained one gives, and labels were of no account.
    x = data.without_labels.all().x["input"]
    given = keras.ops.convert_to_numpy(keras.Model(model.input, model.get_layer("flatten1").output)(x))
    seen = pretraining._alone(model, graph, "hidden", data, 64).train.all().x["input"]
    np.testing.assert_allclose(seen, given, rtol=1e-5, atol=1e-6)
    alone = specs.lower(layer_document(graph, train, "hidden"))
    assert [node.op for node in alone.nodes] == ["InputLayer", "GaussianNoise", "Dense", "Dense"]


def test_a_run_says_what_was_pretrained_and_begins_from_it(tmp_path: Path) -> None:
    run = zoo.train(specs.loads(SPEC), tmp_path / "run")
    assert run.metrics["started"].startswith("pretrained without labels: conv (val_loss 0.")
    assert run.metrics["data"]["examples"] == {"train": 50, "validation": 270, "test": 359, "unlabelled": 1118}
    assert zoo.evaluate(tmp_path / "run").metrics == pytest.approx(run.metrics["test"], rel=1e-5)
