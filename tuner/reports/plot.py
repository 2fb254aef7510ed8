"""The frame of a drawing: places from 0 to 1 become points, axes get their lines, numbers and names."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from specs.pages.markup import Markup, joined, tag
from tuner.reports.scales import Choice, Scale

LETTER = 6.2
"""Width of a letter of a label, in units of the drawing, about."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A drawing of a width and height, with margins around what is drawn; y counts from its foot."""

    width: float
    height: float
    left: float = 56
    right: float = 16
    top: float = 14
    bottom: float = 40

    def x(self, place: float) -> float:
        """From 0, at the left, to 1."""
        return self.left + place * (self.width - self.left - self.right)

    def y(self, place: float) -> float:
        """From 0, at the foot, to 1."""
        return self.height - self.bottom - place * (self.height - self.top - self.bottom)

    def drawn(self, title: str, *parts: object) -> Markup:
        """The drawing, with what a reader who does not see it is told."""
        box = f"0 0 {self.width:g} {self.height:g}"
        return tag("svg", tag("title", title), *parts, viewBox=box, role="img")

    def left_axis(self, scale: Scale, name: str = "") -> Markup:
        """Lines across the drawing, each with its number."""
        parts = [
            joined(
                tag("line", class_="grid", x1=self.left, x2=self.width - self.right, y1=self.y(at), y2=self.y(at)),
                tag("text", text, class_="tick", text_anchor="end", x=self.left - 8, y=self.y(at) + 4),
            )
            for at, text in scale.ticks()
        ]
        named = tag("text", name, class_="axis", x=self.left, y=self.top - 12) if name else ""
        return joined(*parts, named)

    def bottom_axis(self, scale: Scale, name: str = "") -> Markup:
        """The line at the foot with its numbers, as many as have room."""
        foot = self.height - self.bottom
        line = tag("line", class_="base", x1=self.left, x2=self.width - self.right, y1=foot, y2=foot)
        parts = [
            tag("text", text, class_="tick", text_anchor="middle", x=self.x(at), y=foot + 16)
            for at, text in self._roomy(scale)
        ]
        middle = (self.left + self.width - self.right) / 2
        named = tag("text", name, class_="axis", text_anchor="middle", x=middle, y=self.height - 4) if name else ""
        return joined(line, *parts, named)

    def _roomy(self, scale: Scale) -> Iterable[tuple[float, str]]:
        """The ticks that do not run into the one before."""
        end = 0.0
        most = self._most(scale)
        for at, text in scale.ticks():
            shown = cut(text, most)
            half = len(shown) * LETTER / 2
            if self.x(at) - half >= end:
                end = self.x(at) + half + 6
                yield at, shown

    def _most(self, scale: Scale) -> int:
        """Letters of a tick: what is chosen from a few is shortened before any of it is left out."""
        if not isinstance(scale, Choice):
            return 12
        return max(5, int((self.x(1) - self.x(0)) / len(scale.values) / LETTER) - 1)


def cut(text: str, most: int) -> str:
    """The text, or its beginning where it is longer.

    >>> cut("learning_rate", 8)
    'learnin…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def path(points: Iterable[tuple[float, float]]) -> str:
    """Straight lines through points, as an SVG path.

    >>> path([(1, 2), (3.25, 4)])
    'M1 2L3.2 4'
    """
    return "M" + "L".join(f"{round(x, 1):g} {round(y, 1):g}" for x, y in points)


def curve(points: list[tuple[float, float]]) -> str:
    """A line through points that leaves and meets each of them level, so that it can be followed across the axes."""
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        middle = (x1 + x2) / 2
        parts.append(f"C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}")
    return "".join(parts)
