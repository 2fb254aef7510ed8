"""Flat layers → steps as a person would write them: units, residual and dense connections, branches, repeats.

The order of the layers in the steps is the order in which lowering the steps gives nodes, so that each layer can be
told by its place.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from specs.expand.combine import MERGE_LAYERS
from specs.fold_shared import shared
from specs.fold_steps import Folded, polished, written
from specs.ops import OPS

MERGE_WORDS = {op: word for word, op in MERGE_LAYERS.items()}


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer call; `args` are those that differ from the defaults, `inputs` the names of other layers."""

    name: str
    op: str
    args: Mapping[str, Any]
    inputs: tuple[str, ...]


class UnfoldableError(Exception):
    """A region that is no nest of branches; it is written flat."""


def fold(layers: Sequence[Layer], outputs: Sequence[str]) -> tuple[list[Folded], dict[str, Any]]:
    """The steps of layers (given so that each follows its inputs), and the document's defaults they rely on.

    >>> chain = [Layer("i", "InputLayer", {}, ()), Layer("a", "Flatten", {}, ("i",))]
    >>> fold(chain, ["a"])[0]
    [Folded(step={'Flatten': {}}, layers=('a',))]
    """
    norm = _usual_norm(layers)
    layers = [_beside(norm, each) for each in layers]
    start, end = layers[0].name, outputs[0]
    try:
        if len(outputs) > 1 or [each.op for each in layers].count("InputLayer") > 1:
            raise UnfoldableError
        plan = _Plan({each.name: each for each in layers})
        steps = plan.sequence(start, end)
    except UnfoldableError:
        steps = _flat(layers, start, outputs)
    versions = [polished(steps, norm, order) for order in ("conv-norm-act", "norm-act-conv")]
    best = min(versions, key=lambda found: len(repr(written(found))))
    return shared(best, norm, fixed=_is_fixed(layers))


def _is_fixed(layers: Iterable[Layer]) -> bool:
    """Whether the sizes of every input are known."""
    return all(None not in each.args["shape"] for each in layers if not each.inputs and "shape" in each.args)


def _usual_norm(layers: Iterable[Layer]) -> dict[str, Any]:
    """The arguments that most batch norms have; units take them from the document's defaults."""
    found = [each.args for each in layers if each.op == "BatchNormalization"]
    counted = Counter(repr(args) for args in found)
    return next((dict(args) for args in found if repr(args) == counted.most_common(1)[0][0]), {})


def _beside(norm: Mapping[str, Any], layer: Layer) -> Layer:
    """A batch norm with Keras' own values written out where it would take other ones from the defaults."""
    if layer.op != "BatchNormalization" or layer.args == norm:
        return layer
    fields = OPS[layer.op].model_fields
    return replace(layer, args={**{name: fields[name].default for name in norm}, **layer.args})


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
        empty = sum(not branch for branch in branches)
        if (
            layer.op not in MERGE_WORDS
            or layer.args
            or empty > 1
            or len(inside) != len(set(inside))
            or used & set(inside)
        ):
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
    layers = tuple(name for step in (*body, *short) for name in step.layers)
    args = _scaled_and_dropped(body)
    if short:
        args["shortcut"] = short
    return Folded({"residual": args}, (*layers, layer.name))


def _scaled_and_dropped(body: list[Folded]) -> dict[str, Any]:
    """A residual body, with what is done to its end as arguments: first `scale`, then `drop_path`."""
    args: dict[str, Any] = {}
    if len(body) > 1 and _is_drop_path(body[-1]):
        *body, end = body
        args["drop_path"] = end.args["rate"]
    if len(body) > 1 and body[-1].kind == "Rescaling" and set(body[-1].args) == {"scale"}:
        scale = body[-1].args["scale"]
        if scale > 0 and scale != 1:
            body, args["scale"] = body[:-1], scale
    return {"body": body, **args}


def _is_drop_path(step: Folded) -> bool:
    """Whether this is a dropout of whole examples."""
    if step.kind != "Dropout" or set(step.args) != {"rate", "noise_shape"}:
        return False
    first, *others = step.args["noise_shape"]
    return bool(step.args["rate"] > 0 and first is None and set(others) == {1})


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
