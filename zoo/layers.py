"""One Keras layer for each op of the language, and the arguments in Keras' form."""

from typing import Any

from specs.ops.base import L1L2, Op
from specs.ops.wrapper import Inner
from zoo.backend import keras

LAYERS: dict[str, type] = {
    layer.__name__: layer
    for layer in (
        keras.layers.InputLayer,
        keras.layers.Dense,
        keras.layers.Flatten,
        keras.layers.Reshape,
        keras.layers.ZeroPadding2D,
        keras.layers.Rescaling,
        keras.layers.Dropout,
        keras.layers.SpatialDropout2D,
        keras.layers.Conv2D,
        keras.layers.Conv2DTranspose,
        keras.layers.DepthwiseConv2D,
        keras.layers.SeparableConv2D,
        keras.layers.MaxPooling2D,
        keras.layers.AveragePooling2D,
        keras.layers.GlobalAveragePooling2D,
        keras.layers.GlobalMaxPooling2D,
        keras.layers.BatchNormalization,
        keras.layers.LayerNormalization,
        keras.layers.GroupNormalization,
        keras.layers.UnitNormalization,
        keras.layers.Activation,
        keras.layers.ReLU,
        keras.layers.LeakyReLU,
        keras.layers.PReLU,
        keras.layers.ELU,
        keras.layers.Softmax,
        keras.layers.Add,
        keras.layers.Multiply,
        keras.layers.Average,
        keras.layers.Maximum,
        keras.layers.Concatenate,
        keras.layers.Embedding,
        keras.layers.SimpleRNN,
        keras.layers.LSTM,
        keras.layers.GRU,
        keras.layers.ConvLSTM1D,
        keras.layers.ConvLSTM2D,
        keras.layers.ConvLSTM3D,
        keras.layers.Attention,
        keras.layers.AdditiveAttention,
        keras.layers.MultiHeadAttention,
        keras.layers.Bidirectional,
        keras.layers.TimeDistributed,
        keras.layers.SpectralNormalization,
        keras.layers.RMSNormalization,
    )
}
# The only layer whose class has another name than Keras gives it to its users.
LAYERS["GroupQueryAttention"] = keras.layers.GroupQueryAttention
"""The Keras class of every op. `specs.ops.OPS` has the same keys; a test asserts it."""

MERGES = frozenset({"Add", "Multiply", "Average", "Maximum", "Concatenate"})
"""Layers that are called on a list of tensors, even on a list of one."""

LISTED = MERGES | {"Attention", "AdditiveAttention"}
"""Layers that are called on a list of their inputs; all others get each as an argument of its own."""

ATTENDING_TO_ITSELF = frozenset({"MultiHeadAttention", "GroupQueryAttention"})
"""Layers that take their only input for the query and for the value."""

CALL_ARGUMENTS = dict.fromkeys(LISTED - MERGES | ATTENDING_TO_ITSELF, ("use_causal_mask",))
"""Arguments of an op that Keras takes when the layer is called, not when it is made."""

ORIENTED = frozenset(
    {
        "Flatten",
        "ZeroPadding2D",
        "SpatialDropout2D",
        "Conv2D",
        "Conv2DTranspose",
        "DepthwiseConv2D",
        "SeparableConv2D",
        "ConvLSTM1D",
        "ConvLSTM2D",
        "ConvLSTM3D",
        "MaxPooling2D",
        "AveragePooling2D",
        "GlobalAveragePooling2D",
        "GlobalMaxPooling2D",
    }
)
"""Layers that ask ~/.keras/keras.json where the channels are unless they are told."""


def make_layer(name: str, op: str, args: Op) -> Any:
    """The Keras layer of that name for an op and its arguments.

    >>> from specs.ops.core import Dense
    >>> make_layer("head", "Dense", Dense(units=3)).units
    3
    """
    return LAYERS[op](name=name, **keras_arguments(op, args))


def keras_arguments(op: str, args: Op) -> dict[str, Any]:
    """The arguments of an op as its Keras layer takes them.

    >>> from specs.ops.core import Dropout
    >>> keras_arguments("Dropout", Dropout(rate=0.5))
    {'rate': 0.5, 'noise_shape': None, 'seed': None}
    """
    made_of = [name for name in type(args).model_fields if name not in CALL_ARGUMENTS.get(op, ())]
    arguments = {name: _keras_value(getattr(args, name)) for name in made_of}
    return arguments | {"data_format": "channels_last"} if op in ORIENTED else arguments


def call_layer(layer: Any, op: str, args: Op, inputs: list[Any]) -> Any:
    """What a layer computes of its inputs, which it is given in the form that Keras wants them in."""
    how = {name: getattr(args, name) for name in CALL_ARGUMENTS.get(op, ())}
    if op in LISTED:
        return layer(inputs, **how)
    return layer(*(inputs * 2 if op in ATTENDING_TO_ITSELF and len(inputs) == 1 else inputs), **how)


def _keras_value(value: Any) -> Any:
    if isinstance(value, Inner):
        return make_layer("layer", value.op, value.args)
    if not isinstance(value, L1L2):
        return value
    # A penalty of zero would still be computed at every step.
    return keras.regularizers.L1L2(value.l1, value.l2) if value.l1 or value.l2 else None
