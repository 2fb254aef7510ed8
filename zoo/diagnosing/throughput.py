"""Examples a second by batch size, and from which size on there are no more of them."""

import time

import numpy as np

from zoo.diagnosing.bench import Bench
from zoo.diagnosing.check import Answer, fine, not_asked
from zoo.diagnosing.findings import Bar, Curve
from zoo.training import form_of

SIZES = (8, 32, 128, 512, 2048)
SECONDS, SHARE = 10.0, 0.15
"""For all sizes together: seconds, and part of the whole time."""
EACH = 0.4
"""Seconds that one size is measured for, its first step not among them."""
CLOSE = 0.85
"""Part of the most examples a second from which larger batches are not worth it."""
KNOWN = 3
"""Sizes that have to be measured to say anything."""


def throughput(bench: Bench) -> Answer:
    """Training steps at rising batch sizes, without loading and augmenting; each size compiles its step first."""
    end = time.monotonic() + min(SECONDS, bench.left(SHARE))
    sizes = [size for size in SIZES if size <= len(bench.dataset.train)]
    rates: dict[int, float] = {}
    bench.restart()
    for size in sizes:
        if time.monotonic() > end:
            break
        rates[size] = _rate(bench, size, min(EACH, max(0.0, end - time.monotonic())))
    if len(rates) < min(KNOWN, len(sizes)) or not rates:
        return not_asked(f"there was time for {len(rates)} batch sizes only")
    best, own = grown(rates), bench.train.batch_size
    grows = best == max(rates)
    figures = {"batch_size": own, "full_from": None if grows else best, "most_a_second": max(rates.values())}
    x, y = tuple(map(float, rates)), tuple(rates.values())
    curve = Curve("throughput", "batch size", "examples a second", x, y, logarithmic=True)
    bars = tuple(Bar(str(size), "examples a second", rate) for size, rate in rates.items())
    told = f"{rates[best]:,.0f} examples a second with batches of {best}"
    until = f"it still grows at {best}" if grows else "larger ones give hardly more"
    return fine(f"{told}; {until} (the spec has {own})", figures=figures, curves=(curve,), bars=bars)


def grown(rates: dict[int, float]) -> int:
    """The smallest batch size that comes close to the most examples a second that any has.

    >>> grown({8: 100.0, 16: 190.0, 32: 300.0, 64: 310.0}), grown({8: 100.0, 16: 190.0})
    (32, 16)
    """
    return min(size for size, rate in rates.items() if rate >= CLOSE * max(rates.values()))


def _rate(bench: Bench, size: int, seconds: float) -> float:
    """Examples a second of training steps of that size."""
    x, y = bench.dataset.train.take(np.arange(size))
    batch = form_of(bench.graph, bench.train)(x, y, 0, 0, 0)
    bench.step(batch, 0.0)
    taken: list[float] = []
    end = time.monotonic() + seconds
    while len(taken) < 3 or time.monotonic() < end:
        began = time.monotonic()
        bench.step(batch, 0.0)
        taken.append(time.monotonic() - began)
    # Whatever else runs on the machine makes some steps longer, and none shorter.
    return size / float(np.median(taken))
