"""The memory that `specs.analysis.memory` counts is what Keras' variables and TensorFlow's gradients hold."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.analysis import memory_kinds
from specs.analysis.memory import memory
from specs.document import Document
from specs.ops import OPS
from zoo.backend import tensorflow
from zoo.compiling import compile_model

VALID = Path(__file__).parents[1] / "valid"
OPTIMIZERS = [
    "SGD", "SGD: {momentum: 0.9}", "Adam", "Adam: {amsgrad: true}", "AdamW", "RMSprop", "RMSprop: {momentum: 0.5}",
    "RMSprop: {centered: true}", "RMSprop: {momentum: 0.5, centered: true}", "Adadelta", "Adagrad", "Adamax", "Ftrl",
    "Lamb", "Lion", "Nadam", "ScheduleFreeAdamW", "Lion: {use_ema: true, gradient_accumulation_steps: 2}",
    "SGD: {learning_rate: {CosineDecay: {initial_learning_rate: 0.1, decay_steps: 9}}}",
]  # fmt: skip


def size(variables: list[Any]) -> int:
    return sum(int(np.prod(v.shape)) * np.dtype(v.dtype).itemsize for v in variables)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weights_and_slots_are_the_variables_of_keras(optimizer: str) -> None:
    text = f"""
    name: tiny
    input: {{shape: [8, 8, 1]}}
    body: [conv: {{filters: 4, kernel_size: 3}}, Flatten, Dense: {{units: 10, activation: softmax}}]
    train: {{optimizer: {{{optimizer if ":" in optimizer else f"{optimizer}: "}}}}}
    """
    document = specs.loads(text)
    graph = specs.lower(document)
    model = zoo.build(document)
    assert document.train
    compile_model(model, graph, document.train)
    model.optimizer.build(model.trainable_variables)
    counted = memory(graph, document.train)
    assert counted.weights == size(model.variables) - size([v for v in model.variables if "seed" in v.path])
    assert counted.gradients == size(model.trainable_variables)
    assert counted.optimizer == size(model.optimizer.variables)


@pytest.mark.parametrize("optimizer", ["Adafactor", "Muon"])
def test_slots_that_depend_on_shapes_are_a_floor(optimizer: str) -> None:
    text = "name: tiny\ninput: {shape: [64]}\nbody: [Dense: {units: 64}]\ntrain: {data: {npz: {path: x}}}\n"
    document = specs.loads(text.replace("train: {", f"train: {{optimizer: {optimizer}, "))
    graph, model = specs.lower(document), zoo.build(document)
    assert document.train
    compile_model(model, graph, document.train)
    model.optimizer.build(model.trainable_variables)
    assert 0.9 < memory(graph, document.train).optimizer / size(model.optimizer.variables) <= 1


def kept_by_tensorflow(document: Document, batch: int) -> int:
    """Bytes of the tensors that a traced training step computes going forward and reads going back.

    Operations of the backward pass have the scope gradient_tape/. Views and the parameters themselves do not count, nor
    do what has no batch axis (shapes, constants, statistics of a batch norm).
    """
    tf, model = tensorflow, zoo.build(document)
    x = tf.zeros((batch, *document.inputs["input"].shape))

    @tf.function(jit_compile=False)  # type: ignore[untyped-decorator]
    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            y = model(x, training=True)
            loss = tf.add_n([tf.reduce_sum(y), *model.losses])
        return tape.gradient(loss, model.trainable_variables)

    found: dict[str, int] = {}
    for op in step.get_concrete_function(x).graph.get_operations():
        if not op.name.startswith("gradient_tape/"):
            continue
        for tensor in op.inputs:
            while tensor.op.type in ("Identity", "Reshape", "StopGradient", "Squeeze", "ExpandDims"):
                tensor = tensor.op.inputs[0]
            # The sums of gradients, AddN, have no scope.
            backward = tensor.op.name.startswith("gradient_tape/") or tensor.op.type == "AddN"
            if backward or tensor.dtype == tf.resource:
                continue
            if tensor.shape.rank and tensor.shape[0] == batch:
                found[tensor.name] = int(np.prod(tensor.shape)) * tensor.dtype.size
    return sum(found.values())


@pytest.mark.parametrize("name", ["digits_mlp", "digits_resnet", "digits_inception", "digits_densenet"])
def test_activations_are_what_tensorflow_keeps(name: str) -> None:
    document = specs.load(name)
    assert memory(specs.lower(document), document.train, 7).activations == kept_by_tensorflow(document, 7)


LAYERS = {
    "Activation: {activation: gelu}": 0.625,
    "Activation: {activation: tanh}": 1.0,
    "ChannelAffine": 1.0,
    "ChannelShuffle: {groups: 2}": 1.0,
    "ChannelSplit: {index: 0}": 1.0,
    "ELU": 1.0,
    "GroupNormalization: {groups: 2}": 0.98,
    "LayerNormalization": 0.656,
    "LeakyReLU": 1.0,
    "LocalResponseNormalization": 0.625,
    "MaxPooling2D": 1.0,
    "PReLU": 0.769,
    "ReLU: {max_value: 6.0}": 1.0,
    "SeparableConv2D: {filters: 4, kernel_size: 3}": 0.862,
    "Softmax": 1.0,
    "SpatialDropout2D: {rate: 0.2}": 0.997,
    "SquaredDistance: {units: 3}": 0.607,
    "TableConv2D: {connections: [[0, 1], [2, 3]], kernel_size: 3}": 1.0,
}
"""By layer, the part of TensorFlow's bytes that is counted for a small net around it: never more than all."""


