"""Published accuracy against what a model costs, as an SVG picture with one panel for weights and one for MACs."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from specs.drawing.marks import STYLE, text
from specs.errors import UserError
from specs.pages.markup import Markup, joined, tag
from specs.render.compare import Figures

WIDTH, HEIGHT, LEFT, TOP, GAP = 620.0, 460.0, 56.0, 84.0, 40.0
"""Pixels of a panel, and what lies beside and above it."""
PANELS = (("params", "parameters"), ("macs", "multiply-accumulates"))
RADIUS = 4.0
DOTS = """
.dot { fill: #4c7ac9; fill-opacity: .75; }
.grid { stroke: #e4e7eb; }
@media screen and (prefers-color-scheme: dark) { .grid { stroke: #2c3644; } .dot { fill: #74a0e8; } }
"""

Point = tuple[float, float, str, str]
"""Across, up, the model's name, and what hovering over it says."""


def scatter(found: Sequence[Figures]) -> str:
    """The picture of the models that have a published accuracy, of the data that most of them have in common.

    Across goes the logarithm. `UserError` where fewer than two models on the same data have one.

    >>> from specs.render.compare import figures
    >>> scatter([figures("resnet50"), figures("vgg16")]).count("<circle")
    4
    """
    known = [each for each in found if each.published is not None]
    names = [each.published.dataset for each in known if each.published is not None]
    dataset = max(dict.fromkeys(names), key=names.count, default="")
    shown = [each for each in known if each.published is not None and each.published.dataset == dataset]
    if len(shown) < 2:
        raise UserError("a picture needs two models with a published accuracy on the same data; name others")
    panels = [_panel(shown, figure, title) for figure, title in PANELS]
    width, height = LEFT + 2 * (WIDTH + GAP + LEFT), TOP + HEIGHT + 60
    inside = [
        tag("title", "published accuracy"),
        tag("style", Markup(f"{STYLE}{DOTS}")),
        tag("rect", width=width, height=height, class_="card"),
        text(LEFT, 36, f"top-1 accuracy on {dataset}, as published", "head"),
        text(LEFT, 56, f"{len(shown)} models; hover over a point for its figures and their source", "quiet"),
    ]
    inside += [
        tag("g", panel, transform=f"translate({LEFT + number * (WIDTH + GAP + LEFT):.1f} {TOP})")
        for number, panel in enumerate(panels)
    ]
    view = f"0 0 {width:.0f} {height:.0f}"
    return tag("svg", *inside, xmlns="http://www.w3.org/2000/svg", viewBox=view, width=width, height=height)


def _panel(shown: Sequence[Figures], figure: str, title: str) -> Markup:
    points = [
        (math.log10(getattr(each, figure)), each.top1 or 0.0, each.name, _hint(each))
        for each in shown
        if getattr(each, figure)
    ]
    low, high = min(x for x, *_ in points) - 0.08, max(x for x, *_ in points) + 0.12
    bottom, top = math.floor(min(y for _, y, *_ in points) - 1), math.ceil(max(y for _, y, *_ in points) + 1)

    def place(x: float, y: float) -> tuple[float, float]:
        return WIDTH * (x - low) / (high - low), HEIGHT * (top - y) / (top - bottom)

    placed = [(*place(x, y), name, hint) for x, y, name, hint in points]
    across = [(place(math.log10(value), top)[0], f"{_short(value)}") for value in _ticks(10**low, 10**high)]
    up = [(place(low, value)[1], f"{value} %") for value in range(bottom, top + 1, max(1, (top - bottom) // 6))]
    marks = [
        joined(tag("line", x1=x, x2=x, y1=0, y2=HEIGHT, class_="grid"), text(x, HEIGHT + 18, word, "label"))
        for x, word in across
    ]
    marks += [
        joined(tag("line", x1=0, x2=WIDTH, y1=y, y2=y, class_="grid"), text(-8, y + 4, word, "right")) for y, word in up
    ]
    marks += [text(WIDTH / 2, HEIGHT + 40, title, "label title"), *_dots(placed)]
    return joined(*marks)


def _dots(points: Sequence[Point]) -> Iterator[Markup]:
    """Each point with its name beside it, where no other name and no other point stands already."""
    taken = [(x - RADIUS, x + RADIUS, y) for x, y, *_ in points]
    for (x, y), same in groupby(sorted(points), key=lambda point: point[:2]):
        each = list(same)
        for *_, hint in each:
            yield tag("g", tag("title", hint), tag("circle", cx=x, cy=y, r=RADIUS, class_="dot"))
        width = 6.0 * len(each[0][2])
        left = x + 7 if x + 7 + width < WIDTH else x - 7 - width
        if all(abs(y - other) > 11 or left + width < a or left > b for a, b, other in taken):
            taken.append((left, left + width, y))
            yield text(left, y + 4, each[0][2])


def _hint(each: Figures) -> str:
    assert each.published is not None
    macs = f", {each.macs:,} MACs" if each.macs else ""
    return f"{each.name}: {each.published.top1:.2f} % ({each.published.source}), {each.params:,} parameters{macs}"


def _ticks(low: float, high: float) -> Iterator[float]:
    """1, 2 and 5 in every power of ten between two numbers."""
    for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        yield from (step * 10.0**power for step in (1, 2, 5) if low <= step * 10.0**power <= high)


def _short(value: float) -> str:
    """A number in thousands, millions or billions.

    >>> _short(2e6), _short(5e9), _short(200.0)
    ('2 M', '5 G', '200')
    """
    for size, sign in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{sign}"
    return f"{value:g}"
