"""The `conv` unit → its layers, in the order that the spec gives."""

from collections.abc import Iterator, Mapping
from typing import Any

from specs.combinators import Conv
from specs.expand.builder import Builder, Tensor
from specs.step import Step

CONV_LAYERS = {
    "standard": "Conv2D",
    "depthwise": "DepthwiseConv2D",
    "separable": "SeparableConv2D",
    "transposed": "Conv2DTranspose",
}
NORM_LAYERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "batch": ("BatchNormalization", {}),
    "layer": ("LayerNormalization", {}),
    # Instance normalisation is group normalisation with one group a channel (arXiv:1803.08494, section 3.1).
    "instance": ("GroupNormalization", {"groups": -1}),
    "group": ("GroupNormalization", {}),
}
_KERNEL_NAMES = {"depthwise": ("depthwise",), "separable": ("depthwise", "pointwise")}
_SHARED = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "groups", "use_bias")
_BIAS = ("bias_initializer", "bias_regularizer", "bias_constraint")


def conv(builder: Builder, step: Step, current: Tensor, prefix: str) -> Tensor:
    """conv, norm and act nodes named after the unit: conv2_conv, conv2_norm, conv2_act."""
    assert isinstance(step.args, Conv)
    return conv_unit(builder, step.args, step, current, prefix)


def conv_unit(builder: Builder, unit: Conv, step: Step, current: Tensor, prefix: str) -> Tensor:
    """The nodes of a unit whose arguments are given apart from the step."""
    parts = dict(_parts(unit))
    for word in unit.order.split("-"):
        if word in parts:
            op, given = parts[word]
            current = builder.add(op, builder.part(op, given, step), (current,), f"{prefix}{word}", step)
    return current


def _parts(unit: Conv) -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    yield "conv", (CONV_LAYERS[unit.kind], _convolution(unit))
    if unit.norm != "none":
        yield "norm", NORM_LAYERS[unit.norm]
    if unit.activation != "linear":
        yield "act", ("Activation", {"activation": unit.activation})


def _convolution(unit: Conv) -> dict[str, Any]:
    """The unit's arguments under the names of its convolution; only those that were given, so that defaults hold."""
    given = {name: getattr(unit, name) for name in (*_SHARED, *_BIAS) if name in unit.model_fields_set}
    for kernel in _KERNEL_NAMES.get(unit.kind, ("kernel",)):
        for what in ("initializer", "regularizer", "constraint"):
            if f"kernel_{what}" in unit.model_fields_set:
                given[f"{kernel}_{what}"] = getattr(unit, f"kernel_{what}")
    if unit.kind != "standard":
        given.pop("groups", None)
    if unit.kind == "depthwise":
        given.pop("filters", None)
    return given
