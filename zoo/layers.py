"""One Keras layer for each op of the language, and the arguments in Keras' form."""

from typing import Any

from specs.ops.base import Op
from zoo.arguments import keras_value
from zoo.backend import keras
from zoo.maxout import Maxout

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
        keras.layers.Subtract,
        keras.layers.Minimum,
        keras.layers.Dot,
        keras.layers.Conv1D,
        keras.layers.Conv3D,
        keras.layers.Conv1DTranspose,
        keras.layers.Conv3DTranspose,
        keras.layers.DepthwiseConv1D,
        keras.layers.SeparableConv1D,
        keras.layers.MaxPooling1D,
        keras.layers.MaxPooling3D,
        keras.layers.AveragePooling1D,
        keras.layers.AveragePooling3D,
        keras.layers.GlobalAveragePooling1D,
        keras.layers.GlobalAveragePooling3D,
        keras.layers.GlobalMaxPooling1D,
        keras.layers.GlobalMaxPooling3D,
        keras.layers.AdaptiveAveragePooling1D,
        keras.layers.AdaptiveAveragePooling2D,
        keras.layers.AdaptiveAveragePooling3D,
        keras.layers.AdaptiveMaxPooling1D,
        keras.layers.AdaptiveMaxPooling2D,
        keras.layers.AdaptiveMaxPooling3D,
        keras.layers.ZeroPadding1D,
        keras.layers.ZeroPadding3D,
        keras.layers.Cropping1D,
        keras.layers.Cropping2D,
        keras.layers.Cropping3D,
        keras.layers.UpSampling1D,
        keras.layers.UpSampling2D,
        keras.layers.UpSampling3D,
        keras.layers.Permute,
        keras.layers.RepeatVector,
        Maxout,
        keras.layers.GaussianNoise,
        keras.layers.GaussianDropout,
        keras.layers.AlphaDropout,
        keras.layers.SpatialDropout1D,
        keras.layers.SpatialDropout3D,
        keras.layers.ActivityRegularization,
        keras.layers.Identity,
        keras.layers.Normalization,
        keras.layers.Resizing,
        keras.layers.CenterCrop,
        keras.layers.CategoryEncoding,
        keras.layers.Discretization,
        keras.layers.Hashing,
        keras.layers.HashedCrossing,
        keras.layers.StringLookup,
        keras.layers.IntegerLookup,
        keras.layers.TextVectorization,
    )
}
"""The Keras class of every op. `specs.ops.OPS` has the same keys; a test asserts it."""

MERGES = frozenset(
    {"Add", "Multiply", "Average", "Maximum", "Concatenate", "Subtract", "Minimum", "Dot", "HashedCrossing"}
)
"""Layers that are called on a list of tensors, even on a list of one."""

ORIENTED = frozenset(
    {
        "Flatten",
        "ZeroPadding2D",
        "SpatialDropout2D",
        "Conv2D",
        "Conv2DTranspose",
        "DepthwiseConv2D",
        "SeparableConv2D",
        "MaxPooling2D",
        "AveragePooling2D",
        "GlobalAveragePooling2D",
        "GlobalMaxPooling2D",
        "Conv1D",
        "Conv3D",
        "Conv1DTranspose",
        "Conv3DTranspose",
        "DepthwiseConv1D",
        "SeparableConv1D",
        "MaxPooling1D",
        "MaxPooling3D",
        "AveragePooling1D",
        "AveragePooling3D",
        "GlobalAveragePooling1D",
        "GlobalAveragePooling3D",
        "GlobalMaxPooling1D",
        "GlobalMaxPooling3D",
        "AdaptiveAveragePooling1D",
        "AdaptiveAveragePooling2D",
        "AdaptiveAveragePooling3D",
        "AdaptiveMaxPooling1D",
        "AdaptiveMaxPooling2D",
        "AdaptiveMaxPooling3D",
        "ZeroPadding1D",
        "ZeroPadding3D",
        "Cropping2D",
        "Cropping3D",
        "UpSampling2D",
        "UpSampling3D",
        "SpatialDropout3D",
        "Resizing",
        "CenterCrop",
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
    arguments = {name: keras_value(getattr(args, name)) for name in type(args).model_fields}
    return arguments | {"data_format": "channels_last"} if op in ORIENTED else arguments
