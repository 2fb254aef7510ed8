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


MAX_MODEL = 40
"""Boxes of the drawing of a whole model; of a longer chain each box is several steps."""

Box = tuple[str, list[Node]]
"""What a box is called, and its nodes."""


def model_drawn(document: Document) -> str:
    """The model as it is served, a box for each of its outermost steps: its size, and how many weights it has.

    Steps that are the same one after the other are one box.

    >>> from specs import load
    >>> print(model_drawn(load("lenet5")))
    flowchart TD
        n0["input<br/>32×32×1"] --> n1
        n1["conv 5×5, 6<br/>28×28×6, 156 params"] --> n2
        n2["AveragePooling2D 2×2, strides 2<br/>14×14×6"] --> n3
        n3["conv 5×5, 16<br/>10×10×16, 2,416 params"] --> n4
        n4["AveragePooling2D 2×2, strides 2<br/>5×5×16"] --> n5
        n5["conv 5×5, 120<br/>1×1×120, 48,120 params"] --> n6
        n6["Flatten<br/>120"] --> n7
        n7["Dense 84<br/>84, 10,164 params"] --> n8
        n8["Dense 10<br/>10, 850 params"]
    """
    ranges: list[Range] = []

    def trace(step: Step, tensor: str, first: int, last: int) -> None:
        ranges.append(Range(step.kind, first, last))

    graph = expand(document, lambda problem: None, trace)
    assert graph is not None, "a document that was loaded can be carried out"
    kept = {node.name for node in graph.served().nodes}
    whole = [(kind, [node for node in nodes if node.name in kept]) for kind, nodes in _outermost(graph, ranges)]
    boxes = _shortened(_joined([(kind, nodes) for kind, nodes in whole if nodes]))
    number = {node.name: f"n{index}" for index, (_, nodes) in enumerate(boxes) for node in nodes}
    edges = dict.fromkeys(
        (number[name], number[node.name])
        for _, nodes in boxes
        for node in nodes
        for name in node.inputs
        if number[name] != number[node.name]
    )
    shapes = {f"n{index}": f'["{title}<br/>{_facts(nodes)}"]' for index, (title, nodes) in enumerate(boxes)}
    return "\n".join(["flowchart TD", *_lines(list(edges), shapes)])


def _outermost(graph: Graph, ranges: Sequence[Range]) -> Iterator[Box]:
    """The steps that are inside of no other, and every input, by what a box says of them."""
    end = 0
    # Of steps with the same nodes the one that was carried out last is around the others.
    latest = sorted(enumerate(ranges), key=lambda each: (each[1].first, -each[1].last, -each[0]))
    for _, each in [*latest, (0, Range("", len(graph.nodes), len(graph.nodes) + 1))]:
        if each.first < end or each.first == each.last:
            continue
        yield from ((node.name, [node]) for node in graph.nodes[end : each.first])
        nodes = list(graph.nodes[each.first : each.last])
        if nodes:
            yield (_label(nodes) if each.kind == "conv" or len(nodes) == 1 else each.kind), nodes
        end = each.last


def _joined(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that say the same and follow one another alone become one."""
    found: list[tuple[str, int, list[Node]]] = []
    for title, nodes in boxes:
        said = (title, _size(nodes[-1].output_shape))
        if found and said == (found[-1][0], _size(found[-1][2][-1].output_shape)) and _follows(found[-1][2], nodes):
            found[-1] = (title, found[-1][1] + 1, [*found[-1][2], *nodes])
        else:
            found.append((title, 1, nodes))
    return [(f"{count} × {title}" if count > 1 else title, nodes) for title, count, nodes in found]


def _follows(before: Sequence[Node], nodes: Sequence[Node]) -> bool:
    inside = {node.name for node in nodes}
    return {name for node in nodes for name in node.inputs} - inside == {before[-1].name}


def _shortened(boxes: list[Box]) -> list[Box]:
    """At most about `MAX_MODEL` boxes: neighbours in a chain become one, named by the first and the last."""
    most = -(-len(boxes) // MAX_MODEL)
    found: list[list[Box]] = []
    for box in boxes:
        if found and len(found[-1]) < most and _follows(found[-1][-1][1], box[1]):
            found[-1].append(box)
        else:
            found.append([box])
    return [
        (each[0][0] if len(each) == 1 else f"{each[0][0]} … {each[-1][0]}", [node for box in each for node in box[1]])
        for each in found
    ]


def _facts(nodes: Sequence[Node]) -> str:
    params = sum(node.params for node in nodes)
    return _size(nodes[-1].output_shape) + (f", {params:,} params" if params else "")
