"""Kinds of layers as the rules speak of them, by Keras' class names."""

import re
from typing import Any, cast

from specs.graph import Node

CONVS = ("Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D")
WEIGHTS = (*CONVS, "Dense")
"""Layers that are linear maps with a kernel, apart from the activation they may carry."""
NORMS = ("BatchNormalization", "LayerNormalization", "GroupNormalization")
ACTIVATIONS = ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax")
POOLS = ("MaxPooling2D", "AveragePooling2D")
GLOBAL_POOLS = ("GlobalAveragePooling2D", "GlobalMaxPooling2D")
DROPOUTS = ("Dropout", "SpatialDropout2D")
SHAPING = ("Flatten", "Reshape", "ZeroPadding2D", "ChannelShuffle", "ChannelSplit", "ChannelPadding")
"""Layers that move values about and change none."""

_LAYERS = {"ReLU": "relu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ELU": "elu", "Softmax": "softmax"}


def activation(node: Node) -> str:
    """The activation that a node applies last, by its name in Keras; linear for none.

    `unknown` for a layer outside these tables that has an activation: it may have others inside.
    """
    if node.op in (*WEIGHTS, "Activation"):
        return str(argument(node, "activation"))
    return _LAYERS.get(node.op) or ("unknown" if argument(node, "activation") else "linear")


def argument(node: Node, name: str) -> Any:
    """An argument of a node; None where its layer has none of that name."""
    return getattr(node.args, name, None)


def kernel(node: Node) -> tuple[int, int]:
    """Height and width of a convolution's or a pool's window."""
    return cast(tuple[int, int], argument(node, "kernel_size") or argument(node, "pool_size") or (1, 1))


def strides(node: Node) -> tuple[int, int]:
    """Steps of a convolution's or a pool's window; (1, 1) for other layers."""
    given = argument(node, "strides") or argument(node, "pool_size") or (1, 1)
    return cast(tuple[int, int], given)


def kernel_initializers(node: Node) -> dict[str, str]:
    """The initialisers of a node's kernels by argument."""
    names = ("kernel_initializer", "depthwise_initializer", "pointwise_initializer")
    return {name: _initializer_name(argument(node, name)) for name in names if argument(node, name)}


def _initializer_name(value: Any) -> str:
    """Keras' name of an initialiser that is written as a name or with arguments: he_normal for {HeNormal: …}."""
    return value if isinstance(value, str) else re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value.kind).lower()


def has_l2(node: Node) -> bool:
    """Whether the loss holds an L2 penalty on a kernel of the node."""
    names = ("kernel_regularizer", "depthwise_regularizer", "pointwise_regularizer")
    return any(each is not None and each.l2 > 0 for each in (argument(node, name) for name in names))
