"""Shape, weights and multiply-accumulates of every layer: one function each, found by the layer's name in `INFER`.

A function takes the op model and the shapes of the inputs, and raises ShapeError where Keras would refuse them.
"""

from collections.abc import Callable

from specs.infer import conv, core, merge, norm, preprocessing, window
from specs.infer.base import Inferred, Shape, ShapeError

INFER: dict[str, Callable[..., Inferred]] = {
    "InputLayer": core.input_layer,
    "Dense": core.dense,
    "Flatten": core.flatten,
    "Reshape": core.reshape,
    "ZeroPadding2D": core.zero_padding2d,
    "Rescaling": core.keeps_shape,
    "Dropout": core.dropout,
    "SpatialDropout2D": core.spatial_dropout2d,
    "Conv2D": conv.conv2d,
    "Conv2DTranspose": conv.conv2d_transpose,
    "DepthwiseConv2D": conv.depthwise_conv2d,
    "SeparableConv2D": conv.separable_conv2d,
    "MaxPooling2D": window.pooling2d,
    "AveragePooling2D": window.pooling2d,
    "GlobalAveragePooling2D": window.global_pooling2d,
    "GlobalMaxPooling2D": window.global_pooling2d,
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

MERGING = frozenset({"Add", "Multiply", "Average", "Maximum", "Concatenate", "HashedCrossing"})
"""Layers that take two inputs or more; all others take one."""

__all__ = ["INFER", "MERGING", "Inferred", "Shape", "ShapeError"]
