"""Real kills at random instants, of a search in workers and of its workers; this program does as many as it is told.

    python -m tests.tuner.kills KILLS [TRIALS [EPOCHS]]     # as many trials, and 16 epochs of 0.3 s

The kills are spread evenly over the time that the undisturbed search took, so that it says what a kill costs.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.tuner.crashes import SCRATCH
from tests.tuner.made_up import rows
from tests.tuner.poison import Poisoned, document_of, without_keras_tuner
from tuner import conducting
from tuner.conducting import conduct
from tuner.study import Study
from tuner.workers import Workers


def searched(folder: Path, trials: int, epochs: int) -> list[object]:
    """Searches with two workers, where an epoch takes 0.3 s."""
    without_keras_tuner()
    conducting.MAX_STARTS = conducting.MAX_DEATHS = 10**9  # chance may hit one trial many times
    document, make = document_of(), Poisoned(folder, always="sleep", epochs=epochs)
    assert document.search is not None
    search = document.search.model_copy(update={"trials": trials})
    with Study.open(folder / "study.sqlite") as study:
        with Workers(make, ({}, {}), preloaded=["tests.tuner.poison"]) as pool:
            conduct(study, search, document.params, 3, pool, lambda event: None)
        return list(rows(study.trials()))


def killed(folder: Path, trials: int, epochs: int, kills: int, pause: float, seed: int) -> tuple[int, int]:
    """Kills the search or one of its workers until it has come through or so often; how many there were of each."""
    chance, done = random.Random(seed), [0, 0]
    program = f"from tests.tuner.kills import *; searched(Path({str(folder)!r}), {trials}, {epochs})"
    search = subprocess.Popen([sys.executable, "-c", program])
    while search.poll() is None and sum(done) < kills:
        time.sleep(chance.uniform(0.1, 2 * pause))
        if chance.random() < 0.25:
            search.kill()
            search.wait()
            done[0] += 1
            search = subprocess.Popen([sys.executable, "-c", program])
        elif (folder / "log").exists():
            worker = int(chance.choice(Poisoned(folder).runs()[-2:])[1])
            done[1] += _killed(worker)
    assert search.wait() == 0
    return done[0], done[1]


def _killed(worker: int) -> bool:
    try:
        os.kill(worker, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


@dataclass(frozen=True)
class Kills:
    """What became of a search that was killed again and again."""

    wrong: str
    """What differs from the undisturbed one, empty where nothing does."""
    search: int
    """Kills of the search itself."""
    workers: int
    seconds: tuple[float, float]
    """By the clock, undisturbed and disturbed."""


def difference(kills: int, trials: int, epochs: int = 1, seed: int = 0) -> Kills:
    """Searches undisturbed, then with so many kills."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as scratch:
        calm, wild = Path(scratch, "calm"), Path(scratch, "wild")
        for folder in (calm, wild):
            folder.mkdir()
        begun = time.monotonic()
        expected = searched(calm, trials, epochs)
        between = time.monotonic()
        done = killed(wild, trials, epochs, kills, (between - begun) / kills, seed)
        ended = time.monotonic()
        found = searched(wild, trials, epochs)
    wrong = "" if found == expected else f"{found} instead of {expected}"
    return Kills(wrong, *done, (between - begun, ended - between))


if __name__ == "__main__":
    count, *given = map(int, sys.argv[1:])
    many, longer = [*given, *(count, 16)[len(given) :]]
    came = difference(count, many, longer)
    print(f"{came.search} kills of the search, {came.workers} of workers: {came.wrong or 'the same as undisturbed'}")
    print("{:.0f} s undisturbed, {:.0f} s disturbed".format(*came.seconds))
