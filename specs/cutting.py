"""Parts of a model: without its classifier, or ending in stages of one's choice."""

from collections.abc import Iterable

from specs.errors import UserError, did_you_mean
from specs.graph import Graph, Output


def start_of(graph: Graph, name: str) -> str | None:
    """The node whose output the step of that name reads; None where there is no such step.

    >>> from specs import load, lower
    >>> start_of(lower(load("inception_v3")), "predictions")
    'avg_pool'
    """
    inside = graph.scopes.keys() & {name}
    for node in graph.nodes:
        if node.name == name or (inside and node.name.startswith(f"{name}_")):
            return node.inputs[0] if node.inputs else None
    return None


def without_top(graph: Graph, top: str) -> Graph:
    """The graph up to the step `top`, at which its classifier begins; its one output is called output.

    UserError where the spec names no top.
    """
    start = start_of(graph, top) if top else None
    if start is None:
        raise UserError(f"{graph.name} does not say where its classifier begins; write top: and the name of a step")
    return graph.ending_in({"output": Output(start)})


def with_features(graph: Graph, features: Iterable[str]) -> Graph:
    """The graph that ends in the steps, blocks or layers of these names, each an output of that name.

    >>> from specs import load, lower
    >>> with_features(lower(load("inception_v3")), ["mixed2", "mixed7"]).output_shapes()
    {'mixed2': (35, 35, 288), 'mixed7': (17, 17, 768)}

    UserError where there is no step of a name.
    """
    return graph.ending_in({name: Output(end_of(graph, name)) for name in features})


def end_of(graph: Graph, name: str) -> str:
    """The node at the end of the step, block or layer of that name; UserError where there is none."""
    known = {**{node.name: node.name for node in graph.nodes}, **graph.scopes}
    if name not in known:
        # Stages before what stands inside them.
        outer = sorted(known, key=lambda each: each.count("_"))
        hint = did_you_mean(name, outer) or f"it has {', '.join(outer[:8])}, …"
        raise UserError(f"{graph.name} has no step {name!r}; {hint}")
    return known[name]
