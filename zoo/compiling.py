"""From the `train` section to `keras.Model.compile`: precision, optimizer, losses, metrics and callbacks by table."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

from specs.errors import UserError
from specs.graph import Graph
from specs.recipe import loss_of
from specs.sections import Train
from specs.sections.optimizers import Optimizer
from specs.sections.reported import REPORTED, STEPPED, is_maximised
from specs.sections.train import EarlyStopping, OptimizerChoice
from zoo.adversarial import AdversarialModel
from zoo.backend import keras
from zoo.building import one_or_all
from zoo.judging import keras_loss, keras_metrics
from zoo.schedules import rate_of
from zoo.tasks import weighed
from zoo.teaching import distilled

OPTIMIZERS: dict[str, type] = {name: getattr(keras.optimizers, name) for name in OptimizerChoice.model_fields}
"""The Keras class of every name under `train.optimizer`."""

OF_ALL = frozenset({"loss"}.union(*STEPPED.values()))
"""What is reported of the model as a whole, whatever outputs it has."""

XLA_FLAG = "--xla_gpu_deterministic_ops=true"
"""What JAX has to be started with to give the same result each time on a GPU."""


@contextlib.contextmanager
def precision(train: Train) -> Iterator[None]:
    """Layers that are made inside compute in `train.precision`; afterwards the policy is what it was before."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(train.precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def compile_model(model: keras.Model, graph: Graph, train: Train, steps_per_epoch: int | None = None) -> None:
    """Give a model its optimizer and, for each output, its weighted loss and its metrics.

    `steps_per_epoch` are the batches of an epoch; a schedule whose lengths are epochs cannot do without.
    """
    how: dict[str, Any] = {"steps_per_execution": train.steps_per_execution, "jit_compile": _jit_compile(train)}
    if isinstance(model, AdversarialModel):
        step: Any = train.step.args if train.step else None
        choices = train.optimizer, step.discriminator_optimizer or train.optimizer
        optimizers = [made_optimizer(each, steps_per_epoch) for each in choices]
        model.learn(keras_loss(train.loss), step.label_smoothing, optimizers, **how)
        return
    outputs, shapes = graph.outputs, graph.output_shapes()
    losses = {name: keras_loss(loss_of(train, output)) for name, output in outputs.items()}
    model.compile(
        optimizer=made_optimizer(train.optimizer, steps_per_epoch),
        loss=one_or_all(distilled(model, weighed(model, losses, graph, train), graph, train)),
        loss_weights=one_or_all({name: output.loss_weight for name, output in outputs.items()}),
        metrics=one_or_all({name: keras_metrics(train, output, shapes[name]) for name, output in outputs.items()}),
        **how,
    )


def _jit_compile(train: Train) -> bool | str:
    return train.jit_compile if train.jit_compile != "auto" else "auto" if _has_accelerator() else False


def callbacks(train: Train, graph: Graph) -> list[Any]:
    """What the recipe does between epochs; it comes before callbacks that keep weights or read what is reported."""
    optimizer, plateau = train.optimizer.args, train.reduce_on_plateau
    assert isinstance(optimizer, Optimizer)
    # The averaged weights are what is validated and kept, and what training ends with.
    found = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if optimizer.use_ema else []
    if plateau is not None:
        found.append(
            keras.callbacks.ReduceLROnPlateau(
                monitor=keras_name(plateau.monitor, graph),
                mode="max" if is_maximised(plateau.monitor) else "min",
                factor=plateau.factor,
                patience=plateau.patience,
                min_delta=plateau.min_delta,
                cooldown=plateau.cooldown,
                min_lr=plateau.min_learning_rate,
            )
        )
    return found


def early_stopping(wanted: EarlyStopping | None, graph: Graph) -> Any:
    """What ends a training that no longer improves, and brings its best weights back; None where that is not wanted."""
    if wanted is None:
        return None
    return keras.callbacks.EarlyStopping(
        monitor=keras_name(wanted.monitor, graph),
        mode="max" if is_maximised(wanted.monitor) else "min",
        patience=wanted.patience,
        min_delta=wanted.min_delta,
        restore_best_weights=True,
    )


def plain_names(logs: Mapping[str, Any], graph: Graph) -> dict[str, float]:
    """Keras' logs as numbers, with the first output's metrics under their plain names, as accuracy and val_accuracy.

    Where there are several outputs Keras writes the output's name before every metric. The rest keeps those names.
    """
    renamed = {keras_name(plain, graph): plain for plain in REPORTED}
    return {renamed.get(name, name): float(value) for name, value in logs.items()}


def keras_name(plain: str, graph: Graph) -> str:
    """The name under which Keras logs what `plain_names` calls `plain`: val_accuracy, loss, val_mae."""
    name = plain.removeprefix("val_")
    if len(graph.outputs) == 1 or name in OF_ALL:
        return plain
    return f"{plain.removesuffix(name)}{next(iter(graph.outputs))}_{name}"


def made_optimizer(choice: OptimizerChoice, steps_per_epoch: int | None = None) -> Any:
    """The Keras optimizer with its arguments and its schedule."""
    args = choice.args
    assert isinstance(args, Optimizer)
    arguments = args.model_dump(exclude={"learning_rate"})
    return OPTIMIZERS[choice.kind](learning_rate=rate_of(args.learning_rate, steps_per_epoch), **arguments)


def deterministically() -> None:
    """From here on the process takes operations that give the same result each time; TensorFlow has no way back.

    Raises `UserError` where the backend has to be told before it is started, or cannot be.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        from zoo.backend import tensorflow

        tensorflow.config.experimental.enable_op_determinism()
    elif backend != "jax":
        raise UserError(f"train.deterministic: set KERAS_BACKEND to tensorflow or jax (got {backend})")
    elif XLA_FLAG not in os.environ.get("XLA_FLAGS", ""):
        raise UserError(f"train.deterministic: on JAX it needs XLA_FLAGS={XLA_FLAG} in the environment")


def _has_accelerator() -> bool:
    """XLA on TensorFlow's CPU was slower: 250 to 450 images/s where 460 to 485 are reached without (ResNet-20)."""
    if keras.backend.backend() != "tensorflow":
        return True
    from zoo.backend import tensorflow

    return bool(tensorflow.config.list_physical_devices("GPU"))
