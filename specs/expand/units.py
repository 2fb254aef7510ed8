"""The `conv` unit → its layers, in the order that the spec gives."""

from collections.abc import Iterator, Mapping
from typing import Any

from specs.combinators import Conv
from specs.expand.builder import BROKEN, Builder, Tensor
from specs.infer.base import KINDS
from specs.step import Step

CONV_LAYERS: Mapping[str, Mapping[int, str]] = {
    "standard": {1: "Conv1D", 2: "Conv2D", 3: "Conv3D"},
    "depthwise": {1: "DepthwiseConv1D", 2: "DepthwiseConv2D"},
    "separable": {1: "SeparableConv1D", 2: "SeparableConv2D"},
    "transposed": {1: "Conv1DTranspose", 2: "Conv2DTranspose", 3: "Conv3DTranspose"},
}
"""The layer of a kind by the number of axes before the channels: of a sequence 1, an image 2, a volume 3."""
NORM_LAYERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "batch": ("BatchNormalization", {}),
    "layer": ("LayerNormalization", {}),
    # Instance normalisation is group normalisation with one group a channel (arXiv:1803.08494, section 3.1).
    "instance": ("GroupNormalization", {"groups": -1}),
    "group": ("GroupNormalization", {}),
}
_KERNEL_NAMES = {"depthwise": ("depthwise",), "separable": ("depthwise", "pointwise")}
_SHARED = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "groups", "use_bias")
_BY_AXIS = ("kernel_size", "strides", "dilation_rate")
_BIAS = ("bias_initializer", "bias_regularizer", "bias_constraint")


def conv(builder: Builder, step: Step, current: Tensor, prefix: str) -> Tensor:
    """conv, norm and act nodes named after the unit: conv2_conv, conv2_norm, conv2_act."""
    assert isinstance(step.args, Conv)
    return conv_unit(builder, step.args, step, current, prefix)


def conv_unit(builder: Builder, unit: Conv, step: Step, current: Tensor, prefix: str) -> Tensor:
    """The nodes of a unit whose arguments are given apart from the step."""
    layer = _layer(builder, unit, step, current)
    parts = dict(_parts(unit, layer))
    for word in unit.order.split("-"):
        if word in parts:
            op, given = parts[word]
            args = builder.part(op, given, step) if op else None
            current = builder.add(op, args, (current,), f"{prefix}{word}", step)
    return current


def _layer(builder: Builder, unit: Conv, step: Step, current: Tensor) -> str:
    """The layer for the input's number of axes; empty where Keras has none, which is reported."""
    layers = CONV_LAYERS[unit.kind]
    if current == BROKEN:
        return layers.get(_written_rank(unit), "")
    shape = builder.shape(current)
    if len(shape) - 1 in layers:
        return layers[len(shape) - 1]
    *others, last = (KINDS[rank] for rank in layers)
    hint = "Reshape can add axes" if len(shape) < 2 else None
    message = f"kind {unit.kind} needs {', '.join(others)} or {last}; the input is {builder.listed((current,))}"
    builder.refuse(step, message, argument="kind", hint=hint)
    return ""


def _written_rank(unit: Conv) -> int:
    """The number of axes that the arguments speak of, for a unit whose input is not known."""
    given = max(len(getattr(unit, name)) for name in _BY_AXIS)
    return 1 if unit.padding == "causal" else given if given > 1 else 2


def _parts(unit: Conv, layer: str) -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    yield "conv", (layer, _convolution(unit))
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
    for name in _BY_AXIS:
        # A number alone goes on as one, so that the layer repeats it for each of its axes.
        if name in given and len(given[name]) == 1:
            (given[name],) = given[name]
    if unit.kind != "standard":
        given.pop("groups", None)
    if unit.kind == "depthwise":
        given.pop("filters", None)
    return given
