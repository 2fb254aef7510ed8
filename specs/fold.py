"""Flat layers → steps as a person would write them: units, residual and dense connections, branches, repeats.

The order of the layers in the steps is the order in which lowering the steps gives nodes, so that each layer can be
told by its place.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from specs.expand.combine import MERGE_LAYERS

MERGE_WORDS = {op: word for word, op in MERGE_LAYERS.items()}
CONV_KINDS = {"Conv2D": "standard", "DepthwiseConv2D": "depthwise", "Conv2DTranspose": "transposed"}
UNIT_ARGUMENTS = frozenset(
    {"filters", "kernel_size", "strides", "padding", "dilation_rate", "groups", "use_bias"}
    | {f"{part}_{what}" for part in ("kernel", "bias") for what in ("initializer", "regularizer")}
)
"""What the unit takes from its convolution."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer call; `args` are those that differ from the defaults, `inputs` the names of other layers."""

    name: str
    op: str
    args: Mapping[str, Any]
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """A step as it is written, and the layers that it stands for in their order. Equal where the text is equal."""

    step: Any
    layers: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The name of its layer, unit or combinator."""
        return next(iter(self.step))

    @property
    def args(self) -> dict[str, Any]:
        """The arguments."""
        return dict(self.step[self.kind])

    @property
    def alone(self) -> bool:
        """Whether nothing stands beside the layer."""
        return len(self.step) == 1


class UnfoldableError(Exception):
    """A region that is no nest of branches; it is written flat."""


def fold(layers: Sequence[Layer], outputs: Sequence[str]) -> tuple[list[Folded], dict[str, Any]]:
    """The steps of layers (given so that each follows its inputs), and the document's defaults they rely on.

    >>> chain = [Layer("i", "InputLayer", {}, ()), Layer("a", "Flatten", {}, ("i",))]
    >>> fold(chain, ["a"])[0]
    [Folded(step={'Flatten': {}}, layers=('a',))]
    """
    norm = _usual_norm(layers)
    start, end = layers[0].name, outputs[0]
    try:
        if len(outputs) > 1 or [each.op for each in layers].count("InputLayer") > 1:
            raise UnfoldableError
        plan = _Plan({each.name: each for each in layers})
        steps = plan.sequence(start, end)
    except UnfoldableError:
        steps = _flat(layers, start, outputs)
    versions = [_polished(steps, norm, order) for order in ("conv-norm-act", "norm-act-conv")]
    return min(versions, key=_size), {"BatchNormalization": norm} if norm else {}


def _usual_norm(layers: Iterable[Layer]) -> dict[str, Any]:
    """The arguments that most batch norms have; units take them from the document's defaults."""
    found = [each.args for each in layers if each.op == "BatchNormalization"]
    counted = Counter(repr(args) for args in found)
    return next((dict(args) for args in found if repr(args) == counted.most_common(1)[0][0]), {})


@dataclass(slots=True)
class _Plan:
    """Finds branches: what lies between a merging layer and the nearest layer that all its inputs come through."""

    layers: dict[str, Layer]

    def sequence(self, start: str, end: str) -> list[Folded]:
        """The steps after `start` up to and with `end`."""
        steps: list[Folded] = []
        while end != start:
            layer = self.layers[end]
            if not layer.inputs:
                raise UnfoldableError
            if len(layer.inputs) == 1:
                if layer.op in MERGE_WORDS:
                    raise UnfoldableError
                steps.append(Folded({layer.op: dict(layer.args)}, (layer.name,)))
                end = layer.inputs[0]
            else:
                end = self.common(layer.inputs, start)
                steps.append(self.merged(layer, end))
        return steps[::-1]

    def common(self, names: tuple[str, ...], start: str) -> str:
        """The last layer that every path from the start to these comes through."""
        order = list(self.layers)
        place = {name: i for i, name in enumerate(order)}
        front = set(names)
        # The latest layer is replaced by its inputs until one is left: all paths lead through it.
        while len(front) > 1:
            last = max(front, key=place.__getitem__)
            front.remove(last)
            inputs = self.layers[last].inputs
            if last == start or not inputs:
                raise UnfoldableError
            front |= set(inputs)
        return front.pop()

    def merged(self, layer: Layer, start: str) -> Folded:
        branches = [self.sequence(start, each) for each in layer.inputs]
        inside = [name for branch in branches for step in branch for name in step.layers]
        used = {
            each for other in self.layers.values() if other.name not in {*inside, layer.name} for each in other.inputs
        }
        if len(inside) != len(set(inside)) or used & set(inside) or sum(not branch for branch in branches) > 1:
            raise UnfoldableError
        if layer.args:
            raise UnfoldableError
        if layer.op == "Add" and len(branches) == 2:
            return _residual(layer, branches)
        args: dict[str, Any] = {"branches": branches}
        if layer.op != "Concatenate":
            args["merge"] = MERGE_WORDS[layer.op]
        return Folded({"parallel": args}, (*inside, layer.name))


def _residual(layer: Layer, branches: list[list[Folded]]) -> Folded:
    # The shorter branch is the shortcut. Of two alike the first, as Keras' own models call Add.
    short, body = sorted(branches, key=lambda branch: sum(len(step.layers) for step in branch))
    args: dict[str, Any] = {"body": body}
    if short:
        args["shortcut"] = short
    layers = tuple(name for step in (*body, *short) for name in step.layers)
    return Folded({"residual": args}, (*layers, layer.name))


def _flat(layers: Sequence[Layer], start: str, outputs: Sequence[str]) -> list[Folded]:
    """One step a layer, with `from:` where the input is not the layer before."""
    steps: list[Folded] = []
    before = start if sum(not each.inputs for each in layers) == 1 else ""
    needed = {name for each in layers for name in each.inputs} | {*outputs}
    for layer in layers:
        if not layer.inputs:
            continue
        step: dict[str, Any] = {layer.op: dict(layer.args)}
        if layer.name in needed:
            step["name"] = layer.name
        if layer.inputs != (before,):
            step["from"] = layer.inputs[0] if len(layer.inputs) == 1 else list(layer.inputs)
        steps.append(Folded(step, (layer.name,)))
        before = layer.name
    return _without_idle_names(steps, outputs if len(outputs) > 1 else ())


def _without_idle_names(steps: list[Folded], kept: Sequence[str]) -> list[Folded]:
    used = {name for each in steps for name in _sources(each.step)} | {*kept}
    return [
        each
        if each.step.get("name") in used
        else replace(each, step={key: value for key, value in each.step.items() if key != "name"})
        for each in steps
    ]


def _sources(step: Mapping[str, Any]) -> list[str]:
    source = step.get("from", [])
    return [source] if isinstance(source, str) else source


def _polished(steps: list[Folded], norm: dict[str, Any], order: str) -> list[Folded]:
    """Units, activations after residuals, and repeats; inside out."""
    inner = [_with_bodies(step, norm, order) for step in steps]
    return _repeated(_with_activations(_units(inner, norm, order)))


def _with_bodies(step: Folded, norm: dict[str, Any], order: str) -> Folded:
    if step.kind not in ("residual", "parallel"):
        return step
    args = step.args
    for key in ("body", "shortcut"):
        if key in args:
            args[key] = _polished(args[key], norm, order)
    if "branches" in args:
        args["branches"] = [_polished(branch, norm, order) for branch in args["branches"]]
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
    args |= {"kind": CONV_KINDS[conv.kind]} if conv.kind != "Conv2D" else {}
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


def _repeated(steps: list[Folded]) -> list[Folded]:
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


def _size(steps: list[Folded]) -> int:
    return len(repr(written(steps)))


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
