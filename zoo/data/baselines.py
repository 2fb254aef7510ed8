"""What a model of a series has to beat: forecasts that need no model, each one number for all of a horizon."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating]

ALPHAS = np.arange(1, 101) / 100
"""Shares of the newest value that are tried; 1 repeats the last value."""


@dataclass(frozen=True, slots=True)
class Past:
    """The values of a series' target, of shape (rows), and for each example the row that its window ends with."""

    values: Numbers
    ends: NDArray[np.int64]
    alpha: float | None = None
    """Share of the newest value in exponential smoothing; None until it is fitted."""

    def forecasts(self) -> Mapping[str, Numbers]:
        """By the name of their error, forecasts of shape (examples).

        >>> Past(np.array([4.0, 2.0]), np.array([0, 1]), alpha=0.5).forecasts()["smoothing_mae"].tolist()
        [4.0, 3.0]
        """
        naive = {"naive_mae": self.values[self.ends]}
        return naive if self.alpha is None else {**naive, "smoothing_mae": smoothed(self.values, self.alpha)[self.ends]}

    def fitted(self, y: Numbers, positions: NDArray[np.int64]) -> "Past":
        """The past with the alpha that errs least on the examples at these positions of `y`, (examples, horizon)."""
        ends = self.ends[positions]
        errors = [float(np.mean(np.abs(y[positions] - smoothed(self.values, each)[ends][:, None]))) for each in ALPHAS]
        return Past(self.values, self.ends, float(ALPHAS[int(np.argmin(errors))]))


def smoothed(values: Numbers, alpha: float) -> Numbers:
    """Exponential smoothing, of shape (rows): alpha times the value and the rest what was told before (Brown 1956).

    >>> smoothed(np.array([4.0, 2.0, 2.0]), 0.5).tolist()
    [4.0, 3.0, 2.5]
    """
    found, level = np.empty(len(values), np.float64), float(values[0])
    for row, value in enumerate(values.tolist()):
        level += alpha * (value - level)
        found[row] = level
    return found
