"""Model → SavedModel: one copy of the weights, whatever the number of its signatures.

`keras.Model.export` writes every weight twice (ResNet-50: 198 MB instead of 99) and traces without training=False,
which leaves dropout and augmentation at work; a tf.Module over the model's own variables does neither.
"""

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from specs.graph import Graph
from zoo.backend import keras
from zoo.building import one_or_all
from zoo.data.dataset import Classes
from zoo.exports.manifest import SERVING, Signature, Tensor, serving_signature
from zoo.exports.renaming import rename_inputs
from zoo.exports.ways import COLUMNS, Ways, column_places, input_of

LOOKUPS = (keras.layers.StringLookup, keras.layers.IntegerLookup, keras.layers.TextVectorization)


def write_program(
    model: keras.Model, graph: Graph, folder: Path, ways: Ways | None = None, *, frozen: bool = False
) -> dict[str, Signature]:
    """Write the model for inference, and tell its signatures; without `ways` there is `serving_default` alone.

    That takes the inputs by name and gives float32 outputs by name; the batch axis is free. `model` must be the one
    built from `graph`, on TensorFlow. Weights are variables, with `frozen` constants of the program, whose convolutions
    TensorFlow prepares once.
    """
    from zoo.backend import tensorflow as tf
    from zoo.exports.signatures import signatures

    values = [weight.numpy() for weight in model.variables] if frozen else []

    def serve(**inputs: Any) -> dict[str, Any]:
        constants = [(weight, tf.constant(value)) for weight, value in zip(model.variables, values, strict=False)]
        with keras.StatelessScope(state_mapping=constants) if frozen else contextlib.nullcontext():
            return float_outputs(model, graph, inputs)

    module = tf.Module()
    module.weights = [] if frozen else [weight.value for weight in model.weights]
    # Vocabularies are tables, which no list of weights has; what is not tracked is not saved.
    module.lookups = [layer for layer in model.layers if isinstance(layer, LOOKUPS)]
    function = tf.function(serve, autograph=False).get_concrete_function(**input_specs(graph))
    others = signatures(function, model, graph, ways) if ways else {}
    with tempfile.TemporaryDirectory() as texts:
        # As assets they are copied, and found by whoever loads the SavedModel, wherever it lies then.
        paths = _class_files(Path(texts), graph, (ways.classes if ways else None) or {})
        module.classes = [tf.saved_model.Asset(str(path)) for path in paths]
        tf.saved_model.save(module, str(folder), signatures={SERVING: function, **others})
    told = {name: _signature(each) for name, each in others.items()}
    if ways and COLUMNS in told:
        names = column_places(graph, ways)
        rename_inputs(folder / "saved_model.pb", COLUMNS, names)
        taken = told[COLUMNS].inputs
        told[COLUMNS] = told[COLUMNS].model_copy(update={"inputs": {names[place]: taken[place] for place in names}})
    return {SERVING: serving_signature(graph), **told}


def _class_files(folder: Path, graph: Graph, classes: Classes) -> Iterator[Path]:
    """A file for each output that tells classes: their names, one a line."""
    for name in graph.outputs:
        if name in classes:
            path = folder / ("classes.txt" if len(graph.outputs) == 1 else f"{name}.classes.txt")
            path.write_text("".join(f"{' '.join(each.splitlines())}\n" for each in classes[name]), encoding="utf-8")
            yield path


def _signature(function: Any) -> Signature:
    """What a concrete function takes and gives."""

    from zoo.backend import tensorflow as tf

    def tensors(found: Iterable[tuple[str, Any]]) -> dict[str, Tensor]:
        return {name: Tensor(shape=tuple(each.shape[1:]), dtype=each.dtype.name) for name, each in found}

    taken = tf.nest.flatten(function.structured_input_signature)
    return Signature(
        inputs=tensors((each.name, each) for each in taken), outputs=tensors(function.structured_outputs.items())
    )


def float_outputs(model: keras.Model, graph: Graph, inputs: dict[str, Any]) -> dict[str, Any]:
    """The model's outputs by name, in inference, as float32 whatever the model computes in."""
    from zoo.backend import tensorflow as tf

    return {name: tf.cast(value, tf.float32) for name, value in outputs_of(model, graph, inputs).items()}


def outputs_of(model: keras.Model, graph: Graph, inputs: dict[str, Any]) -> dict[str, Any]:
    """The model's outputs by name, in inference."""
    outputs = model(one_or_all(inputs), training=False)
    return outputs if isinstance(outputs, dict) else {next(iter(graph.outputs)): outputs}


def input_specs(graph: Graph) -> dict[str, Any]:
    """A tf.TensorSpec for each input; the batch axis is free."""
    from zoo.backend import tensorflow as tf

    # Not in the order of model.inputs: Keras sorts several inputs by their names.
    return {
        name: tf.TensorSpec((None, *shape), input_of(graph, name).dtype, name)
        for name, shape in graph.input_shapes().items()
    }
