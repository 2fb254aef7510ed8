"""The layers that Keras lacks, written as ONNX and run by onnxruntime."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import specs
import zoo
from specs.ops import OPS
from zoo.backend import keras

SPEC = """
name: all_of_them
input: {shape: [16, 12, 3]}
body:
  - FillMissing
  - TableConv2D: {connections: [[0], [1, 2], [0, 1, 2], [2]], kernel_size: [5, 3], strides: 2, padding: same}
  - ChannelAffine
  - LocalResponseNormalization: {depth_radius: 1, bias: 1.0, alpha: 0.3, beta: 0.5}
  - parallel:
      branches:
        - [ChannelSplit: {index: 0}]
        - [ChannelSplit: {parts: 4, index: 3}, conv: {filters: 4, kernel_size: 1}]
  - ChannelShuffle: {groups: 3}
  - LayerScale: {init_values: 0.5}
  - {residual: {shortcut: padding, body: [conv: {filters: 10, kernel_size: 3, strides: 2}]}, name: added}
  - {GaussianSampling: , from: [added, added]}
  - {ReLU: , name: seen}
  - GlobalAveragePooling2D
  - Dense: {units: 8, activation: sigmoid}
  - {Reshape: {target_shape: [2, 4]}, name: regions}
  - {RoiPooling: {pool_size: [2, 3]}, from: [seen, regions]}
  - Flatten
  - Maxout: {units: 8, pieces: 3}
  - {SquaredDistance: {units: 10, seed: 1}, name: codes}
  - {Dense: {units: 10}, name: other}
  - {EuclideanDistance: , from: [codes, other]}
"""


@pytest.mark.filterwarnings("ignore:In the future `np.object`:FutureWarning")  # Keras 3.15 looks for it
def test_they_compute_the_same(tmp_path: Path) -> None:
    model = zoo.build(specs.loads(SPEC, file="all.yaml"))
    ours = {type(layer).__name__ for layer in model.layers if type(layer).__module__.startswith("zoo.")}
    assert ours == {name for name in OPS if not hasattr(keras.layers, name)}
    model(np.zeros((1, 16, 12, 3), "float32"))  # Keras wants to have seen a call
    model.export(tmp_path / "all.onnx", format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(tmp_path / "all.onnx", providers=["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    random = np.random.default_rng(0)
    for batch in (1, 7):
        images = random.normal(size=(batch, 16, 12, 3)).astype("float32")
        images[:, 0, 0, 0] = np.nan
        (found,) = session.run(None, {entry.name: images})
        np.testing.assert_allclose(found, model.predict(images, verbose=0), rtol=1e-4, atol=1e-5)