@pytest.mark.parametrize("step", LAYERS)
def test_activations_by_layer(step: str) -> None:
    document = specs.loads(f"""
    name: one
    input: {{shape: [8, 8, 3]}}
    body: [Conv2D: {{filters: 4, kernel_size: 3}}, {step if ":" in step else f"{step}: "}, Flatten, Dense: {{units: 3}}]
    """)
    counted, real = memory(specs.lower(document), batch_size=7).activations, kept_by_tensorflow(document, 7)
    assert counted is not None
    assert counted / real == pytest.approx(LAYERS[step], abs=0.001)


ALONG_SEQUENCES = {
    "ActivityRegularization: {l2: 0.1}": 1.0,
    "AdaptiveMaxPooling1D: {output_size: 2}": 0.641,
    "AdditiveAttention": 1.0,
    "AlphaDropout: {rate: 0.2}": 0.533,
    "Attention": 0.81,
    "AveragePooling1D: {pool_size: 2}": 1.0,
    "Bidirectional: {layer: {LSTM: {units: 5, unroll: true}}}": 0.952,
    "Conv1D: {filters: 3, kernel_size: 2}": 1.0,
    "Conv1DTranspose: {filters: 3, kernel_size: 2}": 1.0,
    "Cropping1D": 1.0,
    "DepthwiseConv1D: {kernel_size: 2}": 1.0,
    "GRU: {units: 5, unroll: true}": 0.868,
    "GaussianDropout: {rate: 0.2}": 0.733,
    "GaussianNoise: {stddev: 0.2}": 1.0,
    "GlobalMaxPooling1D": 1.0,
    "GroupQueryAttention: {num_query_heads: 4, num_key_value_heads: 2, head_dim: 3}": 1.0,
    "LSTM: {units: 5, unroll: true, return_sequences: true}": 1.0,
    "LSTM: {units: 5, unroll: true}": 1.0,
    "MaxPooling1D": 1.0,
    "Maxout: {units: 4}": 0.579,
    "MultiHeadAttention: {num_heads: 2, key_dim: 3}": 1.0,
    "Permute: {dims: [2, 1]}": 1.0,
    "RMSNormalization": 0.688,
    "SimpleRNN: {units: 5, unroll: true}": 1.0,
    "SpatialDropout1D: {rate: 0.2}": 0.977,
    "SpectralNormalization: {layer: {Dense: {units: 3}}}": 1.0,
    "TimeDistributed: {layer: {Dense: {units: 5}}}": 1.0,
    "UnitNormalization": 0.846,
    "UpSampling1D": 1.0,
}
"""The same for layers over sequences."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("step", ALONG_SEQUENCES)
def test_activations_by_layer_over_sequences(step: str) -> None:
    written = step if ":" in step else f"{step}: "
    both = "\n        from: [first, first]" if step in ("Attention", "AdditiveAttention") else ""
    document = specs.loads(f"""
    name: one
    input: {{shape: [6, 3]}}
    body:
      - Dense: {{units: 4}}
        name: first
      - {written}{both}
      - Flatten
      - Dense: {{units: 3}}
    """)
    counted, real = memory(specs.lower(document), batch_size=7).activations, kept_by_tensorflow(document, 7)
    assert counted is not None
    assert counted / real == pytest.approx(ALONG_SEQUENCES[step], abs=0.001)


def test_every_layer_is_in_a_table() -> None:
    """None keeps nothing because nobody thought of it."""
    kinds = memory_kinds
    something = kinds.KEEP_INPUT | kinds.KEEP_OUTPUT | kinds.MASKED | kinds.NOISY | kinds.INSIDE.keys()
    tables = [kinds.VIEWS - something, something, kinds.NOTHING, kinds.BY_ACTIVATION, kinds.WRAPPERS]
    assert sorted(op for table in tables for op in table) == sorted(OPS)
