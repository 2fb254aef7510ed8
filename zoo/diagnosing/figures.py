"""Drawings of a diagnosis, each for a theme: lines, bars, and how signals change from layer to layer."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zoo.data.dataset import Array
from zoo.diagnosing.findings import Bar, Curve
from zoo.diagnosing.signals import Signal
from zoo.pictures import Theme

MAX_BARS = 40
"""Bars of a drawing; of more every second, third, … is drawn."""
DECADES = 1.5
"""Powers of ten between values, from which their axis goes by factors."""
USUAL = {"update of weights": (1e-3, "a thousandth, as is usual")}
"""What a bar of that name is held against."""
MARKERS = "os^Dv"


def lines(theme: Theme, curves: Sequence[Curve]) -> Figure:
    """Curves of the same axes, one over the other."""
    figure = Figure(figsize=(6.6, 3.4), layout="constrained")
    axes = figure.subplots()
    for number, each in enumerate(curves):
        values = np.where(np.isfinite(each.y), each.y, np.nan)
        dots = MARKERS[number % len(MARKERS)] if len(values) < 25 else None
        axes.plot(each.x, values, color=theme.series(number), label=each.name, marker=dots, markersize=4)
    shown = np.concatenate([np.array(each.y, float) for each in curves])
    _by_factors(axes, "y", shown)
    axes.set(xlabel=curves[0].x_title, ylabel=curves[0].y_title)
    if curves[0].logarithmic:
        axes.set_xscale("log")
    axes.grid()
    if len(curves) > 1:
        axes.legend()
    return figure


def bars(theme: Theme, found: Sequence[Bar]) -> Figure:
    """A bar for each layer, class or column, from the top on."""
    step = math.ceil(len(found) / MAX_BARS)
    shown = [each for each in found if math.isfinite(each.value)][::step]
    figure = Figure(figsize=(6.6, 0.8 + 0.22 * len(shown)), layout="constrained")
    axes = figure.subplots()
    values = np.array([each.value for each in shown])
    if _by_factors(axes, "x", values):
        # A bar has no beginning where there is no 0: a mark does not pretend to one.
        axes.plot(values, range(len(shown)), "o", color=theme.series(0), markersize=5)
    else:
        axes.barh(range(len(shown)), values, 0.7, color=theme["s6"])
    axes.set_yticks(range(len(shown)), [each.of for each in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set(xlabel=shown[0].name)
    usual = USUAL.get(shown[0].name)
    if usual is not None:
        axes.axvline(usual[0], color=theme.series(1), linestyle="--", label=usual[1])
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1))
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    return figure


def by_layer(theme: Theme, moments: Mapping[str, Sequence[Signal]]) -> Figure:
    """The spread of activations and of gradients from layer to layer, a line for each of the named rows of signals."""
    figure = Figure(figsize=(10.4, 3.5), layout="constrained")
    panels = figure.subplots(1, 2)
    for axes, what in zip(panels, ("outputs", "gradients"), strict=True):
        rows = {name: [getattr(each, what).std for each in signals] for name, signals in moments.items()}
        for number, (name, values) in enumerate(rows.items()):
            known = np.array([value if value > 0 and math.isfinite(value) else np.nan for value in values])
            marker = MARKERS[number % len(MARKERS)]
            told = name if np.isfinite(known).any() else f"{name}: all 0"
            axes.plot(np.arange(1, len(known) + 1), known, color=theme.series(number), marker=marker, label=told)
        axes.set_yscale("log")
        axes.set(xlabel="layer, from the input on", ylabel="standard deviation")
        axes.set_title("activations" if what == "outputs" else "gradients of the loss by activations")
        axes.grid()
    panels[0].legend()
    return figure


def _by_factors(axes: Axes, axis: str, values: Array) -> bool:
    """Whether an axis goes by factors, which it is told: where all values are above 0 and far from each other."""
    known = values[np.isfinite(values)]
    far = len(known) > 0 and known.min() > 0 and np.log10(known.max() / known.min()) > DECADES
    if far:
        axes.set(**{f"{axis}scale": "log"})
    return bool(far)
