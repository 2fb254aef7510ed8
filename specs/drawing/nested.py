"""A model as the nested parts that a page unfolds: plain data, complete enough that the page decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specs.analysis.memory import Memory, bytes_text, node_memory
from specs.analysis.receptive import Receptive, receptive_fields
from specs.document import Document
from specs.drawing.folding import folded
from specs.drawing.forms import LAYER, form_of, inside, said
from specs.drawing.labels import kind_of, label_of, size_of
from specs.drawing.rows import together
from specs.drawing.tree import Item, tree
from specs.errors import UserError, yaml_text
from specs.files import text_of
from specs.graph import Graph, Node
from specs.recipe import largest_batch
from specs.render.needs import field_text
from specs.sections import Train
from specs.shipped import shipped

LONGEST_LINE = 160
"""Characters of a spec's line that are shown."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of each node by its name."""

    places: Mapping[str, int]
    fields: Mapping[str, Receptive]
    memory: Mapping[str, Memory]
    outputs: Mapping[str, str]


def nested(document: Document, graph: Graph) -> dict[str, Any]:
    """The parts of a model inside one another, its edges by the numbers of layers, and lines of the spec.

    >>> from specs import load, lower
    >>> found = nested(load("resnet50"), lower(load("resnet50")))
    >>> [(part["name"], part["says"], part["form"]) for part in found["parts"]][5:7]
    [('stage2', '3 residual blocks', 'stage'), ('stage3', '4 residual blocks', 'stage')]
    """
    places = {node.name: number for number, node in enumerate(graph.nodes)}
    outputs = {output.node: name for name, output in graph.outputs.items()}
    train = document.train or Train()
    told = _Told(places, receptive_fields(graph), node_memory(graph, train), outputs)
    edges = [[places[name], places[node.name]] for node in graph.nodes for name in dict.fromkeys(node.inputs)]
    return {
        "name": graph.name,
        "params": graph.params,
        "macs": graph.macs,
        "step": f"batch {largest_batch(train)}, {train.optimizer.kind}",
        "parts": _parts(tree(graph), told),
        "edges": edges,
        "lines": _lines(document, graph),
    }


def _parts(items: Sequence[Item], told: _Told, around: str = "") -> list[dict[str, Any]]:
    """Items as parts; repeats are one part with a count, unless they are all that there is."""
    runs = list(folded(items))
    if len(runs) == 1:
        return [_part(item, told, around) for item in runs[0]]
    return [_part(run[0], told, around) if len(run) == 1 else _repeats(run, told, around) for run in runs]


def _repeats(run: Sequence[Item], told: _Told, around: str) -> dict[str, Any]:
    nodes = [node for item in run for node in item.nodes]
    first = run[0]
    says = inside(run) if first.items else label_of(first)
    return {
        "name": together([item.name.removeprefix(around) for item in run]),
        "says": says,
        "form": "repeats",
        "of": form_of(first),
        "kind": kind_of(first),
        "times": len(run),
        **_figures(nodes, told),
        "inside": [_part(item, told, around) for item in run],
    }


def _part(item: Item, told: _Told, around: str) -> dict[str, Any]:
    if len(item.nodes) == 1:
        return _layer(item, told, around)
    found = {
        "name": item.name.removeprefix(around),
        "says": said(item) if item.items else label_of(item),
        "form": form_of(item) if item.items else "unit",
        "kind": kind_of(item),
        **_figures(item.nodes, told),
    }
    layers = tuple(Item(node.name, (node,)) for node in item.nodes)
    if item.items:
        return {**found, "inside": _parts(item.items, told, f"{item.name}_")}
    return {**found, "inside": [_layer(layer, told, f"{item.name}_") for layer in layers]}


def _layer(item: Item, told: _Told, around: str) -> dict[str, Any]:
    (node,) = item.nodes
    given = [[name, yaml_text(getattr(node.args, name))] for name in sorted(node.args.model_fields_set)]
    return {
        "name": node.name.removeprefix(around),
        "says": label_of(item),
        "form": LAYER,
        "kind": "input" if node.op == "InputLayer" else kind_of(item),
        "layer": node.op,
        "arguments": given,
        "number": told.places[node.name],
        **({"output": told.outputs[node.name]} if node.name in told.outputs else {}),
        **({"shares": node.shares} if node.shares else {}),
        **_figures(item.nodes, told),
    }


def _figures(nodes: Sequence[Node], told: _Told) -> dict[str, Any]:
    macs = [node.macs for node in nodes]
    last = nodes[-1]
    return {
        "shape": size_of(last),
        "params": sum(node.params for node in nodes),
        "macs": None if None in macs else sum(each for each in macs if each is not None),
        "memory": bytes_text(sum((told.memory[node.name] for node in nodes), Memory()).total),
        "field": field_text(told.fields[last.name]),
        "place": _place(nodes[0]),
    }


def _place(node: Node) -> str:
    return f"{node.mark.file}:{node.mark.line}"


def _lines(document: Document, graph: Graph) -> dict[str, str]:
    """The text of each line that a layer stands in, by its place, of those files that can be read."""
    found = {}
    for file in sorted({node.mark.file for node in graph.nodes}):
        numbers = {node.mark.line for node in graph.nodes if node.mark.file == file}
        lines = _text(document, file).splitlines()
        found.update({f"{file}:{each}": lines[each - 1].strip() for each in sorted(numbers) if each <= len(lines)})
    return {place: line[:LONGEST_LINE] for place, line in found.items()}


def _text(document: Document, file: str) -> str:
    """The text of the spec, or of one that it extends; empty where it was no file."""
    own = Path(document.file)
    path = own if file in (document.file, own.name) else shipped().get(Path(file).stem, own.parent / file)
    try:
        return text_of(path, file, follow=path == own)
    except UserError:
        return ""
