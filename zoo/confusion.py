"""What was taken for what, as a picture."""

from pathlib import Path

import numpy as np
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from zoo.scoring import Scores
from zoo.svg import write_svg

MAX_DRAWN = 50
"""Classes of the largest confusion matrix that is drawn; more cannot be read."""
CELL, MARGIN = 0.42, 2.0
"""Inches."""


def draw_confusion(scores: Scores, path: Path) -> None:
    """Write an SVG file of `confusion_figure`; equal scores give equal files."""
    write_svg(confusion_figure(scores, "Blues", ("black", "white")), path)


def confusion_figure(scores: Scores, shades: str | Colormap, inks: tuple[str, str]) -> Figure:
    """A row for each true class, a column for what it was taken for, the stronger the shade the more often.

    Counts are written into the cells, with the second ink where the shade is strong; shades are shares of the row, so
    that rare classes are seen too.
    """
    counts = np.array(scores.confusion)
    side = MARGIN + CELL * len(counts)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap=shades, vmin=0, vmax=1)
    labels = [each.label for each in scores.classes]
    axes.set_xticks(range(len(counts)), labels, rotation=90)
    axes.set_yticks(range(len(counts)), labels)
    axes.set(xlabel="taken for", ylabel="is")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = inks[1] if shares[row, column] > 0.5 else inks[0]
            axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=8, color=colour)
    return figure
