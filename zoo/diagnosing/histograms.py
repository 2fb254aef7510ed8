"""Small multiples: a row for each layer, a histogram in each cell, drawn in the page's own colours."""

import math
from collections.abc import Mapping, Sequence

from specs.pages.markup import Markup, tag
from zoo.diagnosing.signals import Histogram, Signal, Spread

WIDTH, HEIGHT = 150, 40
MAX_ROWS = 40
"""Layers that are shown; of more, so many that are evenly far from each other."""


def small_multiples(columns: Mapping[str, Sequence[Signal]], what: Sequence[str]) -> Markup:
    """A table with a histogram of each signal of each named column; `what`: outputs, gradients, or both.

    All columns have the same layers in the same order.
    """
    first = next(iter(columns.values()))
    heads = [
        tag("th", f"{WORDS[each]}, {name}" if name else WORDS[each], scope="col") for name in columns for each in what
    ]
    rows = [tag("tr", tag("th", "layer", scope="col"), *heads)]
    for place in chosen(len(first)):
        cells = [_cell(signals[place], each) for signals in columns.values() for each in what]
        rows.append(tag("tr", _layer(first[place]), *cells))
    return tag("div", tag("table", *rows, class_="multiples"), class_="scroll", tabindex="0")


WORDS = {"outputs": "activations", "gradients": "gradients"}


def chosen(count: int) -> list[int]:
    """The places of the layers that are shown: the first, the last, and between them evenly.

    >>> chosen(3), len(chosen(1000)), chosen(1000)[-1]
    ([0, 1, 2], 40, 999)
    """
    if count <= MAX_ROWS:
        return list(range(count))
    return [round(number * (count - 1) / (MAX_ROWS - 1)) for number in range(MAX_ROWS)]


def _layer(signal: Signal) -> Markup:
    told = f"{signal.op}{', ' + signal.activation if signal.activation else ''}, line {signal.line}"
    return tag("th", signal.layer, tag("small", told), scope="row")


def _cell(signal: Signal, what: str) -> Markup:
    spread: Spread = getattr(signal, what)
    notes = [f"spread {spread.std:.2g}" if math.isfinite(spread.std) else "no finite numbers"]
    flags: list[str] = []
    if what == "outputs":
        for share, word in ((signal.saturated, "saturated"), (signal.dead, "dead")):
            if share is not None and share >= 0.005:
                (flags if share >= 0.5 else notes).append(f"{share:.0%} {word}")
    if spread.zero == 1:
        flags.append("all 0")
    if spread.finite < 1:
        flags.append(f"{1 - spread.finite:.0%} not finite")
    words = tag("small", ", ".join(notes), *(tag("b", f" {flag}") for flag in flags))
    return tag("td", drawn(spread.histogram, f"{signal.layer}: {WORDS[what]}, {', '.join(notes + flags)}"), words)


def drawn(histogram: Histogram, told: str) -> Markup:
    """A histogram as a shape, the highest bin as high as the cell; where 0 lies a line, and under it the ends."""
    low, high, counts = histogram.low, histogram.high, histogram.counts
    most, wide = max(counts) or 1, WIDTH / len(counts)
    steps = [f"M0 {HEIGHT}"]
    for number, count in enumerate(counts):
        # Equal counts go on in one line: most bins of a collapsed layer are empty.
        if number == 0 or count != counts[number - 1]:
            steps.append(f"V{HEIGHT - (HEIGHT - 2) * count / most:.1f}")
        steps.append(f"H{(number + 1) * wide:.1f}")
    shape = tag("path", d=_merged(steps) + f"V{HEIGHT}Z")
    marks = [shape, tag("line", x1=0, x2=WIDTH, y1=HEIGHT, y2=HEIGHT)]
    if low < 0 < high:
        zero = -low / (high - low) * WIDTH
        marks.append(tag("line", x1=zero, x2=zero, y1=0, y2=HEIGHT, class_="zero"))
    marks.append(tag("text", f"{low:.2g}", x=0, y=HEIGHT + 11))
    marks.append(tag("text", f"{high:.2g}", x=WIDTH, y=HEIGHT + 11, text_anchor="end"))
    view = f"0 0 {WIDTH} {HEIGHT + 13}"
    return tag("svg", tag("title", told), *marks, viewBox=view, width=WIDTH, height=HEIGHT + 13, role="img")


def _merged(steps: Sequence[str]) -> str:
    """Of several horizontal steps in a row the last."""
    kept = [step for step, after in zip(steps, [*steps[1:], "V"], strict=True) if not step[0] == after[0] == "H"]
    return "".join(kept)
