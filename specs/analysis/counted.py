"""What a search can aim at that is known without training."""

from collections.abc import Mapping

from specs.analysis.memory import memory
from specs.graph import Graph
from specs.sections import Train


def counted(graph: Graph, train: Train | None) -> Mapping[str, int | None]:
    """Weights, multiply-accumulates, and bytes of a training step at the batch size; None where a size is not known.

    >>> from specs import load, lower
    >>> document = load("digits_mlp")
    >>> counted(lower(document), document.train)["parameters"]
    26122
    """
    return {"parameters": graph.params, "macs": graph.macs, "memory": memory(graph, train).total}
