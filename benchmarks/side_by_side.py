"""Two things timed in turn, A B A B …, so that a machine whose speed drifts slows both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """Medians in seconds, and the median of the ratios ours / theirs, pair by pair, with the smallest and largest."""

    ours: float
    theirs: float
    median: float
    smallest: float
    largest: float

    def __str__(self) -> str:
        spread = f"{self.smallest:.3f} to {self.largest:.3f}"
        return f"{self.ours:8.3f} s  {self.theirs:8.3f} s  ratio {self.median:6.3f}  ({spread})"


def measure(ours: Callable[[], object], theirs: Callable[[], object], runs: int = 7) -> Ratio:
    """The ratio of two calls over some runs, after one of each that is not counted."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs + 1)][1:]
    ratios = [a / b for a, b in pairs]
    return Ratio(
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
    )


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
