"""Drawings of a trained model, each for a theme: learning curves, calibration, features."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from zoo.curves import curves_figure
from zoo.data.dataset import Array
from zoo.inspecting.calibration import Calibration
from zoo.inspecting.features import Projection
from zoo.pictures import SERIES, Theme

MARKERS = "os^DvP*X"
MAX_CLASSES = len(SERIES) * len(MARKERS)
"""As many as have a mark of their own."""


def learning_curves(theme: Theme, history: Sequence[Mapping[str, float]], best: int, overfits: int | None) -> Figure:
    """The curves of a training, with the best epoch, and those from which on it overfits, both from 0."""
    names = {"training": "c0", "validation": "c1", "best": "soft", "overfits": "accent-soft", "grid": "faint"}
    return curves_figure(history, best, {part: theme[name] for part, name in names.items()}, overfits)


def reliability(theme: Theme, found: Calibration) -> Figure:
    """How many answers were right over how sure they were, and below how many there were of each."""
    figure = Figure(figsize=(4.6, 4.8), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    bins = len(found.count)
    middles = (np.arange(bins) + 0.5) / bins
    accuracy = np.array(found.accuracy)
    upper.plot([0, 1], [0, 1], "--", color=theme["soft"], label="as sure as right")
    upper.bar(middles, accuracy, 0.94 / bins, color=theme["s5"], label="share that is right")
    upper.plot(found.confidence, accuracy, "o", markersize=4, color=theme.series(1), label="mean confidence")
    upper.set(ylabel="right", xlim=(0, 1), ylim=(0, 1.02))
    upper.legend(loc="upper left")
    lower.bar(middles, found.count, 0.94 / bins, color=theme["s7"])
    lower.set(xlabel="probability of the answer", ylabel="answers")
    for axes in (upper, lower):
        axes.grid(axis="y")
        axes.set_axisbelow(True)
    for axis in (upper.yaxis, lower.xaxis):
        axis.set_major_formatter(PercentFormatter(1))
    return figure


def feature_map(theme: Theme, found: Projection, labels: Array, names: Sequence[str]) -> Figure:
    """A mark for each example; classes have marks of their own where there are not too many of them."""
    figure = Figure(figsize=(7.4, 5), layout="constrained")
    axes = figure.subplots()
    few = len(names) <= MAX_CLASSES
    for number, name in enumerate(names) if few else [(-1, "")]:
        points = found.points[labels == number] if few else found.points
        marker = MARKERS[number // len(SERIES) % len(MARKERS)]
        colour = theme.series(number) if few else theme["s6"]
        axes.plot(*points.T, marker, color=colour, label=name, markersize=4, alpha=0.75, markeredgewidth=0)
    first, second = found.shares
    axes.set(xlabel=f"first component: {first:.0%} of the variance", ylabel=f"second: {second:.0%}")
    axes.tick_params(labelbottom=False, labelleft=False)
    axes.grid()
    if few:
        figure.legend(loc="outside right upper", markerscale=1.6)
    return figure
