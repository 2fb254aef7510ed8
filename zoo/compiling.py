"""From the `train` section to `keras.Model.compile`: optimizer, loss and metrics by table."""

from collections.abc import Mapping
from typing import Any

from specs.graph import Graph
from specs.sections import OneOf, Train
from zoo.backend import keras
from zoo.building import one_or_all

OPTIMIZERS: dict[str, type] = {
    optimizer.__name__: optimizer
    for optimizer in (
        keras.optimizers.SGD,
        keras.optimizers.RMSprop,
        keras.optimizers.Adam,
        keras.optimizers.AdamW,
    )
}
"""The Keras class of every name under `train.optimizer`; a test holds the two together."""

LOSSES: dict[str, type] = {loss.__name__: loss for loss in (keras.losses.SparseCategoricalCrossentropy,)}
"""The Keras class of every name under `train.loss`."""


def compile_model(model: keras.Model, graph: Graph, train: Train) -> None:
    """Give a model its optimizer and, for each output, its weighted loss and its accuracy."""
    model.compile(
        optimizer=_made(OPTIMIZERS, train.optimizer),
        loss=one_or_all({name: _made(LOSSES, train.loss) for name in graph.outputs}),
        loss_weights=one_or_all({name: output.loss_weight for name, output in graph.outputs.items()}),
        metrics=one_or_all({name: [_accuracy()] for name in graph.outputs}),
        jit_compile="auto" if _has_accelerator() else False,
    )


def plain_names(logs: Mapping[str, Any], graph: Graph) -> dict[str, float]:
    """Keras' logs as numbers, with the first output's accuracy under `accuracy` and `val_accuracy`.

    Where there are several outputs Keras writes the output's name before every metric. The rest keeps those names.
    """
    first = next(iter(graph.outputs))
    renamed = {f"{first}_accuracy": "accuracy", f"val_{first}_accuracy": "val_accuracy"}
    return {renamed.get(name, name): float(value) for name, value in logs.items()}


def keras_name(plain: str, graph: Graph) -> str:
    """The name under which Keras logs what `plain_names` calls `plain`: accuracy, val_accuracy, loss or val_loss."""
    if len(graph.outputs) == 1 or not plain.endswith("accuracy"):
        return plain
    return f"{plain.removesuffix('accuracy')}{next(iter(graph.outputs))}_accuracy"


def _made(table: dict[str, type], choice: OneOf) -> Any:
    return table[choice.kind](**choice.args.model_dump())


def _accuracy() -> Any:
    # Not the string "accuracy": Keras would guess what it means from the output's shape.
    return keras.metrics.SparseCategoricalAccuracy(name="accuracy")


def _has_accelerator() -> bool:
    """XLA on TensorFlow's CPU was slower: 250 to 450 images/s where 460 to 485 are reached without (ResNet-20)."""
    if keras.backend.backend() != "tensorflow":
        return True
    from zoo.backend import tensorflow

    return bool(tensorflow.config.list_physical_devices("GPU"))
