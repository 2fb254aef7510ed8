"""Text, integers or numbers: what flows along each edge, so that no layer gets text that cannot read it."""

from collections.abc import Mapping

from specs.checks import path_of
from specs.document import Document
from specs.errors import Problem
from specs.graph import Graph, Node
from specs.resolve import Report

READS_TEXT = frozenset({"StringLookup", "TextVectorization", "Hashing", "HashedCrossing"})
"""Layers that take text."""
ONLY_TEXT = frozenset({"StringLookup", "TextVectorization"})
"""Layers that take nothing else."""
CODES = frozenset({*READS_TEXT, "IntegerLookup", "Discretization"})
"""Layers that give integers where their output_mode is int."""
KEEPS_KIND = frozenset({"Identity", "Reshape", "Flatten", "Concatenate"})


def layers_get_what_they_read(document: Document, graph: Graph, report: Report) -> None:
    """Text goes only to layers that read it, and those get nothing else; crossings get codes or text."""
    kinds: dict[str, str] = {}
    for node in graph.nodes:
        kinds[node.name] = _kind(node, kinds)
        for source in node.inputs:
            message = _refusal(node, source, kinds[source])
            if message:
                text = "text comes from input: {dtype: string}"
                hint = text if node.op in ONLY_TEXT else "StringLookup makes numbers of it"
                path = path_of(document, node)
                report(Problem(node.mark, path, message, None if node.op == "HashedCrossing" else hint))


def _kind(node: Node, kinds: Mapping[str, str]) -> str:
    if node.op == "InputLayer":
        dtype = getattr(node.args, "dtype", "")
        return "text" if dtype == "string" else "integers" if dtype.startswith("int") else "numbers"
    if node.op in KEEPS_KIND:
        return kinds[node.inputs[0]]
    return "integers" if node.op in CODES and getattr(node.args, "output_mode", "") == "int" else "numbers"


def _refusal(node: Node, source: str, kind: str) -> str | None:
    if kind == "text" and node.op not in READS_TEXT:
        return f"{node.op} cannot read text, which {source!r} gives"
    if kind != "text" and node.op in ONLY_TEXT:
        return f"{node.op} reads text, {source!r} gives {kind}"
    if kind == "numbers" and node.op == "HashedCrossing":
        return f"{node.op} crosses integers or text, {source!r} gives numbers"
    return None
