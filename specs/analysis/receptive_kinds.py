"""What each layer does to receptive fields. Every layer of the language is in exactly one table; a test holds it."""

from collections.abc import Mapping

POINTWISE = frozenset(
    {
        *("Rescaling", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Identity", "Normalization", "Embedding"),
        *("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout"),
        *("GaussianNoise", "GaussianDropout", "ActivityRegularization", "Masking"),
        *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness"),
        *("RandomShear", "RandomPerspective", "RandomElasticTransform", "RandomHue", "RandomSaturation"),
        *("RandomColorDegeneration", "RandomColorJitter", "RandomGrayscale", "RandomSharpness", "RandomGaussianBlur"),
        *("RandomErasing", "RandomPosterization", "RandomInvert"),
        *(
            "LocalResponseNormalization",
            "ChannelShuffle",
            "ChannelSplit",
            "ChannelAffine",
            "ChannelPadding",
            "LayerScale",
            "FillMissing",
        ),
        *("Add", "Multiply", "Average", "Maximum", "Subtract", "Minimum", "GaussianSampling"),
        # Its statistics are fixed at inference.
        "BatchNormalization",
    }
)
"""Layers of which every position depends on the same position of the input."""
CHANNELS = frozenset({"Dense", "Maxout", "SquaredDistance", "EuclideanDistance"})
"""Layers that look along the last axis."""
ALONG_AXES = frozenset(("LayerNormalization", "RMSNormalization", "UnitNormalization", "Softmax"))
"""Layers that look along their `axis`."""
POOLED = frozenset(
    {
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D"),
        *("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GroupNormalization"),
        *("SimpleRNN", "LSTM", "GRU", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"),
        *("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"),
    }
)
"""Layers that look, or may look, at all positions."""
WINDOWED = frozenset(
    {
        *("Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"),
        "TableConv2D",
        *("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
        *("MaxPooling1D", "MaxPooling2D", "MaxPooling3D"),
        *("AveragePooling1D", "AveragePooling2D", "AveragePooling3D"),
        *("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Cropping1D", "Cropping2D", "Cropping3D"),
    }
)
"""Layers with one window, the same for every position (of a transposed convolution with strides: unknown)."""
OWN_RULE = frozenset({"InputLayer", "Concatenate", "SpectralNormalization", "TimeDistributed"})

_MIXED = "positions come to stand for other ones"
_UNEVEN = "positions differ in the size of what they see"
_CODES = "codes and texts, which have no positions"
UNKNOWN: Mapping[str, str] = {
    **dict.fromkeys(("Flatten", "Reshape", "Permute", "RepeatVector", "Dot"), _MIXED),
    **dict.fromkeys(("UpSampling1D", "UpSampling2D", "UpSampling3D", "Resizing", "CenterCrop", "RandomCrop"), _UNEVEN),
    **dict.fromkeys(("AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D"), _UNEVEN),
    **dict.fromkeys(("AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D"), _UNEVEN),
    "RoiPooling": "regions lie where the data say",
    **dict.fromkeys(("CategoryEncoding", "Discretization", "Hashing", "HashedCrossing"), _CODES),
    **dict.fromkeys(("StringLookup", "IntegerLookup", "TextVectorization"), _CODES),
}
"""Layers behind which the field is unknown, each with the reason."""
