"""What a box says, and what colour it has."""

from typing import Any

from specs.drawing.tree import MERGES, Item
from specs.graph import Node
from specs.infer.base import text

KINDS = (
    ("Conv", "conv"),
    ("Pool", "pool"),
    ("Attention", "attention"),
    ("Dense", "dense"),
    ("LSTM", "recurrent"),
    ("GRU", "recurrent"),
    ("RNN", "recurrent"),
    ("Embedding", "dense"),
    ("Normalization", "norm"),
    ("InputLayer", "end"),
)
"""What a layer's name holds, and the kind of box that it is; the first that fits."""
SIGNS = {"Add": "+", "Concatenate": "concat", "Multiply": "×", "Average": "mean", "Maximum": "max", "Minimum": "min"}
SHORT = {
    "GlobalAveragePooling2D": "global average",
    "GlobalMaxPooling2D": "global max",
    "AveragePooling2D": "average pool",
    "MaxPooling2D": "max pool",
    "BatchNormalization": "batch norm",
    "LayerNormalization": "layer norm",
    "Conv2D": "conv",
    "DepthwiseConv2D": "depthwise",
    "SeparableConv2D": "separable",
    "Conv2DTranspose": "transposed",
    "ZeroPadding2D": "pad",
    "ReLU": "relu",
    "LocalResponseNormalization": "local response norm",
    "GlobalAveragePooling1D": "global average",
}


def kind_of(item: Item) -> str:
    """The kind of a box, by which it is coloured."""
    node = main_of(item)
    if node.op in MERGES:
        return "merge"
    return next((kind for part, kind in KINDS if part in node.op), "other")


def main_of(item: Item) -> Node:
    """The layer that a unit is called after: the one that computes most."""
    return max(item.nodes, key=lambda node: (node.macs or 0, node.params))


def label_of(item: Item, *, sizes: bool = True) -> str:
    """A unit by its main layer, with the numbers of its filters where `sizes`.

    >>> from specs import check
    >>> from specs.drawing.tree import tree
    >>> items = tree(check("resnet50").graph)
    >>> label_of(items[2]), label_of(items[4]), label_of(items[2], sizes=False), label_of(items[-1])
    ('conv 7×7, 64, /2', 'max pool 3×3, /2', 'conv 7×7, /2', 'Dense 1000')
    """
    node = main_of(item)
    args: Any = node.args
    if node.op == "InputLayer":
        return "input"
    if node.op in SIGNS:
        return SIGNS[node.op]
    if node.op == "Activation":
        return str(args.activation)
    window = getattr(args, "kernel_size", None) or getattr(args, "pool_size", None)
    words = [f"{SHORT.get(node.op, node.op)}{f' {_times(window)}' if window else ''}"]
    size = getattr(args, "filters", None) or getattr(args, "units", None) if sizes else None
    words += [str(size)] if size is not None else []
    strides = getattr(args, "strides", None) or (window if "Pool" in node.op else None)
    words += [f"/{_most(strides)}"] if strides and _most(strides) > 1 else []
    words += [f"{args.groups} groups"] if getattr(args, "groups", 1) > 1 and sizes else []
    return f"{words[0]} {words[1]}" if len(words) == 2 and not window else ", ".join(words)


def hint_of(node: Node) -> str:
    """What hovering over a layer says: its arguments as they were given, its output and the line it stands in."""
    given = ", ".join(f"{name}: {getattr(node.args, name)}" for name in sorted(node.args.model_fields_set))
    place = f"{node.mark.file}:{node.mark.line}"
    return f"{node.name}: {node.op}{f' ({given})' if given else ''} → {size_of(node)}, {node.params:,} params; {place}"


def size_of(node: Node) -> str:
    """The shape of its output, as 56×56×256."""
    return text(node.output_shape).strip("(),").replace(", ", "×")


def _times(window: Any) -> str:
    return "×".join(map(str, window)) if isinstance(window, tuple) else str(window)


def _most(strides: Any) -> int:
    return int(max(strides)) if isinstance(strides, tuple) else int(strides)
