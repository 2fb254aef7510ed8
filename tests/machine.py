"""How slow this machine is at the moment, for tests that bound what a check may take."""

import time

LOOP, LOOPS = 200_000, 5
USUAL = 0.02
"""Seconds of processor time that the loop takes where the bounds were set, on an otherwise idle core."""


def slowness() -> float:
    """How many times as long as usual the same work takes now, 1 at least: neighbours slow a shared machine down.

    What they take is memory's speed first, of which the loop needs little: where it is slow, twice its time is allowed.

    >>> slowness() >= 1
    True
    """
    times = sum(_loop() for _ in range(LOOPS)) / LOOPS / USUAL
    return 2 * times if times > 1.5 else 1.0


def _loop() -> float:
    began = time.process_time()
    sum(number * number for number in range(LOOP))
    return time.process_time() - began
