"""Times an export as a stranger's server would run it: a script of its own with one runtime and NumPy, nothing of ours.

    python -I stopwatch.py FORMAT FILE INPUTS.npz

FILE is the format's main file, INPUTS one row of every input. Each line of standard input, BATCH SECONDS, is answered
with one line of JSON: the seconds of each call, and the largest memory so far. `zoo.exports.benchmarking` starts it.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

WARM = 3
"""Calls before the first that counts: runtimes prepare themselves for a batch's size when they first see it."""

SERVING = "serving_default"

Ask = Callable[[str, dict[str, Any]], object]


def opened(kind: str, file: str) -> Ask:
    """The file in its runtime, as `client.py` beside this script opens it; nothing else of ours can be imported."""
    found = spec_from_file_location("client", Path(__file__).with_name("client.py"))
    assert found is not None and found.loader is not None
    client = module_from_spec(found)
    found.loader.exec_module(client)
    return client.OPEN[kind](file)  # type: ignore[no-any-return]


def timed(ask: Ask, inputs: dict[str, Any], seconds: float) -> list[float]:
    """How long calls take, one after the other, for so long; at least one."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        ask(SERVING, dict(inputs))
        times.append(time.perf_counter() - start)
    return times


def peak_bytes() -> int:
    """The largest resident memory of this process so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def main(kind: str, file: str, inputs: str) -> None:
    """Open the file, say so, and time what is asked for."""
    # What a runtime prints must not be among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if kind != "keras":
        # TensorFlow imports Keras by itself where it is installed. None makes Python say that it is not.
        sys.modules["keras"] = None  # type: ignore[assignment]
    import numpy as np

    rows = dict(np.load(inputs, allow_pickle=False).items())
    ask, warm = opened(kind, file), set[str]()
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        batch, seconds = line.split()
        given = {name: np.repeat(row, int(batch), axis=0) for name, row in rows.items()}
        for _ in range(0 if batch in warm else WARM):
            ask(SERVING, dict(given))
        warm.add(batch)
        times = timed(ask, given, float(seconds))
        print(json.dumps({"seconds": times, "memory": peak_bytes()}), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
