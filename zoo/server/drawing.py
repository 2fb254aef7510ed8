"""A model's blocks as an SVG: a box each, from the input down, with what leaves it and its share of the weights."""

from collections import Counter
from collections.abc import Sequence

from specs.analysis.blocks import Block, blocks
from specs.graph import Graph
from specs.infer.base import text
from specs.pages.markup import Markup, tag

LEFT, WIDTH, BOX, GAP = 24, 356, 44, 14
STEP = BOX + GAP
LANES = 5
"""Lines that run along the boxes, side by side."""

SHORT = {"BatchNormalization": "BatchNorm", "InputLayer": "Input"}
MOST = 40
"""Boxes of a drawing that looks inside blocks; a larger model is drawn by its outermost blocks."""

ROLES = (
    ("Input", "end"),
    ("Conv", "conv"),
    ("Pool", "pool"),
    ("Dense", "dense"),
    ("Embedding", "dense"),
    ("LSTM", "dense"),
    ("GRU", "dense"),
    ("Add", "merge"),
    ("Concatenate", "merge"),
)
"""What the colour of a box says, by a part of its heaviest layer's name."""


def drawing(graph: Graph) -> Markup:
    """The blocks of a graph, the same for the same graph; what skips blocks goes along their left."""
    inside = blocks(graph, depth=2)
    found = inside if len(inside) <= MOST else blocks(graph)
    largest = max((block.params for block in found), default=0) or 1
    boxes = [_box(block, index * STEP, largest) for index, block in enumerate(found)]
    lines = [_arrow(start) if end == start + 1 else _skip(start, end) for start, end in _edges(found)]
    label = f"{graph.name}: {len(found)} blocks from the input to the output"
    size = f"0 0 {LEFT + WIDTH} {len(found) * STEP - GAP}"
    return tag("svg", *lines, *boxes, viewBox=size, class_="model", role="img", aria_label=label)


def _edges(found: Sequence[Block]) -> list[tuple[int, int]]:
    """From which box to which something flows."""
    box_of = {node.name: index for index, block in enumerate(found) for node in block.nodes}
    edges = {(box_of[name], box_of[node.name]) for block in found for node in block.nodes for name in node.inputs}
    return sorted((start, end) for start, end in edges if start < end)


def _box(block: Block, top: int, largest: int) -> Markup:
    times = f" ×{block.count}" if block.count > 1 else ""
    right, params = LEFT + WIDTH - 12, f"{block.params:,} params" if block.params else ""
    share = round((WIDTH - 28) * block.params / largest, 1)
    return tag(
        "g",
        tag("title", f"{block.name}{times}: {_ops(block)}; {block.params:,} params"),
        tag("rect", x=LEFT + 0.5, y=top + 0.5, width=WIDTH - 1, height=BOX - 1, rx=8, class_="box"),
        tag("rect", x=LEFT + 1, y=top + 9, width=4, height=BOX - 18, rx=2, class_="role"),
        tag("text", _short(block.name + times, 28), x=LEFT + 16, y=top + 19, class_="name"),
        tag("text", _short(_ops(block), 32), x=LEFT + 16, y=top + 34, class_="soft"),
        tag("text", _size(block), x=right, y=top + 19, text_anchor="end", class_="size"),
        tag("text", params, x=right, y=top + 34, text_anchor="end", class_="soft"),
        tag("rect", x=LEFT + 16, y=top + BOX - 5, width=share, height=2, rx=1, class_="share") if share else "",
        class_=f"block {_role(block)}",
    )


def _arrow(start: int) -> Markup:
    top, middle = start * STEP + BOX, LEFT + WIDTH // 2
    tip = f"M{middle - 4} {top + GAP - 6}L{middle} {top + GAP - 1}L{middle + 4} {top + GAP - 6}"
    return tag("path", d=f"M{middle} {top + 1}V{top + GAP - 2}{tip}", class_="arrow")


def _skip(start: int, end: int) -> Markup:
    """The farther, the farther to the left."""
    first, last = start * STEP + BOX - 10, end * STEP + 10
    lane = LEFT - 5 - min(end - start - 2, LANES) * (LEFT - 8) // LANES
    tip = f"M{LEFT - 5} {last - 4}L{LEFT} {last}L{LEFT - 5} {last + 4}"
    away = f"M{LEFT} {first}H{lane + 4}Q{lane} {first} {lane} {first + 4}"
    back = f"V{last - 4}Q{lane} {last} {lane + 4} {last}H{LEFT}"
    return tag("path", d=away + back + tip, class_="skip")


def _role(block: Block) -> str:
    ops = [node.op for node in sorted(block.nodes, key=lambda node: -node.params)]
    if any("Conv" in op for op in ops):
        return "conv"
    return next((role for part, role in ROLES for op in ops if part in op), "other")


def _ops(block: Block) -> str:
    """The layers of a block, each kind once."""
    counts = Counter(node.op for node in block.nodes)
    times = {op: f" ×{count // block.count}" if count > block.count else "" for op, count in counts.items()}
    return ", ".join(f"{SHORT.get(op, op)}{each}" for op, each in times.items())


def _size(block: Block) -> str:
    return text(block.output_shape).strip("(),").replace(", ", " × ")


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
