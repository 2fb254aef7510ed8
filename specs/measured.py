"""Layers whose values are measured on the training part, and the values that a run wrote down under `adapted:`."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from specs.checks import path_of
from specs.document import Document
from specs.errors import Problem
from specs.graph import Graph, Node
from specs.infer import INFER, ShapeError
from specs.infer.base import axis_index, product
from specs.ops import Op
from specs.ops.base import MAX_MEASURED
from specs.resolve import Report
from specs.tree import Entry, MappingNode
from specs.validate import problems_of

MEASURED: Mapping[str, tuple[str, ...]] = {
    "Normalization": ("mean", "variance"),
    "FillMissing": ("values",),
    "Discretization": ("bin_boundaries",),
    "StringLookup": ("vocabulary", "idf_weights"),
    "IntegerLookup": ("vocabulary", "idf_weights"),
    "TextVectorization": ("vocabulary", "idf_weights"),
}
"""Arguments that are measured where the first of them is left out, by layer."""


def is_measured(node: Node) -> bool:
    """Whether a layer's values come from the training part; one that shares another's has that one's."""
    if node.op not in MEASURED or node.shares is not None:
        return False
    return getattr(node.args, MEASURED[node.op][0]) is None


def to_measure(graph: Graph) -> tuple[Node, ...]:
    """The layers whose values are neither written in their arguments nor under `adapted:`, in the graph's order."""
    return tuple(node for node in graph.nodes if is_measured(node) and node.name not in graph.adapted)


def with_values(args: Op, values: Mapping[str, Any]) -> Op:
    """The arguments with what was measured in its place; the number of bins is that of their boundaries."""
    left_out = {"num_bins": None} if "bin_boundaries" in values else {}
    return args.model_copy(update={**values, **left_out})


def adapted_values_fit(document: Document, graph: Graph, report: Report) -> None:
    """What stands under `adapted:` is for layers that are measured, and fits them."""
    section = document.tree.get("adapted")
    entries = section.entries if isinstance(section, MappingNode) else ()
    measured = {node.name: node for node in graph.nodes if is_measured(node)}
    for entry in entries:
        node = measured.get(entry.key)
        if node is None:
            from specs.repairs import spelled

            message = f"no layer that is measured is named {entry.key!r}"
            report(
                Problem(entry.key_mark, entry.value.path, message, None, spelled(entry.key_mark, entry.key, measured))
            )
        elif isinstance(entry.value, MappingNode):
            for problem in _wrong(node, entry, graph):
                report(problem)


def _wrong(node: Node, entry: Entry, graph: Graph) -> Iterator[Problem]:
    """Why the values are none for the layer."""
    values, allowed = graph.adapted[node.name], MEASURED[node.op]
    assert isinstance(entry.value, MappingNode)
    for key in entry.value.entries:
        if key.key not in allowed:
            yield Problem(key.key_mark, key.value.path, f"{node.op} is measured for {' and '.join(allowed)} only")
            return
    if allowed[0] not in values:
        yield Problem(entry.key_mark, entry.value.path, f"{node.op} needs its {allowed[0]}")
        return
    try:
        args = type(node.args).model_validate(_written(node.args) | _plain_values(node, values))
    except ValidationError as error:
        yield from problems_of(error, type(node.args), entry.value, node.op)
        return
    found = _misfit(node, args, graph)
    if found:
        yield Problem(entry.key_mark, entry.value.path, found)


def _written(args: Op) -> dict[str, Any]:
    return {name: getattr(args, name) for name in args.model_fields_set}


def _plain_values(node: Node, values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "num_bins": None} if node.op == "Discretization" else dict(values)


def _misfit(node: Node, args: Op, graph: Graph) -> str | None:
    shape = graph.node(node.inputs[0]).output_shape
    if node.op == "Normalization":
        # Here there is a value for each position along the axes, as in the weights that it stands for.
        count = positions(node, graph)
        found = len(getattr(args, "mean"))  # noqa: B009  # a Normalization's
        return f"mean has {found} values, the layer {count}" if found != count else None
    if node.op == "Discretization" and getattr(args, "depth") != getattr(node.args, "num_bins"):  # noqa: B009
        return f"bin_boundaries must be one fewer than num_bins {getattr(node.args, 'num_bins')}"  # noqa: B009
    try:
        INFER[node.op](args, shape)
    except ShapeError as error:
        return str(error)
    return None


def positions(node: Node, graph: Graph) -> int:
    """How many means a Normalization has: one for each position along its axes."""
    shape = graph.node(node.inputs[0]).output_shape
    axes = getattr(node.args, "axis")  # noqa: B009  # a Normalization's
    count = product([shape[axis_index(axis, shape)] for axis in axes])
    assert count is not None, "inferred before"
    return count


def what_is_measured_stands_before_weights(document: Document, graph: Graph, report: Report) -> None:
    """What is measured before training does not depend on what training changes, and is not too much for a spec."""
    if document.train is None:
        return
    nodes = {node.name: node for node in graph.nodes}
    total = 0
    for node in filter(is_measured, graph.nodes):
        if document.weights and node.op == "Normalization":
            # Its values come with the weights.
            continue
        learned = [nodes[name] for name in graph.upstream(node.inputs) if nodes[name].trainable or nodes[name].shares]
        if learned:
            first = MEASURED[node.op][0]
            at = f"{learned[0].name!r} (line {learned[0].mark.line})"
            message = f"{first} would be measured before training on what {at} computes, which training changes"
            report(Problem(node.mark, path_of(document, node), message, f"give {first}, or move it in front"))
        total += _most(node, graph)
        if total > MAX_MEASURED:
            message = f"more than {MAX_MEASURED:,} values would be measured for the model (got {total:,})"
            report(Problem(node.mark, path_of(document, node), message, "use a smaller max_tokens"))
            return


def _most(node: Node, graph: Graph) -> int:
    """Values that are written down for a layer, at most."""
    if node.op == "Normalization":
        return 2 * positions(node, graph)
    if node.op == "FillMissing":
        return graph.node(node.name).output_shape[-1] or 0
    twice = 2 if getattr(node.args, "output_mode", "") == "tf_idf" else 1
    most: int = getattr(node.args, "max_tokens", 0) or getattr(node.args, "num_bins", 0)
    return twice * most
