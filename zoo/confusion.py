"""What was taken for what, as a picture."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from zoo.scoring import Scores
from zoo.svg import write_svg

MAX_DRAWN = 50
"""Classes of the largest confusion matrix that is drawn; more cannot be read."""
CELL, MARGIN = 0.42, 2.0
"""Inches."""


def draw_confusion(scores: Scores, path: Path) -> None:
    """Write an SVG file: a row for each true class, a column for what it was taken for, the darker the more often.

    Counts are written into the cells, shades are shares of the row, so that rare classes are seen too. Equal scores
    give equal files.
    """
    counts = np.array(scores.confusion)
    side = MARGIN + CELL * len(counts)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    labels = [each.label for each in scores.classes]
    axes.set_xticks(range(len(counts)), labels, rotation=90)
    axes.set_yticks(range(len(counts)), labels)
    axes.set(xlabel="taken for", ylabel="is")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=8, color=colour)
    write_svg(figure, path)
