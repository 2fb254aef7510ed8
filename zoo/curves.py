"""Pictures of trainings: the history, one panel for each figure, and the loss as the learning rate rises."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from specs.learning_rates import number
from zoo.svg import write_svg

if TYPE_CHECKING:
    from zoo.lr_finding import RangeTest

PANEL = (4.8, 3.4)
"""Inches."""
COLOURS = {"training": "#1f6fb4", "validation": "#d2691e", "best": "0.7", "overfits": "0.95", "grid": "0.9"}
"""Of a drawing that is a file of its own."""


def draw_curves(history: Sequence[Mapping[str, float]], best_epoch: int, path: Path) -> None:
    """Write an SVG file of a training's curves; the best epoch, counted from 0, is marked in each panel.

    Equal histories give equal files.
    """
    write_svg(curves_figure(history, best_epoch, COLOURS), path)


def curves_figure(
    history: Sequence[Mapping[str, float]],
    best_epoch: int,
    colours: Mapping[str, str],
    overfits: int | None = None,
) -> Figure:
    """A panel for each figure of the history, from 0; epochs from `overfits` on stand on another ground."""
    names = [name for name in history[0] if name != "epoch" and not name.startswith("val_")]
    figure = Figure(figsize=(PANEL[0] * len(names), PANEL[1]), layout="constrained")
    epochs = range(1, len(history) + 1)
    for name, axes in zip(names, figure.subplots(1, len(names), squeeze=False)[0], strict=True):
        if overfits is not None:
            axes.axvspan(overfits + 1, len(history), color=colours["overfits"], label="overfits", zorder=0)
        for part, key in (("training", name), ("validation", f"val_{name}")):
            if key in history[0]:
                values = [math.nan if logs[key] is None else logs[key] for logs in history]
                axes.plot(epochs, values, ".-", label=part, color=colours[part])
        axes.axvline(best_epoch + 1, color=colours["best"], linestyle=":", label="best epoch")
        axes.set(title=name, xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color=colours["grid"])
    figure.axes[0].legend(frameon=False)
    return figure


def draw_range_test(test: "RangeTest", path: Path) -> None:
    """Write an SVG file of a range test: its losses over the learning rate, the suggestion marked.

    Equal tests give equal files.
    """
    figure = Figure(figsize=(1.4 * PANEL[0], PANEL[1]), layout="constrained")
    axes = figure.subplots()
    axes.plot(test.rates, test.losses, color="0.8", label="loss of a batch")
    axes.plot(test.rates, test.smoothed, color=COLOURS["training"], label="smoothed")
    if test.suggestion is not None:
        axes.axvline(test.suggestion, color=COLOURS["validation"], label=f"steepest fall: {number(test.suggestion)}")
    if test.tenth is not None:
        lowest = f"a tenth of the lowest loss's rate: {number(test.tenth)}"
        axes.axvline(test.tenth, color="0.5", linestyle=":", label=lowest)
    # Single batches on the way out would press all else into a line.
    low, high = min(test.losses), max(test.smoothed[0], *test.smoothed[: len(test.smoothed) * 9 // 10])
    axes.set(xscale="log", title=test.name, xlabel="learning rate", ylabel="loss")
    span = high - low or 1.0
    axes.set_ylim(low - 0.1 * span, high + 0.3 * span)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.9")
    axes.legend(frameon=False)
    write_svg(figure, path)
