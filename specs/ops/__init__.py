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
            "specs.ops.padding": (
                "ZeroPadding1D",
                "ZeroPadding2D",
                "ZeroPadding3D",
                "Cropping1D",
                "Cropping2D",
                "Cropping3D",
            ),
            "specs.ops.resize": (
                "UpSampling1D",
                "UpSampling2D",
                "UpSampling3D",
                "Permute",
                "RepeatVector",
            ),
            "specs.ops.channel_padding": ("ChannelPadding",),
            "specs.ops.conv": (
                "Conv2D",
                "Conv1D",
                "Conv3D",
            ),
            "specs.ops.pool": (
                "MaxPooling2D",
                "AveragePooling2D",
                "MaxPooling1D",
                "MaxPooling3D",
                "AveragePooling1D",
                "AveragePooling3D",
            ),
            "specs.ops.transposed": (
                "Conv1DTranspose",
                "Conv2DTranspose",
                "Conv3DTranspose",
            ),
            "specs.ops.depthwise": (
                "DepthwiseConv1D",
                "DepthwiseConv2D",
                "SeparableConv1D",
                "SeparableConv2D",
            ),
            "specs.ops.global_pool": (
                "GlobalAveragePooling1D",
                "GlobalAveragePooling2D",
                "GlobalAveragePooling3D",
                "GlobalMaxPooling1D",
                "GlobalMaxPooling2D",
                "GlobalMaxPooling3D",
            ),
            "specs.ops.adaptive_pool": (
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
                "Masking",
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
            "specs.ops.channels": (
                "LocalResponseNormalization",
                "ChannelShuffle",
                "ChannelSplit",
                "ChannelAffine",
                "SquaredDistance",
            ),
            "specs.ops.table_conv": ("TableConv2D",),
            "specs.ops.layer_scale": ("LayerScale",),
            "specs.ops.fill_missing": ("FillMissing",),
            "specs.ops.augment": (
                "RandomFlip",
                "RandomRotation",
                "RandomZoom",
                "RandomTranslation",
                "RandomContrast",
                "RandomBrightness",
                "RandomCrop",
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
