"""A Keras layer of one's own, used by its name in specs like any other."""

import inspect
from collections.abc import Callable
from typing import Any

import specs.registering
from specs.infer import Inferred
from specs.ops import Op
from zoo.backend import keras
from zoo.layers import LAYERS

REGISTERED: list[tuple[Any, type[Op], Callable[..., Inferred]]] = []
"""What `register` was called with, for the processes that are started later."""


def register(layer: Any, args: type[Op], infer: Callable[..., Inferred]) -> None:
    """Makes a Keras layer class with one input part of the language, under its class' name.

    `args` is a subclass of `specs.ops.Op` with the arguments of the layer that a spec may write; `infer` maps them
    and the input's shape without the batch axis to `specs.infer.Inferred`. A layer that is not yet registered with
    Keras is, in the package "speczoo", so that a saved model finds it in a process that has made the same call.

    Raises ValueError where the name is taken or the layer lacks an argument, TypeError where it is no Keras layer.
    """
    if not (isinstance(layer, type) and issubclass(layer, keras.layers.Layer)):
        raise TypeError(f"{layer!r} is no subclass of keras.layers.Layer")
    lacking = set(getattr(args, "model_fields", ())) - set(inspect.signature(layer.__init__).parameters)  # type: ignore[misc]
    if lacking:
        raise ValueError(f"{layer.__name__} takes no argument {min(lacking)!r}")
    specs.registering.register(layer.__name__, args, infer)
    LAYERS[layer.__name__] = layer
    REGISTERED.append((layer, args, infer))
    if keras.saving.get_registered_object(keras.saving.get_registered_name(layer)) is None:
        keras.saving.register_keras_serializable(package="speczoo")(layer)
