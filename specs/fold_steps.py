"""Steps of single layers → the same steps shorter: units, activations after residuals, dense connections, repeats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from specs.expand.units import CONV_LAYERS

CONV_KINDS = {
    op: kind
    for kind, layers in CONV_LAYERS.items()
    for op in layers.values()
    # A unit has one kernel_initializer, which a separable convolution has twice.
    if kind != "separable"
}
UNIT_ARGUMENTS = frozenset(
    {"filters", "kernel_size", "strides", "padding", "dilation_rate", "groups", "use_bias"}
    | {f"{part}_{what}" for part in ("kernel", "bias") for what in ("initializer", "regularizer", "constraint")}
)
"""What the unit takes from its convolution."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A step as it is written, and the layers that it stands for in their order. Equal where the text is equal."""

    step: Any
    layers: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The name of its layer, unit or combinator."""
        return str(next(iter(self.step)))

    @property
    def args(self) -> dict[str, Any]:
        """The arguments."""
        return dict(self.step[self.kind])

    @property
    def alone(self) -> bool:
        """Whether nothing stands beside the layer."""
        return len(self.step) == 1


def polished(steps: list[Folded], norm: dict[str, Any], order: str) -> list[Folded]:
    """Units, activations after residuals, and repeats; inside out."""
    inner = [_with_bodies(step, norm, order) for step in steps]
    return repeated(_with_activations(_units(inner, norm, order)))


def _with_bodies(step: Folded, norm: dict[str, Any], order: str) -> Folded:
    if step.kind not in ("residual", "parallel"):
        return step
    args = step.args
    for key in ("body", "shortcut"):
        if key in args:
            args[key] = polished(args[key], norm, order)
    if "branches" in args:
        args["branches"] = [polished(branch, norm, order) for branch in args["branches"]]
    return replace(step, step={**step.step, step.kind: args})


def _activation(step: Folded) -> str | None:
    """The function of an activation layer, where a unit can say it."""
    if step.alone and step.kind == "Activation":
        return str(step.args["activation"])
    if step.alone and step.kind == "ReLU":
        return {"{}": "relu", "{'max_value': 6.0}": "relu6"}.get(repr(step.args))
    return None


def _unit_of(window: Sequence[Folded], norm: dict[str, Any], order: str) -> Folded | None:
    """The unit that these steps are, in the order of the words, or None."""
    words = order.split("-") if len(window) == 3 else [word for word in order.split("-") if word != "act"]
    part = dict(zip(words, window, strict=False))
    conv, bn = part["conv"], part["norm"]
    known = conv.kind in CONV_KINDS and bn.kind == "BatchNormalization" and bn.args == norm
    act = _activation(part["act"]) if "act" in part else "linear"
    if not (known and conv.alone and bn.alone and act):
        return None
    args = {key.replace("depthwise_", "kernel_"): value for key, value in conv.args.items()}
    if not set(args) <= UNIT_ARGUMENTS:
        return None
    args |= {"kind": CONV_KINDS[conv.kind]} if CONV_KINDS[conv.kind] != "standard" else {}
    args |= {"order": order} if order != "conv-norm-act" else {}
    args |= {"activation": act} if act != "relu" else {}
    return Folded({"conv": args}, tuple(name for each in window for name in each.layers))


def _units(steps: list[Folded], norm: dict[str, Any], order: str) -> list[Folded]:
    found: list[Folded] = []
    place = 0
    while place < len(steps):
        for tried, length in ((order, 3), ("conv-norm-act", 3), ("conv-norm-act", 2)):
            window = steps[place : place + length]
            unit = _unit_of(window, norm, tried) if len(window) == length else None
            if unit is not None:
                found.append(unit)
                place += length
                break
        else:
            found.append(steps[place])
            place += 1
    return found


def _with_activations(steps: list[Folded]) -> list[Folded]:
    found: list[Folded] = []
    for step in steps:
        name = _activation(step)
        if name and found and found[-1].kind == "residual" and "activation" not in found[-1].args and found[-1].alone:
            body = found.pop()
            step = Folded({"residual": {**body.args, "activation": name}}, (*body.layers, *step.layers))
        found.append(step)
    return found


def repeated(steps: list[Folded]) -> list[Folded]:
    """Equal neighbours as one step with `repeat`; concatenations of the input with a body as `dense`."""
    runs: list[list[Folded]] = []
    for step in steps:
        if runs and step.alone and written(runs[-1][0]) == written(step):
            runs[-1].append(step)
        else:
            runs.append([step])
    return [_run(run) for run in runs]


def _run(run: list[Folded]) -> Folded:
    first, layers = run[0], tuple(name for each in run for name in each.layers)
    branches = first.args.get("branches") if first.kind == "parallel" and "merge" not in first.args else None
    if branches and len(branches) == 2 and not branches[0]:
        return Folded({"dense": {"repeat": len(run), "body": branches[1]}}, layers)
    return first if len(run) == 1 else Folded({**first.step, "repeat": len(run)}, layers)


def written(value: Any) -> Any:
    """Steps as plain data: what YAML holds. A layer without arguments is its bare name.

    >>> written([Folded({"Flatten": {}}, ("a",)), Folded({"Dense": {"units": 3}}, ("b",))])
    ['Flatten', {'Dense': {'units': 3}}]
    """
    if isinstance(value, Folded):
        bare = value.alone and not value.args
        return value.kind if bare else {key: written(each) for key, each in value.step.items()}
    if isinstance(value, Mapping):
        return {key: written(each) for key, each in value.items()}
    return [written(each) for each in value] if isinstance(value, (list, tuple)) else value
