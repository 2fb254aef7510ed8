"""Tables in plain text."""

from collections.abc import Sequence
from typing import Any

from specs.graph import Graph
from specs.infer.base import text


def columns(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Rows under a header, each column as wide as its widest cell; columns in `right` end flush.

    >>> print(columns(["name", "params"], [["dense1", "8,320"]], right=[1]))
    name    params
    ──────────────
    dense1   8,320
    """
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = [
        "  ".join(c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in (header, *rows)
    ]
    ruled = [lines[0], "─" * len(lines[0]), *lines[1:]]
    return "\n".join(line.rstrip() for line in ruled)


def graph_table(graph: Graph) -> str:
    """Every layer with its shape, weights and multiply-accumulates, and the totals below."""
    rows = [
        [node.name, node.op, text(node.output_shape), f"{node.params:,}", _count(node.macs), ", ".join(node.inputs)]
        for node in graph.nodes
    ]
    table = columns(["name", "layer", "output shape", "params", "MACs", "from"], rows, right=[3, 4])
    split = f"{graph.trainable:,} trainable, {graph.non_trainable:,} not"
    return f"{table}\n\n{graph.name}: {graph.params:,} params ({split}), {_count(graph.macs)} MACs"


def _count(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def models_table(models: Sequence[dict[str, Any]]) -> str:
    """The shipped models, one line each."""
    rows = [
        [model["name"], model["family"], f"{model['params']:,}", _count(model["macs"]), _size(model["input_shape"])]
        for model in models
    ]
    return columns(["name", "family", "params", "MACs", "input"], rows, right=[2, 3])


def _size(shape: Any) -> str:
    return "×".join("?" if size is None else str(size) for size in shape) if isinstance(shape, list) else "several"
