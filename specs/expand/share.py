"""`share:`, a step that computes with the weights of a step above it.

Layers are paired in their order: of a unit, a block or a named combinator those that have weights. The two must be the
same layer with the same arguments, on inputs to which the same weights fit. Imported where a spec has such a step.
"""

from collections.abc import Callable
from dataclasses import replace

from specs.expand.builder import BROKEN, MAX_LAYERS, Builder, Tensor
from specs.graph import Node
from specs.infer.base import text
from specs.infer.weights import weight_sizes
from specs.step import Step

Tie = Callable[[Tensor], Tensor]
"""Gives the layers that were just added the weights of others; takes and gives the tensor at their end."""


def with_weights_of(builder: Builder, step: Step, name: str, prefix: str) -> tuple[Step, Tie]:
    """The step to carry out, and what ties the nodes that it adds to those of the step of that name."""
    found = builder.full_name(name, prefix, step, "share")
    if found is None or (found not in builder.nodes and found not in builder.spans):
        return replace(step, args=None), lambda end: BROKEN
    kind = _kind(builder, found)
    owners = [node for node in _nodes(builder, found) if node.has_weights]
    if step.kind not in ("", kind):
        message = f"shares with {_at(builder, found)}, which is {_worded(kind)}"
        builder.refuse(step, message, argument="share", hint=f"share: {name} alone means {kind} again")
    elif not owners and builder.names[found][0] != BROKEN:
        builder.refuse(step, f"{_at(builder, found)} has no weights to share", argument="share")
    elif len(builder.nodes) + len(_nodes(builder, found)) > MAX_LAYERS:
        builder.refuse(step, f"the model has more than {MAX_LAYERS:,} layers", argument="share")
    elif step.args is not None:
        first = len(builder.nodes)
        again = step if step.kind else _again(builder, step, found)
        return again, lambda end: _tied(builder, step, owners, first, end)
    return replace(step, args=None), lambda end: BROKEN


def _nodes(builder: Builder, found: str) -> list[Node]:
    if found in builder.nodes:
        return [builder.nodes[found]]
    _, first, after = builder.spans[found]
    return list(builder.nodes.values())[first:after]


def _kind(builder: Builder, found: str) -> str:
    return builder.nodes[found].op if found in builder.nodes else builder.spans[found][0].kind


def _worded(kind: str) -> str:
    return f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind}"


def _at(builder: Builder, found: str) -> str:
    return f"{found!r} (line {builder.names[found][1].line})"


def _again(builder: Builder, step: Step, found: str) -> Step:
    """The step of that name once more, with the name and the input of this one."""
    if found in builder.nodes:
        node = builder.nodes[found]
        return replace(step, kind=node.op, args=node.args)
    owner = builder.spans[found][0]
    return replace(step, kind=owner.kind, args=owner.args, bodies=owner.bodies)


def _tied(builder: Builder, step: Step, owners: list[Node], first: int, end: Tensor) -> Tensor:
    if end == BROKEN:
        return BROKEN
    made = [node for node in list(builder.nodes.values())[first:] if node.has_weights]
    if [node.op for node in made] != [node.op for node in owners]:
        one, other = (", ".join(node.op for node in each) or "none" for each in (made, owners))
        message = f"its layers with weights are {one}; those of {step.share!r} are {other}"
        return builder.refuse(step, message, argument="share")
    for node, owner in zip(made, owners, strict=True):
        wrong = _unlike(builder, node, owner)
        if wrong:
            argument, why = wrong
            place = argument if argument in step.places else "share"
            message = f"{why}, and the weights are those of {builder.origin(owner.name)}"
            return builder.refuse(step, message, argument=place)
        changed = replace(node, trainable=0, non_trainable=0, shares=owner.shares or owner.name)
        builder.nodes[node.name] = changed
    return end


def _unlike(builder: Builder, node: Node, owner: Node) -> tuple[str, str] | None:
    """The argument that is in the way of the other's weights, if one is, and why; None where they fit."""
    for name in type(node.args).model_fields:
        one, other = getattr(node.args, name), getattr(owner.args, name)
        if one != other:
            return name, f"{name} must be {_value(other)} (got {_value(one)})"
    shapes, others = ([builder.shape(each) for each in every.inputs] for every in (node, owner))
    if weight_sizes(node.op, node.args, *shapes) != weight_sizes(owner.op, owner.args, *others):
        listed = " and ".join(", ".join(text(shape) for shape in each) for each in (shapes, others))
        return "", f"needs weights of another shape, for the inputs are {listed}"
    return None


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
