"""What layers give for a batch, and the gradient of the loss by it, on the backends that have gradients to give."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from specs.errors import UserError
from zoo.backend import keras
from zoo.data.dataset import Array

Taped = tuple[Any, Mapping[str, Any], Mapping[str, Any]]
"""The loss; by layer what it gives, and the gradient of the loss by that."""


def taped(
    model: keras.Model, layers: Sequence[str], batch: tuple[Any, ...]
) -> tuple[float, dict[str, Array], dict[str, Array]]:
    """The loss of a batch in training; by layer what it gives, and the gradient of the loss with respect to that.

    `model` is compiled, and afterwards as it was: moving statistics of batch norm are set back. Where the loss does not
    depend on a layer its gradient is 0. Raises `UserError` on a backend other than TensorFlow and JAX.
    """
    backend = keras.backend.backend()
    if backend not in BACKENDS:
        raise UserError(f"gradients by layer need KERAS_BACKEND tensorflow or jax (got {backend})")
    before = [np.array(keras.ops.convert_to_numpy(each)) for each in model.non_trainable_variables]
    x, y, weights = keras.utils.unpack_x_y_sample_weight(batch)
    loss, values, slopes = BACKENDS[backend](model, layers, as_tensors(x), y, weights)
    for variable, value in zip(model.non_trainable_variables, before, strict=True):
        variable.assign(value)
    return (
        float(loss),
        {name: np.asarray(keras.ops.convert_to_numpy(values[name])) for name in layers},
        {name: np.asarray(keras.ops.convert_to_numpy(slopes[name])) for name in layers},
    )


def as_tensors(x: Any) -> Any:
    """Inputs as a model takes them when it is called: where one is a tensor, as texts are, all have to be."""
    return keras.tree.map_structure(
        lambda each: keras.ops.convert_to_tensor(each) if isinstance(each, np.ndarray) else each, x
    )


@contextmanager
def _caught(model: keras.Model, layers: Sequence[str], added: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What these layers give inside, at their first call; what is `added` to it goes on with it."""
    caught: dict[str, Any] = {}

    def catching(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            value = call(*args, **kwargs)
            value = value + added[name] if name in added else value
            caught.setdefault(name, value)
            return value

        return called

    found = {name: model.get_layer(name) for name in layers}
    for name, layer in found.items():
        layer.call = catching(name, layer.call)
    try:
        yield caught
    finally:
        for layer in found.values():
            del layer.call


def _tensorflow(model: keras.Model, layers: Sequence[str], x: Any, y: Any, weights: Any) -> Taped:
    from zoo.backend import tensorflow

    with tensorflow.GradientTape() as tape, _caught(model, layers, {}) as values:
        loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=weights, training=True)
    return loss, values, tape.gradient(loss, values, unconnected_gradients="zero")


def _jax(model: keras.Model, layers: Sequence[str], x: Any, y: Any, weights: Any) -> Taped:
    import jax

    groups = (model.trainable_variables, model.non_trainable_variables, model.metrics_variables)
    trainable, fixed, metrics = ([each.value for each in group] for group in groups)
    optimizer = [each.value for each in model.optimizer.variables]

    def loss_of(added: Mapping[str, Any]) -> Any:
        # JAX has gradients by what a function is given: here by zeros that are added to what the layers give.
        with _caught(model, layers, added) as values:
            scaled, (loss, *_) = model.compute_loss_and_updates(
                trainable, fixed, metrics, x, y, weights, training=True, optimizer_variables=optimizer
            )
        return scaled, (loss, values)

    shapes = jax.eval_shape(loss_of, {})[1][1]
    zeros = {name: jax.numpy.zeros(each.shape, each.dtype) for name, each in shapes.items()}
    (scaled, (loss, values)), slopes = jax.jit(jax.value_and_grad(loss_of, has_aux=True))(zeros)
    # In half precision the optimizer scales the loss, and with it the gradients.
    return loss, values, {name: each * (loss / scaled) for name, each in slopes.items()}


BACKENDS: dict[str, Callable[..., Taped]] = {"tensorflow": _tensorflow, "jax": _jax}
"""By backend: model, layers, inputs, labels and weights of examples → loss, values and gradients."""
