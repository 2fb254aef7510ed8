"""Blocks of a document as Mermaid flowcharts, which Markdown viewers draw."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from specs.document import Document
from specs.graph import Graph, Node
from specs.infer.base import text
from specs.lower import expand
from specs.ops import OPS
from specs.step import Step
from specs.tree import MappingNode


@dataclass(frozen=True, slots=True)
class Range:
    """A step that was carried out once: its kind, and the nodes that it gave."""

    kind: str
    first: int
    last: int


def blocks_drawn(document: Document) -> dict[str, str]:
    """Every block that the document uses, by name, as it stands at its first use; a conv unit is one box.

    >>> from specs import load
    >>> print(blocks_drawn(load("densenet121"))["transition"])
    flowchart TD
        x(["56×56×256"]) --> n0
        n0["conv 1×1, 128"] --> n1
        n1["AveragePooling2D 2×2, strides 2"] --> y
        y(["28×28×128"])
    """
    ranges: list[Range] = []

    def trace(step: Step, tensor: str, first: int, last: int) -> None:
        ranges.append(Range(step.kind, first, last))

    graph = expand(document, lambda problem: None, trace)
    written = document.tree.get("blocks")
    names = [entry.key for entry in written.entries] if isinstance(written, MappingNode) else []
    found = {name: next((each for each in ranges if each.kind == name), None) for name in names}
    drawn = {name: _drawn(graph, each, ranges) for name, each in found.items() if graph and each}
    return {name: drawing for name, drawing in drawn.items() if drawing is not None}


MAX_BOXES = 16
"""A block of more boxes is one of blocks, such as a stage, and its blocks are drawn."""


def _drawn(graph: Graph, block: Range, ranges: Sequence[Range]) -> str | None:
    nodes = graph.nodes[block.first : block.last]
    boxes = dict(_boxes(graph, block, ranges))
    if not 1 < len(set(boxes.values())) <= MAX_BOXES:
        return None
    numbers = {first: f"n{number}" for number, first in enumerate(dict.fromkeys(boxes.values()))}
    box_of = {node.name: numbers[boxes[index]] for index, node in enumerate(nodes, start=block.first)}
    labels = {numbers[first]: _label([n for n in nodes if box_of[n.name] == numbers[first]]) for first in numbers}
    sizes = {node.name: node.output_shape for node in graph.nodes}
    outside = [name for node in nodes for name in node.inputs if name not in box_of]
    edges = dict.fromkeys(
        (box_of.get(name, "x"), box_of[node.name])
        for node in nodes
        for name in node.inputs
        if box_of.get(name) != box_of[node.name]
    )
    shapes = {"x": f'(["{_size(sizes[outside[0]])}"])', "y": f'(["{_size(nodes[-1].output_shape)}"])'}
    shapes |= {number: f'["{label}"]' for number, label in labels.items()}
    return "\n".join(["flowchart TD", *_lines([*edges, (box_of[nodes[-1].name], "y")], shapes)])


def _lines(edges: Sequence[tuple[str, str]], shapes: Mapping[str, str]) -> Iterator[str]:
    """One line an edge; what a box looks like stands where it is first the start of one."""
    told = set[str]()
    for start, end in edges:
        yield f"    {start}{'' if start in told else shapes[start]} --> {end}"
        told.add(start)
    yield from (f"    {name}{shape}" for name, shape in shapes.items() if name not in told)


def _boxes(graph: Graph, block: Range, ranges: Sequence[Range]) -> Iterator[tuple[int, int]]:
    """For the number of each node in the block the number of the first node in its box: a unit's, or its own."""
    units = [each for each in ranges if each.kind == "conv" and block.first <= each.first and each.last <= block.last]
    for index in range(block.first, block.last):
        yield index, next((unit.first for unit in units if unit.first <= index < unit.last), index)


def _label(nodes: Sequence[Node]) -> str:
    """What a box says: a unit by its convolution, any other by its layer."""
    if len(nodes) == 1 and "Conv" not in nodes[0].op:
        return _layer(nodes[0])
    conv = next(node for node in nodes if "Conv" in node.op)
    kind = {"DepthwiseConv2D": "depthwise", "SeparableConv2D": "separable", "Conv2DTranspose": "transposed"}
    args: Any = conv.args
    words = [f"{kind.get(conv.op, 'conv')} {'×'.join(map(str, args.kernel_size))}"]
    words += [str(args.filters)] if getattr(args, "filters", None) else []
    words += [f"strides {max(args.strides)}"] if max(args.strides) > 1 else []
    words += [f"groups {args.groups}"] if getattr(args, "groups", 1) > 1 else []
    return ", ".join(words)


def _layer(node: Node) -> str:
    args: Any = node.args
    if (pool := getattr(args, "pool_size", None)) is not None:
        return f"{node.op} {'×'.join(map(str, pool))}, strides {max(args.strides or pool)}"
    for argument in ("units", "activation", "rate"):
        if (value := getattr(args, argument, None)) is not None:
            return f"{node.op} {value}"
    assert node.op in OPS
    return node.op


def _size(shape: tuple[int | None, ...]) -> str:
    return text(shape).strip("(),").replace(", ", "×")
