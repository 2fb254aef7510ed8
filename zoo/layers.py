"""One Keras layer for each op of the language, and the arguments in Keras' form."""

from typing import Any

from specs.ops.base import Op
from specs.ops.wrapper import Inner
from zoo.arguments import keras_value
from zoo.backend import keras
from zoo.channel_padding import ChannelPadding
from zoo.channels import ChannelAffine, ChannelShuffle, ChannelSplit, LocalResponseNormalization, SquaredDistance
from zoo.euclidean_distance import EuclideanDistance
from zoo.fill_missing import FillMissing
from zoo.gaussian_sampling import GaussianSampling
from zoo.grouped_conv import computed_by_tensorflow
from zoo.layer_scale import LayerScale
from zoo.maxout import Maxout
from zoo.roi_pooling import RoiPooling
from zoo.table_conv import TableConv2D

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
        ChannelPadding,
        RoiPooling,
        GaussianSampling,
        EuclideanDistance,
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
        keras.layers.Embedding,
        keras.layers.Masking,
        keras.layers.RandomFlip,
        keras.layers.RandomRotation,
        keras.layers.RandomZoom,
        keras.layers.RandomTranslation,
        keras.layers.RandomContrast,
        keras.layers.RandomBrightness,
        keras.layers.RandomCrop,
        keras.layers.RandomShear,
        keras.layers.RandomPerspective,
        keras.layers.RandomElasticTransform,
        keras.layers.RandomHue,
        keras.layers.RandomSaturation,
        keras.layers.RandomColorDegeneration,
        keras.layers.RandomColorJitter,
        keras.layers.RandomGrayscale,
        keras.layers.RandomSharpness,
        keras.layers.RandomGaussianBlur,
        keras.layers.RandomErasing,
        keras.layers.RandomPosterization,
        keras.layers.RandomInvert,
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
        LocalResponseNormalization,
        ChannelShuffle,
        ChannelSplit,
        ChannelAffine,
        SquaredDistance,
        TableConv2D,
        LayerScale,
        FillMissing,
    )
}
# The only layer whose class has another name than Keras gives it to its users.
LAYERS["GroupQueryAttention"] = keras.layers.GroupQueryAttention
"""The Keras class of every op. `specs.ops.OPS` has the same keys; a test asserts it."""

MERGES = frozenset(
    {"Add", "Multiply", "Average", "Maximum", "Concatenate", "Subtract", "Minimum", "Dot", "HashedCrossing"}
)
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
        *("AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D"),
        *("AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D"),
        "ZeroPadding1D",
        "ZeroPadding3D",
        *("Cropping2D", "Cropping3D"),
        *("UpSampling2D", "UpSampling3D", "SpatialDropout3D"),
        *("Resizing", "CenterCrop"),
        *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomCrop", "RandomShear"),
        *("RandomPerspective", "RandomElasticTransform", "RandomHue", "RandomSaturation", "RandomColorDegeneration"),
        *("RandomColorJitter", "RandomGrayscale", "RandomSharpness", "RandomGaussianBlur", "RandomErasing"),
        *("RandomPosterization", "RandomInvert"),
    }
)
"""Layers that ask ~/.keras/keras.json where the channels are unless they are told."""


def make_layer(name: str, op: str, args: Op, **more: Any) -> Any:
    """The Keras layer of that name for an op and its arguments, and others of Keras.

    >>> from specs.ops.core import Dense
    >>> make_layer("head", "Dense", Dense(units=3)).units
    3
    """
    return computed_by_tensorflow(LAYERS[op](name=name, **keras_arguments(op, args), **more))


def keras_arguments(op: str, args: Op) -> dict[str, Any]:
    """The arguments of an op as its Keras layer takes them.

    >>> from specs.ops.core import Dropout
    >>> keras_arguments("Dropout", Dropout(rate=0.5))
    {'rate': 0.5, 'noise_shape': None, 'seed': None}
    """
    made_of = [name for name in type(args).model_fields if name not in CALL_ARGUMENTS.get(op, ())]
    arguments = {name: _inner_or_value(getattr(args, name)) for name in made_of}
    return arguments | {"data_format": "channels_last"} if op in ORIENTED else arguments


def call_layer(layer: Any, op: str, args: Op, inputs: list[Any]) -> Any:
    """What a layer computes of its inputs, which it is given in the form that Keras wants them in."""
    how = {name: getattr(args, name) for name in CALL_ARGUMENTS.get(op, ())}
    if op in LISTED:
        return layer(inputs, **how)
    return layer(*(inputs * 2 if op in ATTENDING_TO_ITSELF and len(inputs) == 1 else inputs), **how)


def _inner_or_value(value: Any) -> Any:
    """A layer inside another is made as a layer, without a name of its own in the model."""
    return make_layer("layer", value.op, value.args) if isinstance(value, Inner) else keras_value(value)
