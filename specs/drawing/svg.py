"""A model as an SVG picture, drawn from its graph alone: an overview, and beside it how its blocks are built."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from specs.document import Document
from specs.drawing.labels import hint_of
from specs.drawing.marks import CHARACTER, STYLE, bar, box, text
from specs.drawing.plan import Drawn, drawn_plan, titled
from specs.drawing.rows import Overview, Row, letter, overview
from specs.errors import UserError
from specs.graph import Graph
from specs.pages.markup import Markup, joined, tag

NOTHING = Markup()
LINE = 24.0
"""Pixels from one row to the next."""
NAME, BOX, SIZE, BARS, WIDTH = 54.0, 196.0, 430.0, 450.0, 600.0
"""Where the columns of the overview begin; that of sizes ends there. Then how wide the overview is."""
BAR, MARGIN, GAP, HEAD = 60.0, 24.0, 16.0, 76.0
ASPECT = 1.7
"""Width of the picture by its height, where that is to be had."""
LONGEST = 22
"""Characters of a name."""
MAX_HINTS = 12
"""Layers that hovering over a row tells of."""


def drawing(document: Document, graph: Graph) -> str:
    """The picture of a model as the text of an SVG file; the same model gives the same text.

    >>> from specs import load, lower
    >>> drawing(load("lenet5"), lower(load("lenet5"))).count("<rect") > 20
    True
    """
    return picture(document, graph, tag("style", Markup(STYLE)))


def picture(document: Document, graph: Graph, style: Markup = NOTHING) -> Markup:
    """The picture of a model as an element, for pages that have STYLE among their own.

    Red lines are connections that leave rows out; bars are a row's share of all
    weights (blue) and of all multiply-accumulates (yellow); hovering says arguments and places.
    """
    found = overview(graph)
    left = _overview(found, graph)
    plans = [
        titled(drawn, letter(number), uses[0].name if len(uses) == 1 else f"{uses[0].name} and {len(uses) - 1} more")
        for number, uses in enumerate(found.plans)
        if (drawn := drawn_plan(uses)) is not None
    ]
    columns = _columns(plans, left.height)
    right = _packed(columns)
    width = MARGIN + left.width + (GAP + right.width if plans else 0) + MARGIN
    height = HEAD + max(left.height, right.height) + MARGIN
    inside = [
        tag("title", graph.name),
        style,
        tag("rect", width=width, height=height, class_="ground"),
        text(MARGIN, 36, graph.name, "head"),
        text(MARGIN, 56, _figures(document, graph), "quiet"),
        tag("g", left.marks, transform=f"translate({MARGIN} {HEAD})"),
        tag("g", right.marks, transform=f"translate({MARGIN + left.width + GAP} {HEAD})") if plans else "",
    ]
    view = f"0 0 {width:.0f} {height:.0f}"
    return tag("svg", *inside, xmlns="http://www.w3.org/2000/svg", viewBox=view, width=width, height=height)


def written(picture: str, path: Path) -> str:
    """Writes a picture to a file, and says so; `UserError` where it cannot be written."""
    try:
        path.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from None
    return f"wrote {path}; any browser shows it"


def _figures(document: Document, graph: Graph) -> str:
    macs = "" if graph.macs is None else f"  ·  {graph.macs:,} multiply-accumulates"
    source = f"  ·  {document.source}" if document.source else ""
    return f"{graph.params:,} parameters{macs}{source}"


def _overview(found: Overview, graph: Graph) -> Drawn:
    height = LINE * len(found.rows) + 40
    marks = [tag("rect", x=0, y=0, width=WIDTH, height=height, rx=8, class_="card")]
    marks += [text(SIZE, 20, "output", "right"), text(BARS, 20, "parameters", "quiet")]
    marks += [text(BARS + BAR + 14, 20, "MACs", "quiet"), *_skips(found.rows)]
    for number, row in enumerate(found.rows):
        marks += _row(row, 42 + number * LINE, graph)
    return Drawn(joined(*marks), WIDTH, height)


def _row(row: Row, y: float, graph: Graph) -> Iterator[Markup]:
    nodes = [node for item in row.items for node in item.nodes]
    hint = "\n".join(map(hint_of, nodes[:MAX_HINTS])) + (f"\n… {len(nodes)} layers" if len(nodes) > MAX_HINTS else "")
    yield text(NAME + 12 * row.level, y + 4, _name(row), "title" if row.is_stage else "")
    if row.is_stage:
        yield text(SIZE, y + 4, row.size, "right")
    elif row.letter:
        yield box(BOX + 12, y, 24, 18, row.letter, "block", hint)
        yield text(SIZE, y + 4, row.size, "right")
    else:
        kind = "input" if row.kind == "end" else row.kind
        width = max(130.0, len(row.says) * CHARACTER + 12)
        yield box(BOX + width / 2, y, width, 18, row.says, kind, hint)
        yield text(SIZE, y + 4, row.size, "right")
    for x, value, total, kind, unit in (
        (BARS, row.params, graph.params, "params", "parameters"),
        (BARS + BAR + 14, row.macs, graph.macs or 0, "macs", "multiply-accumulates"),
    ):
        if not row.is_stage:
            share = value / total if total else 0.0
            yield bar(x, y - 3, BAR, share, kind, f"{value:,} {unit}, {100 * share:.1f} %")


def _name(row: Row) -> str:
    times = f" ×{len(row.items)}" if len(row.items) > 1 else ""
    long = len(row.name) + len(times) > LONGEST - 2 * row.level
    return (f"{row.name[: LONGEST // 2]}…{row.name[-6:]}" if long else row.name) + times


def _skips(rows: Sequence[Row]) -> Iterator[Markup]:
    """Connections between rows that do not follow each other, as arcs to their left."""
    shown = [(number, row) for number, row in enumerate(rows) if not row.is_stage]
    place = {name: number for number, row in shown for item in row.items for name in item.names}
    following = {(a[0], b[0]) for a, b in pairwise(shown)}
    arcs = dict.fromkeys(
        (place[name], number)
        for number, row in shown
        for item in row.items
        for name in sorted(item.sources)
        if name in place and place[name] != number and (place[name], number) not in following
    )
    for start, end in arcs:
        top, bottom = 42 + start * LINE + 3, 42 + end * LINE - 3
        out = NAME - 8 - min(46.0, 8 + 3.0 * abs(end - start))
        path = f"M{NAME - 6:.1f} {top:.1f}C{out:.1f} {top:.1f} {out:.1f} {bottom:.1f} {NAME - 6:.1f} {bottom:.1f}"
        yield tag("path", d=path, class_="skip")


def _columns(plans: Sequence[Drawn], height: float) -> list[list[Drawn]]:
    """Plans in as many columns as bring the picture nearest to ASPECT; each goes to the shortest column."""
    best: list[list[Drawn]] = []
    nearest = math.inf
    for count in range(1, len(plans) + 1):
        columns: list[list[Drawn]] = [[] for _ in range(count)]
        for plan in plans:
            min(columns, key=lambda column: sum(each.height + GAP for each in column)).append(plan)
        packed = _packed(columns)
        away = abs(math.log((WIDTH + packed.width) / max(height, packed.height) / ASPECT))
        if away < nearest:
            best, nearest = columns, away
    return best


def _packed(columns: Sequence[Sequence[Drawn]]) -> Drawn:
    marks, x, height = [], 0.0, 0.0
    for column in columns:
        y = 0.0
        for plan in column:
            marks.append(tag("g", plan.marks, transform=f"translate({x:.1f} {y:.1f})"))
            y += plan.height + GAP
        x += max(plan.width for plan in column) + GAP
        height = max(height, y - GAP)
    return Drawn(joined(*marks), max(0.0, x - GAP), height)
