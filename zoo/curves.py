"""The history of a training as a picture: one panel for each figure, training and validation in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from zoo.svg import write_svg

PANEL = (4.8, 3.4)
"""Inches."""
COLOURS = {"training": "#1f6fb4", "validation": "#d2691e"}


def draw_curves(history: Sequence[Mapping[str, float]], best_epoch: int, path: Path) -> None:
    """Write an SVG file of a training's curves; the best epoch, counted from 0, is marked in each panel.

    Equal histories give equal files.
    """
    names = [name for name in history[0] if not name.startswith("val_")]
    figure = Figure(figsize=(PANEL[0] * len(names), PANEL[1]), layout="constrained")
    epochs = range(1, len(history) + 1)
    for name, axes in zip(names, figure.subplots(1, len(names), squeeze=False)[0], strict=True):
        for part, key in (("training", name), ("validation", f"val_{name}")):
            if key in history[0]:
                axes.plot(epochs, [logs[key] for logs in history], ".-", label=part, color=COLOURS[part])
        axes.axvline(best_epoch + 1, color="0.7", linestyle=":", label="best epoch")
        axes.set(title=name, xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color="0.9")
    figure.axes[0].legend(frameon=False)
    write_svg(figure, path)
