"""Model → SavedModel: one signature, one copy of the weights.

`keras.Model.export` writes every weight twice (ResNet-50: 198 MB instead of 99) and traces without training=False,
which leaves dropout and augmentation at work; a tf.Module over the model's own variables does neither.
"""

import contextlib
from pathlib import Path
from typing import Any

from specs.graph import Graph
from zoo.backend import keras
from zoo.building import one_or_all
from zoo.exports.manifest import SERVING

LOOKUPS = (keras.layers.StringLookup, keras.layers.IntegerLookup, keras.layers.TextVectorization)


def write_program(model: keras.Model, graph: Graph, folder: Path, *, frozen: bool = False) -> None:
    """Write the model for inference: `serving_default` takes the inputs by name and gives float32 outputs by name.

    The batch axis is free. `model` must be the one built from `graph`, on TensorFlow. Weights are variables, with
    `frozen` constants of the program, whose convolutions TensorFlow prepares once.
    """
    from zoo.backend import tensorflow as tf

    values = [weight.numpy() for weight in model.variables] if frozen else []

    def serve(**inputs: Any) -> dict[str, Any]:
        constants = [(weight, tf.constant(value)) for weight, value in zip(model.variables, values, strict=False)]
        with keras.StatelessScope(state_mapping=constants) if frozen else contextlib.nullcontext():
            return {name: tf.cast(value, tf.float32) for name, value in outputs_of(model, graph, inputs).items()}

    # Not in the order of model.inputs: Keras sorts several inputs by their names.
    signature = {
        name: tf.TensorSpec((None, *shape), graph.node(name).args.dtype, name)  # type: ignore[attr-defined]
        for name, shape in graph.input_shapes().items()
    }
    module = tf.Module()
    module.weights = [] if frozen else [weight.value for weight in model.weights]
    # Vocabularies are tables, which no list of weights has; what is not tracked is not saved.
    module.lookups = [layer for layer in model.layers if isinstance(layer, LOOKUPS)]
    function = tf.function(serve, autograph=False).get_concrete_function(**signature)
    tf.saved_model.save(module, str(folder), signatures={SERVING: function})


def outputs_of(model: keras.Model, graph: Graph, inputs: dict[str, Any]) -> dict[str, Any]:
    """The model's outputs by name, in inference."""
    outputs = model(one_or_all(inputs), training=False)
    return outputs if isinstance(outputs, dict) else {next(iter(graph.outputs)): outputs}
