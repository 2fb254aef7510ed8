"""The layers of the language: one pydantic model each, found by Keras' class name in `OPS`."""

from specs.ops.base import Op
from specs.ops.table import Table, places

OPS: Table[type[Op]] = Table(
    places(
        {
            "specs.ops.core": (
                "InputLayer",
                "Dense",
                "Flatten",
                "Reshape",
                "Rescaling",
                "Dropout",
                "SpatialDropout2D",
                "Maxout",
            ),
            "specs.ops.resize": (
                "ZeroPadding2D",
                "ZeroPadding1D",
                "ZeroPadding3D",
                "Cropping1D",
                "Cropping2D",
                "Cropping3D",
                "UpSampling1D",
                "UpSampling2D",
                "UpSampling3D",
                "Permute",
                "RepeatVector",
            ),
            "specs.ops.conv": (
                "Conv2D",
                "Conv2DTranspose",
                "DepthwiseConv2D",
                "SeparableConv2D",
                "Conv1D",
                "Conv3D",
                "Conv1DTranspose",
                "Conv3DTranspose",
                "DepthwiseConv1D",
                "SeparableConv1D",
            ),
            "specs.ops.pool": (
                "MaxPooling2D",
                "AveragePooling2D",
                "GlobalAveragePooling2D",
                "GlobalMaxPooling2D",
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
            ),
            "specs.ops.norm": (
                "BatchNormalization",
                "LayerNormalization",
                "GroupNormalization",
                "UnitNormalization",
                "RMSNormalization",
            ),
            "specs.ops.activation": (
                "Activation",
                "ReLU",
                "LeakyReLU",
                "PReLU",
                "ELU",
                "Softmax",
            ),
            "specs.ops.merge": (
                "Add",
                "Multiply",
                "Average",
                "Maximum",
                "Concatenate",
                "Subtract",
                "Minimum",
                "Dot",
            ),
            "specs.ops.noise": (
                "GaussianNoise",
                "GaussianDropout",
                "AlphaDropout",
                "SpatialDropout1D",
                "SpatialDropout3D",
                "ActivityRegularization",
                "Identity",
            ),
            "specs.ops.preprocessing": (
                "Normalization",
                "Resizing",
                "CenterCrop",
                "CategoryEncoding",
                "Discretization",
                "Hashing",
                "HashedCrossing",
            ),
            "specs.ops.lookup": (
                "StringLookup",
                "IntegerLookup",
                "TextVectorization",
            ),
            "specs.ops.recurrent": (
                "Embedding",
                "SimpleRNN",
                "LSTM",
                "GRU",
                "ConvLSTM1D",
                "ConvLSTM2D",
                "ConvLSTM3D",
            ),
            "specs.ops.attention": (
                "Attention",
                "AdditiveAttention",
                "MultiHeadAttention",
                "GroupQueryAttention",
            ),
            "specs.ops.wrapper": (
                "Bidirectional",
                "TimeDistributed",
                "SpectralNormalization",
            ),
        }
    )
)
"""Every layer a spec can name. `specs.infer.INFER` and `zoo.layers.LAYERS` have the same keys; a test asserts it."""

__all__ = ["OPS", "Op"]
