"""The gradient of a model's training loss by each weight, on the backends that have one to give."""

from collections.abc import Callable
from typing import Any

import numpy as np

from specs.errors import UserError
from zoo.backend import keras
from zoo.data.dataset import Array

Gradients = Callable[[tuple[Any, ...]], tuple[float, dict[str, Array]]]
"""A batch → its loss in training, penalties included, and the gradient by the path of each weight that is trained."""


def gradients_of(model: keras.Model) -> Gradients:
    """What computes gradients of a compiled model, and leaves the model as it was: batch norm has moved nothing.

    Weights that the loss does not depend on have gradients of 0. Raises `UserError` on a backend other than TensorFlow
    and JAX.
    """
    backend = keras.backend.backend()
    if backend not in BACKENDS:
        raise UserError(f"diagnose needs KERAS_BACKEND tensorflow or jax (got {backend})")
    compute = BACKENDS[backend](model)

    def of(batch: tuple[Any, ...]) -> tuple[float, dict[str, Array]]:
        before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in model.non_trainable_variables]
        loss, found = compute(*keras.utils.unpack_x_y_sample_weight(batch))
        for variable, value in zip(model.non_trainable_variables, before, strict=True):
            variable.assign(value)
        pairs = zip(model.trainable_variables, found, strict=True)
        return float(loss), {weight.path: _array(weight, each) for weight, each in pairs}

    return of


def _array(weight: Any, gradient: Any) -> Array:
    if gradient is None:
        return np.zeros(tuple(weight.shape), np.float32)
    # Of an embedding come the rows alone that a batch looks up (tf.IndexedSlices).
    found: Array = np.asarray(keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(gradient)))
    return found


def _tensorflow(model: keras.Model) -> Callable[..., tuple[Any, Any]]:
    from zoo.backend import tensorflow

    def compute(x: Any, y: Any, weights: Any) -> tuple[Any, Any]:
        with tensorflow.GradientTape() as tape:
            loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=weights, training=True)
        return loss, tape.gradient(loss, [weight.value for weight in model.trainable_variables])

    return compute


def _jax(model: keras.Model) -> Callable[..., tuple[Any, Any]]:
    import jax

    differentiated = jax.jit(
        jax.value_and_grad(model.compute_loss_and_updates, has_aux=True), static_argnames="training"
    )

    def compute(x: Any, y: Any, weights: Any) -> tuple[Any, Any]:
        groups = (model.trainable_variables, model.non_trainable_variables, model.metrics_variables)
        values = [[variable.value for variable in group] for group in (*groups, model.optimizer.variables)]
        (scaled, (loss, *_)), found = differentiated(*values[:3], x, y, weights, True, values[3])
        # In half precision the optimizer scales the loss, and with it the gradients.
        return loss, [gradient * (loss / scaled) for gradient in found]

    return compute


BACKENDS: dict[str, Callable[[Any], Callable[..., tuple[Any, Any]]]] = {"tensorflow": _tensorflow, "jax": _jax}
"""By backend: model → inputs, labels and weights of examples → loss and gradients."""
