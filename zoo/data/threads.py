"""A function of many items, computed by as many threads as there are processors, in the order of the items."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

CHUNK = 32
"""Items that a thread takes at once: small images are decoded in less time than a thread is woken."""
AHEAD = 2
"""Chunks for each thread that are taken in before the first result is asked for."""


def in_threads(function: Callable[[Item], Result], items: Iterable[Item], chunk: int = CHUNK) -> Iterator[Result]:
    """The results in the order of the items, which are taken only a little ahead of them.

    >>> list(in_threads(abs, [-1, 2, -3]))
    [1, 2, 3]
    """

    def of_chunk(some: list[Item]) -> list[Result]:
        return [function(each) for each in some]

    count, rest = processors(), iter(items)
    with ThreadPoolExecutor(count) as pool:
        waiting: deque[Future[list[Result]]] = deque()
        while some := list(islice(rest, chunk)):
            waiting.append(pool.submit(of_chunk, some))
            if len(waiting) > AHEAD * count:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
