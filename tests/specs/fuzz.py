"""Tries many mutated specs: `python -m tests.specs.fuzz COUNT [SEED] [PROCESSES]`, a million overnight.

Says how far it is, can be stopped at any time, goes on when it is called again, and ends with 1 where it found
something. The same seed tries the same texts, however many processes there are. What came of each piece of work, what
breaks something, the slowest text of either kind, and those above their limit are kept in ./fuzz/. A check that takes
too long is tried again beside a loop that says how slow the machine is at that moment: what counts is its time on a
usual machine.
"""

import argparse
import gc
import json
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.machine import slowness
from tests.specs.mutations import mutated, outcome, texts, timed_outcome

CHUNK = 500
"""Texts of one piece of work."""
LIMITS = {"plain": 0.1, "search": 1.0}
"""Seconds of processor time of a usual machine that one check may take; one with a search tries its space."""
TRIES = 3
"""How often a check that took longer is tried again before it counts as slow."""
KEPT = 20
"""Slow texts that are kept."""
_SEARCH = re.compile(r"^search\s*:", re.MULTILINE)
FOLDER = Path("fuzz")


@dataclass
class Found:
    """What came of some texts: outcomes, texts that broke something by their reason, and the slowest of each kind."""

    outcomes: Counter[str] = field(default_factory=Counter)
    broken: dict[str, str] = field(default_factory=dict)
    slowest: dict[str, tuple[float, str]] = field(default_factory=lambda: dict.fromkeys(LIMITS, (0.0, "")))
    slow: Counter[str] = field(default_factory=Counter)
    kept: list[tuple[float, str]] = field(default_factory=list)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Found":
        """What was written down of some texts."""
        slowest = {kind: (each[0], each[1]) for kind, each in found["slowest"].items()}
        kept = [(each[0], each[1]) for each in found["kept"]]
        return cls(Counter(found["outcomes"]), found["broken"], slowest, Counter(found["slow"]), kept)

    def took(self, seconds: float, text: str) -> None:
        """Notes the time of one text."""
        kind = "search" if _SEARCH.search(text) else "plain"
        seconds = usually(text, seconds, LIMITS[kind])
        self.slowest[kind] = max(self.slowest[kind], (seconds, text))
        if seconds > LIMITS[kind]:
            self.slow[kind] += 1
            self.kept = sorted([*self.kept, (seconds, text)], reverse=True)[:KEPT]

    def add(self, other: "Found") -> None:
        """Adds what came of other texts."""
        self.outcomes += other.outcomes
        self.broken = {**other.broken, **self.broken}
        self.slowest = {kind: max(own, other.slowest[kind]) for kind, own in self.slowest.items()}
        self.slow += other.slow
        self.kept = sorted([*self.kept, *other.kept], reverse=True)[:KEPT]

    def __str__(self) -> str:
        tried = ", ".join(f"{count:,} {name}" for name, count in self.outcomes.most_common())
        times = (
            f"{kind} slowest {self.slowest[kind][0] * 1000:.0f} ms, {self.slow[kind]} above {limit * 1000:.0f} ms"
            for kind, limit in LIMITS.items()
        )
        return "; ".join((tried, *times))


def usually(text: str, seconds: float, limit: float) -> float:
    """The seconds that the check of a text takes on a usual machine; as they are where they are no more than the limit.

    A loop that says how slow the machine is runs beside it, and before and after each further try, so that a neighbour
    who comes meanwhile is seen as well.
    """
    if seconds > limit:
        seconds /= slowness()
    for _ in range(TRIES):
        if seconds <= limit:
            break
        before = slowness()
        _, again = timed_outcome(text)
        seconds = min(seconds, again / ((before + slowness()) / 2))
    return seconds


def warm_up() -> None:
    """Loads what is loaded when it is first used: what is measured is a check, not an import."""
    for text in sorted(set(texts())):
        outcome(text)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000)


def tried(seed: int, chunk: int, count: int) -> Found:
    """What comes of the texts of one chunk."""
    draw, sources, found = random.Random(f"{seed} {chunk}"), texts(), Found()
    for _ in range(count):
        text = mutated(draw, draw.choice(sources))
        try:
            name, seconds = timed_outcome(text)
        except Exception as error:  # noqa: BLE001  # whatever it is: that is what is looked for
            name, seconds = type(error).__name__, 0.0
            found.broken[f"{name}: {str(error)[:120]}"] = text
        found.outcomes[name] += 1
        found.took(seconds, text)
    return found


def chunks(todo: Mapping[int, int], seed: int, processes: int) -> Iterator[tuple[int, Found]]:
    """What comes of each chunk, as it is done; a process that dies of a signal raises BrokenProcessPool."""
    with ProcessPoolExecutor(processes, initializer=warm_up) as pool:
        running = {pool.submit(tried, seed, number, size): number for number, size in todo.items()}
        try:
            for done in as_completed(running):
                yield running[done], done.result()
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise


def run(count: int, seed: int, processes: int) -> int:
    """Tries the texts that were not tried yet and says what was found; 1 where something was."""
    FOLDER.mkdir(exist_ok=True)
    record = FOLDER / f"seed{seed}.jsonl"
    todo = {number: min(CHUNK, count - first) for number, first in enumerate(range(0, count, CHUNK))}
    found, died = Found(), ""
    for line in record.read_text(encoding="utf-8").splitlines() if record.is_file() else ():
        known = json.loads(line)
        if todo.get(known["chunk"]) == known["size"]:
            del todo[known["chunk"]]
            found.add(Found.from_json(known["found"]))
    began = time.monotonic()
    try:
        for number, each in chunks(todo, seed, processes):
            found.add(each)
            with record.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"chunk": number, "size": todo[number], "found": vars(each)}) + "\n")
            tried = found.outcomes.total()
            if tried // CHUNK % 10 == 0:
                print(f"{tried:,} of {count:,}, {time.monotonic() - began:.0f} s: {found}", flush=True)
    except KeyboardInterrupt:
        print("stopped; the same command goes on", file=sys.stderr)
    except BrokenProcessPool as error:
        died = f"a process died: {error}"
    keep(found)
    print(f"seed {seed}, {time.monotonic() - began:.0f} s: {found}{died and '; '}{died}")
    return int(bool(found.broken or found.slow.total() or died))


def keep(found: Found) -> None:
    """Writes the texts that broke something, and the slow ones."""
    texts = {f"slowest-{kind}": (f"{each[0] * 1000:.0f} ms", each[1]) for kind, each in found.slowest.items()}
    texts |= {f"slow{number}": (f"{each[0] * 1000:.0f} ms", each[1]) for number, each in enumerate(found.kept)}
    texts |= {f"broken{number}": each for number, each in enumerate(found.broken.items())}
    for name, (reason, text) in texts.items():
        (FOLDER / f"{name}.yaml").write_text(text, encoding="utf-8", errors="replace")
        print(f"{FOLDER}/{name}.yaml: {reason}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("processes", type=int, nargs="?", default=os.cpu_count())
    given = parser.parse_args()
    raise SystemExit(run(given.count, given.seed, given.processes))
