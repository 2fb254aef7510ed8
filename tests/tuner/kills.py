"""Real kills at random instants, of a search in workers and of its workers; this program does as many as it is told.

python -m tests.tuner.kills 200
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.tuner.crashes import SCRATCH
from tests.tuner.made_up import rows
from tests.tuner.poison import Poisoned, document_of, without_keras_tuner
from tuner import conducting
from tuner.conducting import conduct
from tuner.study import Study
from tuner.workers import Workers


def searched(folder: Path, trials: int) -> list[object]:
    """Searches with two workers, whose trials take 0.3 s."""
    without_keras_tuner()
    conducting.MAX_STARTS = conducting.MAX_DEATHS = 10**9  # chance may hit one trial many times
    document, make = document_of(), Poisoned(folder, always="sleep")
    assert document.search is not None
    search = document.search.model_copy(update={"trials": trials})
    with Study.open(folder / "study.sqlite") as study:
        with Workers(make, ({}, {}), preloaded=["tests.tuner.poison"]) as pool:
            conduct(study, search, document.params, 3, pool, lambda event: None)
        return list(rows(study.trials()))


def killed(folder: Path, trials: int, kills: int, seed: int) -> tuple[int, int]:
    """Kills the search or one of its workers until it has come through or so often; how many there were of each."""
    chance, done = random.Random(seed), [0, 0]
    program = f"from tests.tuner.kills import *; searched(Path({str(folder)!r}), {trials})"
    search = subprocess.Popen([sys.executable, "-c", program])
    while search.poll() is None and sum(done) < kills:
        time.sleep(chance.uniform(0.1, 2.0))
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


def difference(trials: int, kills: int, seed: int) -> tuple[str, tuple[int, int]]:
    """What is wrong with a search that was killed so often, empty where nothing is; the kills of search and workers."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as scratch:
        calm, wild = Path(scratch, "calm"), Path(scratch, "wild")
        for folder in (calm, wild):
            folder.mkdir()
        expected, done = searched(calm, trials), killed(wild, trials, kills, seed)
        found = searched(wild, trials)
    return ("" if found == expected else f"{found} instead of {expected}"), done


if __name__ == "__main__":
    wrong, count = difference(trials=int(sys.argv[1]), kills=int(sys.argv[1]), seed=0)
    print(f"{count[0]} kills of the search, {count[1]} of workers: {wrong or 'the same as undisturbed'}")
