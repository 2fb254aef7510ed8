"""`limits:`, what the model may need at most, held against what it needs."""

from collections.abc import Callable, Iterable

from specs.checks import place
from specs.document import Document
from specs.errors import Problem
from specs.graph import Graph
from specs.resolve import Report

Figure = Callable[[int], str]

LIMITED = ("params", "macs", "memory")
SHOWN = 3
"""Blocks or layers that a hint names."""


def limits_hold(document: Document, graph: Graph, report: Report) -> None:
    """Params, multiply-accumulates and memory are at most what `limits` says."""
    limits = document.limits
    if limits is None:
        return
    for name in LIMITED:
        limit = getattr(limits, name)
        if limit is None:
            continue
        needs = needs_of(name, document, graph)
        mark, path = place(document, "limits", name)
        figure = _bytes if name == "memory" else "{:,}".format
        if needs is None:
            hint = "give the input fixed sizes, or take the limit out"
            report(Problem(mark, path, "cannot be held against a model whose sizes are known only at run time", hint))
        elif sum(needs.values()) > limit:
            message = f"must be at most {figure(limit)}, the model needs {figure(sum(needs.values()))}"
            report(Problem(mark, path, message, _largest(graph, needs, figure)))


def needs_of(name: str, document: Document, graph: Graph) -> dict[str, int] | None:
    """The figure by node; None where a size is unknown."""
    if name == "memory":
        from specs.analysis.memory import node_memory

        found = {node: each.total for node, each in node_memory(graph, document.train).items()}
    else:
        found = {node.name: getattr(node, name) for node in graph.nodes}
    known = {node: value for node, value in found.items() if value is not None}
    return known if len(known) == len(found) else None


def _largest(graph: Graph, needs: dict[str, int], figure: Figure) -> str:
    from specs.analysis.blocks import block_of

    sums: dict[str, int] = {}
    scopes = frozenset(graph.scopes)
    for node, value in needs.items():
        block = block_of(node, scopes)
        sums[block] = sums.get(block, 0) + value
    first: Iterable[str] = sorted(sums, key=lambda block: -sums[block])[:SHOWN]
    return "most of it in " + ", ".join(f"{block} ({figure(sums[block])})" for block in first if sums[block])


def _bytes(value: int) -> str:
    from specs.analysis.memory import bytes_text

    return bytes_text(value)
