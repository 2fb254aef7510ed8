"""Which layer of one Keras model is which of another that computes the same, whatever they are called.

Both models are walked from their outputs to their inputs in step. Layers without weights that have one input are
passed over: where an activation, a padding or a dropout stands says nothing about the weights. The inputs of a
concatenation come in their order; those of an addition or a multiplication, which have none, by what stands before
them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from zoo.backend import keras

Pair = tuple[Any, Any]
"""A layer of the one model and its counterpart in the other."""

ALIKE = {"CustomScaleLayer": "Add"}
"""Kinds of layer of keras.applications for what is another kind here: x + scale · y, whose scale is a Rescaling."""

UNORDERED = ("Add", "Multiply", "Average", "Maximum", "Minimum")


class DifferentError(ValueError):
    """The two models are not built the same way; says where they part."""


def matched(one: keras.Model, other: keras.Model) -> list[Pair]:
    """All pairs of layers with weights, outputs first; DifferentError where the models are not built the same way."""
    walk = _Walk({**_entries(one), **_entries(other)})
    ends = [list(model.outputs) for model in (one, other)]
    if len(ends[0]) != len(ends[1]):
        raise DifferentError(f"the one has {len(ends[0])} outputs, the other {len(ends[1])}")
    for first, second in zip(*ends, strict=True):
        walk.pair(walk.behind(first), walk.behind(second))
    return walk.pairs


def _entries(model: keras.Model) -> dict[int, Any]:
    """By the id of the input layer of each model inside, the tensor that goes in: walked through layer by layer."""
    inside = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    return {id(_operation(layer.inputs[0])): _tensors(layer)[0] for layer in inside}


@dataclass
class _Walk:
    entries: dict[int, Any]
    pairs: list[Pair] = field(default_factory=list)
    seen: dict[int, Any] = field(default_factory=dict)
    """The counterpart of every layer that was met, by the layer's id."""

    def pair(self, one: Any, other: Any) -> None:
        """Pairs two layers and, with a list in place of recursion, all that stands before them."""
        waiting = [(one, other)]
        while waiting:
            one, other = waiting.pop()
            if id(one) in self.seen:
                if self.seen[id(one)] is not other:
                    raise DifferentError(f"{one.name} has two counterparts: {self.seen[id(one)].name} and {other.name}")
                continue
            self.seen[id(one)] = other
            waiting += self._before(one, other)

    def _before(self, one: Any, other: Any) -> list[Pair]:
        kinds = [_kind(layer) for layer in (one, other)]
        fronts = [self._inputs(layer) for layer in (one, other)]
        if kinds[0] != kinds[1] or len(fronts[0]) != len(fronts[1]):
            raise DifferentError(f"{one.name} is {kinds[0]}, {other.name} is {kinds[1]}")
        if _weights(one):
            self.pairs.append((one, other))
        if kinds[0] in UNORDERED:
            fronts = [sorted(front, key=self._signature) for front in fronts]
        return list(zip(*fronts, strict=True))

    def behind(self, tensor: Any) -> Any:
        """The layer that counts behind a tensor: with weights, with several inputs, or the input itself."""
        while True:
            layer = _operation(tensor)
            if isinstance(layer, keras.Model):
                tensor = layer.outputs[0]
            elif id(layer) in self.entries:
                tensor = self.entries[id(layer)]
            elif _weights(layer) or len(front := _tensors(layer)) != 1:
                return layer
            else:
                tensor = front[0]

    def _inputs(self, layer: Any) -> list[Any]:
        return [self.behind(tensor) for tensor in _tensors(layer)]

    def _signature(self, layer: Any, depth: int = 6) -> str:
        """What stands at a layer and shortly before it, as text: by this the branches of an addition are told apart."""
        own = f"{_kind(layer)}{[tuple(weight.shape) for weight in _weights(layer)]}"
        if depth == 0:
            return own
        return own + "<" + ",".join(self._signature(each, depth - 1) for each in self._inputs(layer)) + ">"


def _operation(tensor: Any) -> Any:
    """The layer that a tensor comes out of, or what was written in its place, such as a +."""
    return tensor._keras_history.operation


def _weights(layer: Any) -> Sequence[Any]:
    return getattr(layer, "weights", ())


def _kind(layer: Any) -> str:
    name = type(layer).__name__
    return ALIKE.get(name, name)


def _tensors(layer: Any) -> Sequence[Any]:
    return list(layer._inbound_nodes[0].input_tensors) if layer._inbound_nodes else []
