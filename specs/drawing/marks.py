"""The marks of an SVG drawing: boxes, arrows, texts."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

CHARACTER, BOLD = 6.3, 7.0
"""Pixels that a character takes, about."""

Point = tuple[float, float]

STYLE = """
text { font: 11px ui-sans-serif, system-ui, 'Helvetica Neue', Arial, sans-serif; fill: #1f2933; }
.head { font-size: 18px; font-weight: 600; }
.quiet { fill: #7b8794; }
.title { font-weight: 600; }
.label { text-anchor: middle; }
.right { text-anchor: end; fill: #52606d; font-variant-numeric: tabular-nums; }
.card { fill: #ffffff; stroke: #e4e7eb; }
.arrow { fill: none; stroke: #9aa5b1; stroke-width: 1.3; }
.tip { fill: #9aa5b1; }
.skip { fill: none; stroke: #d64545; stroke-opacity: .55; stroke-width: 1.4; }
.end { fill: #9aa5b1; }
.params { fill: #4c7ac9; }
.macs { fill: #e09f3e; }
.track { fill: #eef1f5; }
.conv { fill: #dbe9fb; stroke: #7fa8e0; }
.dense { fill: #e8defa; stroke: #a88be0; }
.pool { fill: #dcf3e2; stroke: #7cc492; }
.merge { fill: #fdebd3; stroke: #e3a857; }
.norm { fill: #eceff3; stroke: #b3bcc8; }
.attention { fill: #fbdce8; stroke: #e083a6; }
.recurrent { fill: #d8f1f1; stroke: #6cbcbc; }
.other { fill: #f4f5f7; stroke: #c3cad3; }
.input { fill: #1f2933; stroke: #1f2933; }
.block { fill: #3e4c59; stroke: #3e4c59; }
.block + text, .input + text { fill: #ffffff; }
"""


def element(name: str, inside: str = "", **attributes: object) -> str:
    """An element; `class_` stands for class, and numbers are written with one place.

    >>> element("rect", x=1.25, class_="card"), element("text", "a")
    ('<rect x="1.2" class="card"/>', '<text>a</text>')
    """
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def _value(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else escape(str(value))


def text(x: float, y: float, words: str, class_: str = "") -> str:
    """Words that begin, end, or have their middle at a point, as their class says."""
    return element("text", escape(words), x=x, y=y, **({"class_": class_} if class_ else {}))


def box(x: float, y: float, width: float, height: float, label: str, kind: str, hint: str) -> str:
    """A box with its label, around a point; the hint is shown where it is hovered over."""
    marks = element("rect", x=x - width / 2, y=y - height / 2, width=width, height=height, rx=5, class_=kind)
    marks += text(x, y + 4, label, "label")
    return element("g", (element("title", escape(hint)) if hint else "") + marks)


def arrow(points: Sequence[Point]) -> str:
    """A line from the first point to the last, which goes down and ends in a tip."""
    x, y = points[-1]
    curves = (_curve(start, end) for start, end in pairwise([*points[:-1], (x, y - 4)]))
    path = f"M{_at(points[0])}{''.join(curves)}"
    tip = element("path", d=f"M{_at((x - 3.5, y - 6))}L{_at((x + 3.5, y - 6))}L{_at((x, y))}Z", class_="tip")
    return element("path", d=path, class_="arrow") + tip


def _curve(start: Point, end: Point) -> str:
    middle = (start[1] + end[1]) / 2
    return f"C{_at((start[0], middle))} {_at((end[0], middle))} {_at(end)}"


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def bar(x: float, y: float, width: float, share: float, class_: str, hint: str) -> str:
    """A track of a width, filled as far as the share says."""
    track = element("rect", x=x, y=y, width=width, height=6, rx=3, class_="track")
    filled = element("rect", x=x, y=y, width=max(1.5, share * width), height=6, rx=3, class_=class_) if share else ""
    return element("g", element("title", escape(hint)) + track + filled)
