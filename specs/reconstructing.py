"""Outputs that learn what the model itself computes instead of labels: whether they can."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from specs.checks import place
from specs.document import Document
from specs.errors import Mark, Problem
from specs.graph import Graph, Node, Output, Shape
from specs.infer.base import text
from specs.linting.data import PIXELS
from specs.recipe import loss_of
from specs.resolve import Report
from specs.sections.judging import LABELS
from specs.tree import MappingNode

if TYPE_CHECKING:
    from specs.repairs import Repair

FORMS = ("numbers", "binary")
"""Labels of the losses that compare with numbers."""


def check(document: Document, graph: Graph, report: Report) -> None:
    """Reports every reconstruction that its target, its shape or its loss does not allow."""
    for name, output in graph.outputs.items():
        if output.reconstructs is not None:
            for problem in _problems(document, graph, name, graph.node(output.reconstructs)):
                report(problem)


def _problems(document: Document, graph: Graph, name: str, target: Node) -> Iterator[Problem]:
    output, mark, path = graph.outputs[name], *_place(document, name)
    shape, wanted = graph.node(output.node).output_shape, target.output_shape
    before = graph.upstream([target.name])
    learning = [node for node in graph.nodes if node.name in before and _learns(node)]
    texts = [node for node in graph.nodes if node.name in before and _is_text(node)]
    if target.name not in graph.upstream([output.node]) - {output.node}:
        rule = f"{name!r} is not computed from {target.name!r}, so that it cannot be learnt from it"
        yield Problem(mark, path, rule, repairs=_others(graph, output, mark, shape))
    elif learning or texts:
        why = f"{learning[0].name!r} (line {learning[0].mark.line}) learns it" if learning else "it begins as text"
        rule = f"{target.name!r} is no target, for {why}"
        hint = "name an input of numbers, or a step that computes without weights"
        yield Problem(mark, path, rule, hint, _others(graph, output, mark, shape))
    elif shape != wanted:
        rule = f"the output {name!r} is {text(shape)}, {target.name!r} is {text(wanted)}"
        hint = (
            f"end with Reshape: {{target_shape: [{', '.join(map(str, wanted))}]}}, or reconstruct a step of its shape"
        )
        yield Problem(mark, path, rule, hint, _others(graph, output, mark, shape))
    yield from _of_loss(document, graph, name, target)


def _of_loss(document: Document, graph: Graph, name: str, target: Node) -> Iterator[Problem]:
    """The loss compares with numbers, and with those that the target has."""
    train = document.train
    if train is None:
        return
    loss = loss_of(train, graph.outputs[name]).kind
    mark, path = _place(document, name)
    if LABELS[loss] not in FORMS:
        from specs.data_hints import loss_repairs

        rule = f"{loss} compares with classes, {target.name!r} gives numbers"
        yield Problem(mark, path, rule, "write loss: MeanSquaredError", loss_repairs(document, graph.outputs[name]))
    elif LABELS[loss] == "binary" and target.name in graph.inputs and train.data.kind in PIXELS:
        rule = f"{loss} compares with values from 0 to 1, {target.name!r} has pixels from 0 to 255"
        scaled = [node.name for node in graph.nodes if node.op == "Rescaling" and node.inputs == (target.name,)]
        from specs.repairs import renamed

        yield Problem(mark, path, rule, "reconstruct a Rescaling of them", renamed(mark, scaled))


def _learns(node: Node) -> bool:
    """Whether training changes what it computes; what a Normalization measured stays."""
    return node.has_weights and (node.op != "Normalization" or node.shares is not None)


def _is_text(node: Node) -> bool:
    return getattr(node.args, "dtype", "") == "string"


def _others(graph: Graph, output: Output, mark: Mark, shape: Shape) -> "tuple[Repair, ...]":
    """Steps on the way to the output that have its shape and learn nothing, the last first."""
    from specs.repairs import Edit, Repair

    way, still = graph.upstream([output.node]) - {output.node}, set[str]()
    for node in graph.nodes:
        if not _learns(node) and not _is_text(node) and still.issuperset(node.inputs):
            still.add(node.name)
    fitting = [node.name for node in graph.nodes if node.name in still & way and node.output_shape == shape]
    return tuple(Repair(f"use reconstructs: {name}", (Edit("replace", mark, name),)) for name in reversed(fitting))


def _place(document: Document, name: str) -> tuple[Mark, str]:
    outputs = document.tree.get("outputs")
    entry = outputs.get(name) if isinstance(outputs, MappingNode) else None
    node = entry.get("reconstructs") if isinstance(entry, MappingNode) else None
    return (node.mark, node.path) if node is not None else place(document, "outputs", name)
