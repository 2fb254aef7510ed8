"""Shape, weights and multiply-accumulates of every layer: one function each, found by the layer's name in `INFER`.

A function takes the op model and the shapes of the inputs, and raises ShapeError where Keras would refuse them.
"""

from collections.abc import Callable

from specs.infer import conv, core, merge, norm, preprocessing, resize, window
from specs.infer.base import Inferred, Shape, ShapeError

INFER: dict[str, Callable[..., Inferred]] = {
    "InputLayer": core.input_layer,
    "Dense": core.dense,
    "Flatten": core.flatten,
    "Reshape": core.reshape,
    "ZeroPadding2D": resize.zero_padding,
    "Rescaling": core.keeps_shape,
    "Dropout": core.dropout,
    "SpatialDropout2D": core.spatial_dropout2d,
    "Conv2D": conv.convolution,
    "Conv2DTranspose": conv.transposed,
    "DepthwiseConv2D": conv.depthwise,
    "SeparableConv2D": conv.separable,
    "MaxPooling2D": window.pooling,
    "AveragePooling2D": window.pooling,
    "GlobalAveragePooling2D": window.global_pooling,
    "GlobalMaxPooling2D": window.global_pooling,
    "BatchNormalization": norm.batch_normalization,
    "LayerNormalization": norm.layer_normalization,
    "GroupNormalization": norm.group_normalization,
    "UnitNormalization": norm.unit_normalization,
    "Activation": core.keeps_shape,
    "ReLU": core.keeps_shape,
    "LeakyReLU": core.keeps_shape,
    "PReLU": core.prelu,
    "ELU": core.keeps_shape,
    "Softmax": core.softmax,
    "Add": merge.elementwise,
    "Multiply": merge.elementwise,
    "Average": merge.elementwise,
    "Maximum": merge.elementwise,
    "Concatenate": merge.concatenate,
    "Subtract": merge.elementwise,
    "Minimum": merge.elementwise,
    "Dot": merge.dot,
    "Conv1D": conv.convolution,
    "Conv3D": conv.convolution,
    "Conv1DTranspose": conv.transposed,
    "Conv3DTranspose": conv.transposed,
    "DepthwiseConv1D": conv.depthwise,
    "SeparableConv1D": conv.separable,
    "MaxPooling1D": window.pooling,
    "MaxPooling3D": window.pooling,
    "AveragePooling1D": window.pooling,
    "AveragePooling3D": window.pooling,
    "GlobalAveragePooling1D": window.global_pooling,
    "GlobalAveragePooling3D": window.global_pooling,
    "GlobalMaxPooling1D": window.global_pooling,
    "GlobalMaxPooling3D": window.global_pooling,
    "AdaptiveAveragePooling1D": window.adaptive_pooling,
    "AdaptiveAveragePooling2D": window.adaptive_pooling,
    "AdaptiveAveragePooling3D": window.adaptive_pooling,
    "AdaptiveMaxPooling1D": window.adaptive_pooling,
    "AdaptiveMaxPooling2D": window.adaptive_pooling,
    "AdaptiveMaxPooling3D": window.adaptive_pooling,
    "ZeroPadding1D": resize.zero_padding,
    "ZeroPadding3D": resize.zero_padding,
    "Cropping1D": resize.cropping,
    "Cropping2D": resize.cropping,
    "Cropping3D": resize.cropping,
    "UpSampling1D": resize.up_sampling,
    "UpSampling2D": resize.up_sampling,
    "UpSampling3D": resize.up_sampling,
    "Permute": resize.permute,
    "RepeatVector": resize.repeat_vector,
    "Maxout": core.maxout,
    "GaussianNoise": core.keeps_shape,
    "GaussianDropout": core.keeps_shape,
    "AlphaDropout": core.dropout,
    "SpatialDropout1D": core.spatial_dropout1d,
    "SpatialDropout3D": core.spatial_dropout3d,
    "ActivityRegularization": core.keeps_shape,
    "Identity": core.keeps_shape,
    "Normalization": preprocessing.normalization,
    "Resizing": preprocessing.resized,
    "CenterCrop": preprocessing.resized,
    "CategoryEncoding": preprocessing.category_encoding,
    "Discretization": preprocessing.discretization,
    "Hashing": preprocessing.hashing,
    "HashedCrossing": preprocessing.hashed_crossing,
    "StringLookup": preprocessing.lookup,
    "IntegerLookup": preprocessing.lookup,
    "TextVectorization": preprocessing.text_vectorization,
}

MERGING = frozenset(
    {"Add", "Multiply", "Average", "Maximum", "Concatenate", "Subtract", "Minimum", "Dot", "HashedCrossing"}
)
"""Layers that take two inputs or more; all others take one."""

OF_TWO = frozenset({"Subtract", "Dot"})
"""Merging layers that take no third input."""

__all__ = ["INFER", "MERGING", "OF_TWO", "Inferred", "Shape", "ShapeError"]
