"""What `show --json` and `list --json` print, as plain data."""

from pathlib import Path
from typing import Any

from specs.document import Document
from specs.graph import Graph, Shape
from specs.shipped import family


def graph_json(graph: Graph) -> dict[str, Any]:
    """A model with all its layers.

    >>> from specs import check
    >>> graph_json(check("densenet121").graph)["params"]
    {'total': 8062504, 'trainable': 7978856, 'non_trainable': 83648}
    """
    return {
        "name": graph.name,
        "params": {"total": graph.params, "trainable": graph.trainable, "non_trainable": graph.non_trainable},
        "macs": graph.macs,
        "input_shape": _one_or_all(graph.input_shapes()),
        "output_shape": _one_or_all(graph.output_shapes()),
        "layers": [
            {
                "name": node.name,
                "op": node.op,
                "inputs": list(node.inputs),
                "output_shape": list(node.output_shape),
                "params": node.params,
                "macs": node.macs,
                **({} if node.shares is None else {"share": node.shares}),
            }
            for node in graph.nodes
        ],
    }


def _one_or_all(shapes: dict[str, Shape]) -> Any:
    """The shape where there is one, else every shape by its name."""
    listed = {name: list(shape) for name, shape in shapes.items()}
    return next(iter(listed.values())) if len(listed) == 1 else listed


def model_json(path: Path, graph: Graph, document: Document) -> dict[str, Any]:
    """A shipped model in one line of `list --json`."""
    return {
        "name": path.stem,
        "family": family(path),
        "params": graph.params,
        "macs": graph.macs,
        "input_shape": _one_or_all(graph.input_shapes()),
        "summary": document.summary,
        "source": document.source,
        "published": None if document.published is None else document.published.model_dump(),
    }
