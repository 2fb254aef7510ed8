"""The same spec with one thing about it changed everywhere: what its kernels start from, where its norms stand."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from specs.combinators import Conv, Norm, Order
from specs.document import Document
from specs.errors import UserError
from specs.graph import Graph, Node
from specs.ops.activation import Activation
from specs.ops.base import Frozen
from specs.ops.choices import InitializerChoice
from specs.ops.wrapper import Inner
from specs.step import Step

KERNELS = ("kernel_initializer", "depthwise_initializer", "pointwise_initializer")
"""Arguments that say what kernels start from; those of biases, recurrent states and tables keep theirs."""


def with_initializer(graph: Graph, initializer: Any) -> Graph:
    """The graph whose kernels all start from one initialiser, as a spec has it: a name, or {Name: {arguments}}.

    >>> import specs
    >>> graph = with_initializer(specs.lower(specs.load("digits_mlp")), "zeros")
    >>> [node.args.kernel_initializer for node in graph.nodes if node.op == "Dense"][0]
    'zeros'
    """
    read = initializer if isinstance(initializer, str) else InitializerChoice.model_validate(initializer)
    return replace(graph, nodes=tuple(replace(each, args=_starting(each.args, read)) for each in graph.nodes))


def _starting(args: Any, initializer: Any) -> Any:
    """Arguments of a layer, and of a layer inside it."""
    changes = {name: initializer for name in KERNELS if name in type(args).model_fields}
    inner = getattr(args, "layer", None)
    if isinstance(inner, Inner):
        changes["layer"] = inner.model_copy(update={"args": _starting(inner.args, initializer)})
    return args.model_copy(update=changes) if changes else args


ENDS = ("softmax", "sigmoid")
"""Activations that make probabilities out of scores."""


def with_linear_ends(graph: Graph) -> Graph:
    """The graph whose outputs are the scores before softmax or sigmoid; weights are those of the graph itself.

    >>> import specs
    >>> graph = with_linear_ends(specs.lower(specs.load("digits_mlp")))
    >>> graph.node(graph.outputs["output"].node).args.activation
    'linear'
    """
    ends = {output.node for output in graph.outputs.values()}

    def linear(node: Node) -> Node:
        if node.name not in ends:
            return node
        if node.op == "Softmax":
            return replace(node, op="Activation", args=Activation(activation="linear"))
        named = getattr(node.args, "activation", "") in ENDS
        return replace(node, args=node.args.model_copy(update={"activation": "linear"})) if named else node

    return replace(graph, nodes=tuple(map(linear, graph.nodes)))


def check_norms(document: Document) -> None:
    """`UserError` where the body has no `conv` unit with a norm, so that `with_norm` would change nothing."""
    if not any(_is_normed(step.args) for step in _steps(document.body)):
        raise UserError(
            f"{document.name}: none of its steps is a conv unit with a norm, so there is nothing to place elsewhere"
            " (BatchNormalization as a layer stays where it is written)"
        )


def with_norm(document: Document, order: Order, norm: Norm | None = None) -> Document:
    """The document whose `conv` units with a norm have that order, and that norm instead of theirs where one is given.

    A projection shortcut takes its norm from the document's defaults, which change with the units; it has no
    activation, so that no order matters to it. What the spec expects, and its limits, are those of its own net alone.
    """
    changes = {"order": order} | ({} if norm is None else {"norm": norm})

    def changed(step: Step) -> Step:
        bodies = tuple(tuple(map(changed, body)) for body in step.bodies)
        args: Frozen | None = step.args
        if args is not None and _is_normed(args):
            args = args.model_copy(update=changes)
        return replace(step, args=args, bodies=bodies)

    unit = document.defaults.get("conv", {})
    defaults = document.defaults if unit.get("norm") == "none" else {**document.defaults, "conv": {**unit, **changes}}
    body = tuple(map(changed, document.body))
    return replace(document, body=body, defaults=defaults, expects=None, limits=None)


def _is_normed(args: Frozen | None) -> bool:
    return isinstance(args, Conv) and args.norm != "none"


def _steps(body: Iterable[Step]) -> Iterable[Step]:
    for step in body:
        yield step
        for inner in step.bodies:
            yield from _steps(inner)
