"""Tables in plain text."""

from collections.abc import Mapping, Sequence
from typing import Any

from specs.graph import Graph, Node
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
        [node.name, node.op, text(node.output_shape), _params(node), _count(node.macs), ", ".join(node.inputs)]
        for node in graph.nodes
    ]
    table = columns(["name", "layer", "output shape", "params", "MACs", "from"], rows, right=[3, 4])
    split = f"{graph.trainable:,} trainable, {graph.non_trainable:,} not"
    return f"{table}\n\n{graph.name}: {graph.params:,} params ({split}), {_count(graph.macs)} MACs"


def _params(node: Node) -> str:
    """How many weights, or whose: those that are shared are counted once."""
    return f"{node.params:,}" if node.shares is None else f"as {node.shares}"


def _count(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def models_table(models: Sequence[dict[str, Any]]) -> str:
    """The shipped models, one line each, those of a family together."""
    families = [model["family"] for model in models]
    rows = [
        [
            "" if number and families[number - 1] == model["family"] else model["family"],
            model["name"],
            f"{model['params']:,}",
            _count(model["macs"]),
            size_text(model["input_shape"]),
            accuracy_text(model["published"]),
        ]
        for number, model in enumerate(models)
    ]
    return columns(["family", "name", "params", "MACs", "input", "published top-1"], rows, right=[2, 3])


def accuracy_text(published: Mapping[str, Any] | None) -> str:
    """A published accuracy with its source, for a table.

    >>> accuracy_text({"dataset": "ImageNet", "top1": 74.928, "top5": 92.06, "source": "keras-applications README"})
    '74.93 % ImageNet (keras-applications README)'
    """
    return "" if published is None else f"{published['top1']:.2f} % {published['dataset']} ({published['source']})"


def size_text(shape: Any) -> str:
    """Shape of the only input, or the word several."""
    return "×".join("?" if size is None else str(size) for size in shape) if isinstance(shape, list) else "several"
