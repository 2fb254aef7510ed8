"""The layers of the language: one pydantic model each, found by Keras' class name in `OPS`."""

from specs.ops.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from specs.ops.attention import AdditiveAttention, Attention, GroupQueryAttention, MultiHeadAttention
from specs.ops.base import Op
from specs.ops.conv import Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D
from specs.ops.core import (
    Dense,
    Dropout,
    Flatten,
    InputLayer,
    Rescaling,
    Reshape,
    SpatialDropout2D,
    ZeroPadding2D,
)
from specs.ops.merge import Add, Average, Concatenate, Maximum, Multiply
from specs.ops.norm import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from specs.ops.pool import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from specs.ops.recurrent import GRU, LSTM, ConvLSTM1D, ConvLSTM2D, ConvLSTM3D, Embedding, SimpleRNN
from specs.ops.wrapper import Bidirectional, SpectralNormalization, TimeDistributed

OPS: dict[str, type[Op]] = {
    op.__name__: op
    for op in (
        InputLayer,
        Dense,
        Flatten,
        Reshape,
        ZeroPadding2D,
        Rescaling,
        Dropout,
        SpatialDropout2D,
        Conv2D,
        Conv2DTranspose,
        DepthwiseConv2D,
        SeparableConv2D,
        MaxPooling2D,
        AveragePooling2D,
        GlobalAveragePooling2D,
        GlobalMaxPooling2D,
        BatchNormalization,
        LayerNormalization,
        GroupNormalization,
        UnitNormalization,
        RMSNormalization,
        Activation,
        ReLU,
        LeakyReLU,
        PReLU,
        ELU,
        Softmax,
        Add,
        Multiply,
        Average,
        Maximum,
        Concatenate,
        Embedding,
        SimpleRNN,
        LSTM,
        GRU,
        ConvLSTM1D,
        ConvLSTM2D,
        ConvLSTM3D,
        Attention,
        AdditiveAttention,
        MultiHeadAttention,
        GroupQueryAttention,
        Bidirectional,
        TimeDistributed,
        SpectralNormalization,
    )
}
"""Every layer a spec can name. `specs.infer.INFER` and `zoo.layers.LAYERS` have the same keys; a test asserts it."""

__all__ = ["OPS", "Op"]
