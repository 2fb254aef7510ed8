"""The marks of an SVG drawing: boxes, arrows, texts."""

from collections.abc import Sequence
from itertools import pairwise

from specs.pages.markup import Markup, joined, tag

CHARACTER, BOLD = 6.3, 7.0
"""Pixels that a character takes, about."""

Point = tuple[float, float]

STYLE = """
text { font: 11px ui-sans-serif, system-ui, 'Helvetica Neue', Arial, sans-serif; fill: #1f2933; }
.ground { fill: #f7f8fa; }
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
@media screen and (prefers-color-scheme: dark) {
  text { fill: #e7ebf2; }
  .ground { fill: #10141b; }
  .quiet, .right { fill: #97a3b6; }
  .card { fill: #181e28; stroke: #2c3644; }
  .arrow { stroke: #77859a; }
  .tip, .end { fill: #77859a; }
  .skip { stroke: #ff8787; stroke-opacity: .7; }
  .params { fill: #74a0e8; }
  .track { fill: #2a3341; }
  .conv { fill: #1f3350; stroke: #4f7fc0; }
  .dense { fill: #342a4e; stroke: #8f70cc; }
  .pool { fill: #1c3b28; stroke: #4c9a64; }
  .merge { fill: #41321a; stroke: #c28c35; }
  .norm { fill: #29313d; stroke: #5d6a7c; }
  .attention { fill: #45243a; stroke: #c4648e; }
  .recurrent { fill: #173a3a; stroke: #439494; }
  .other { fill: #242c37; stroke: #56616f; }
  .input { fill: #e7ebf2; stroke: #e7ebf2; }
  .input + text { fill: #10141b; }
  .block { fill: #55657a; stroke: #55657a; }
}
"""
"""Every colour of a drawing, in light and in dark; a page that drawings stand in has it once, for all of them."""


def text(x: float, y: float, words: str, class_: str = "") -> Markup:
    """Words that begin, end, or have their middle at a point, as their class says."""
    return tag("text", words, x=x, y=y, class_=class_ or None)


def box(x: float, y: float, width: float, height: float, label: str, kind: str, hint: str) -> Markup:
    """A box with its label, around a point; the hint is shown where it is hovered over."""
    rect = tag("rect", x=x - width / 2, y=y - height / 2, width=width, height=height, rx=5, class_=kind)
    return tag("g", tag("title", hint) if hint else "", rect, text(x, y + 4, label, "label"))


def arrow(points: Sequence[Point]) -> Markup:
    """A line from the first point to the last, which goes down and ends in a tip."""
    x, y = points[-1]
    curves = (_curve(start, end) for start, end in pairwise([*points[:-1], (x, y - 4)]))
    path = f"M{_at(points[0])}{''.join(curves)}"
    tip = tag("path", d=f"M{_at((x - 3.5, y - 6))}L{_at((x + 3.5, y - 6))}L{_at((x, y))}Z", class_="tip")
    return joined(tag("path", d=path, class_="arrow"), tip)


def _curve(start: Point, end: Point) -> str:
    middle = (start[1] + end[1]) / 2
    return f"C{_at((start[0], middle))} {_at((end[0], middle))} {_at(end)}"


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def bar(x: float, y: float, width: float, share: float, class_: str, hint: str) -> Markup:
    """A track of a width, filled as far as the share says."""
    track = tag("rect", x=x, y=y, width=width, height=6, rx=3, class_="track")
    filled = tag("rect", x=x, y=y, width=max(1.5, share * width), height=6, rx=3, class_=class_) if share else ""
    return tag("g", tag("title", hint), track, filled)
