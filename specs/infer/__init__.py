"""Shape, weights and multiply-accumulates of every layer: one function each, found by the layer's name in `INFER`.

A function takes the op model and the shapes of the inputs, and raises ShapeError where Keras would refuse them.
"""

from collections.abc import Callable

from specs.infer import attention, conv, core, merge, norm, recurrent, window, wrapper
from specs.infer.base import Inferred, Shape, ShapeError
from specs.ops.inputs import INPUTS

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
    "RMSNormalization": norm.rms_normalization,
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
    "Embedding": recurrent.embedding,
    "SimpleRNN": recurrent.simple_rnn,
    "LSTM": recurrent.lstm,
    "GRU": recurrent.gru,
    "ConvLSTM1D": recurrent.conv_lstm,
    "ConvLSTM2D": recurrent.conv_lstm,
    "ConvLSTM3D": recurrent.conv_lstm,
    "Attention": attention.attention,
    "AdditiveAttention": attention.additive_attention,
    "MultiHeadAttention": attention.multi_head_attention,
    "GroupQueryAttention": attention.group_query_attention,
    "Bidirectional": wrapper.bidirectional,
    "TimeDistributed": wrapper.time_distributed,
    "SpectralNormalization": wrapper.spectral_normalization,
}

MERGING = frozenset(op for op, (_, most) in INPUTS.items() if most is None)
"""Layers that take two inputs or more and make one of them."""

__all__ = ["INFER", "MERGING", "Inferred", "Shape", "ShapeError"]
