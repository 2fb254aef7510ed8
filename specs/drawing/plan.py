"""The drawing of how a block is built: its units as boxes, in layers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from specs.drawing.folding import boxes_of
from specs.drawing.labels import hint_of, kind_of, label_of
from specs.drawing.layered import Layout, layered
from specs.drawing.marks import BOLD, CHARACTER, arrow, box, text
from specs.drawing.tree import Item
from specs.pages.markup import Markup, joined, tag

BOX, STEP = 22.0, 40.0
"""Pixels: the height of a box, and from one layer of boxes to the next."""
NARROWEST = 30.0
MAX_BOXES = 80
"""A block of more boxes is not drawn: nothing would be seen."""


@dataclass(frozen=True)
class Drawn:
    """A drawing and its size in pixels."""

    marks: Markup
    width: float
    height: float


def drawn_plan(uses: Sequence[Item]) -> Drawn | None:
    """The plan that blocks have in common, with the sizes that they have in common; None where it is too large."""
    boxes = boxes_of(uses[0])
    if len(boxes) > MAX_BOXES:
        return None
    place = {name: number for number, each in enumerate(boxes, 1) for name in each.names}
    edges = sorted({(place.get(name, 0), number) for number, each in enumerate(boxes, 1) for name in each.sources})
    ends = sorted({*range(1, len(boxes) + 1)} - {start for start, _ in edges})
    edges += [(end, len(boxes) + 1) for end in ends]
    labels = ["", *_labels(uses), ""]
    widths = [max(NARROWEST, len(label) * CHARACTER + 16) if label else 8.0 for label in labels]
    layout = layered(widths, edges)
    marks = [*_arrows(layout, edges), *_ends(layout)]
    for number, each in enumerate(boxes, 1):
        hint = "\n".join(map(hint_of, each.nodes))
        x, y = layout.centres[number], layout.layers[number] * STEP + BOX / 2
        marks.append(box(x, y, widths[number], BOX, labels[number], kind_of(each), hint))
    return Drawn(joined(*marks), layout.width, max(layout.layers) * STEP + BOX)


def _labels(uses: Sequence[Item]) -> Iterator[str]:
    """The label of each box: with its sizes where they are the same in all blocks."""
    for same in zip(*map(boxes_of, uses), strict=True):
        full = {label_of(each) for each in same}
        yield full.pop() if len(full) == 1 else label_of(same[0], sizes=False)


def _arrows(layout: Layout, edges: Sequence[tuple[int, int]]) -> Iterator[Markup]:
    for edge in edges:
        start, end = edge
        stops = [(layout.centres[start], layout.layers[start]), *layout.routes[edge]]
        points = [(x, layer * STEP + BOX / 2) for x, layer in stops]
        last = len(layout.centres) - 1
        first = points[0][1] + (4 if start == 0 else BOX / 2)
        tip = layout.layers[end] * STEP + (BOX / 2 - 5 if end == last else 0)
        yield arrow([(points[0][0], first), *points[1:], (layout.centres[end], tip)])


def _ends(layout: Layout) -> Iterator[Markup]:
    for number in (0, len(layout.centres) - 1):
        y = layout.layers[number] * STEP + BOX / 2
        yield tag("circle", cx=layout.centres[number], cy=y, r=4, class_="end")


def titled(drawn: Drawn, letter: str, name: str) -> Drawn:
    """A plan with its letter and the name of what it is the plan of above it."""
    width = max(drawn.width, len(name) * BOLD + 36) + 24
    inside = tag("g", drawn.marks, transform=f"translate({(width - drawn.width) / 2:.1f} 44)")
    head = joined(box(24, 20, 24, 20, letter, "block", ""), text(44, 24, name, "title"))
    frame = tag("rect", x=0, y=0, width=width, height=drawn.height + 56, rx=8, class_="card")
    return Drawn(joined(frame, head, inside), width, drawn.height + 56)
