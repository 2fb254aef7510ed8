"""The layers of the language: one pydantic model each, found by Keras' class name in `OPS`."""

from specs.ops.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from specs.ops.base import Op
from specs.ops.conv import Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D
from specs.ops.core import (
    Dense,
    Dropout,
    Flatten,
    InputLayer,
    Maxout,
    Rescaling,
    Reshape,
    SpatialDropout2D,
    ZeroPadding2D,
)
from specs.ops.lookup import IntegerLookup, StringLookup, TextVectorization
from specs.ops.merge import Add, Average, Concatenate, Maximum, Multiply
from specs.ops.noise import (
    ActivityRegularization,
    AlphaDropout,
    GaussianDropout,
    GaussianNoise,
    Identity,
    SpatialDropout1D,
    SpatialDropout3D,
)
from specs.ops.norm import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    UnitNormalization,
)
from specs.ops.pool import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from specs.ops.preprocessing import (
    CategoryEncoding,
    CenterCrop,
    Discretization,
    HashedCrossing,
    Hashing,
    Normalization,
    Resizing,
)

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
        Maxout,
        GaussianNoise,
        GaussianDropout,
        AlphaDropout,
        SpatialDropout1D,
        SpatialDropout3D,
        ActivityRegularization,
        Identity,
        Normalization,
        Resizing,
        CenterCrop,
        CategoryEncoding,
        Discretization,
        Hashing,
        HashedCrossing,
        StringLookup,
        IntegerLookup,
        TextVectorization,
    )
}
"""Every layer a spec can name. `specs.infer.INFER` and `zoo.layers.LAYERS` have the same keys; a test asserts it."""

__all__ = ["OPS", "Op"]
