"""A search over a made-up objective: what the tests share, and what they kill.

As a program it searches in processes that are killed with SIGKILL, goes on, and prints as JSON what differs from the
search that nobody disturbed. It is a process of its own, with nothing of TensorFlow running, so that it can fork.
"""

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specs.sections.search import Axis, OracleName, Search
from tuner import conducting
from tuner.conducting import conduct
from tuner.pools import InProcess
from tuner.study import Study, Trial
from tuner.trial import OnEpoch, Outcome

if TYPE_CHECKING:
    from tuner.proposal import Proposal

ORACLES: tuple[OracleName, ...] = ("random", "bayesian", "hyperband", "grid", "tpe", "cma_es")

SPACE = {"rate": Axis(min_value=1e-4, max_value=1e-1, sampling="log"), "order": Axis(values=("before", "after"))}
DEFAULTS = {"rate": 1e-3, "order": "after", "unsearched": 7}
EPOCHS = 9

POINTS = 5
"""Instants in each trial at which `killed_at` can die: before and after both writes, and in the run."""

Row = tuple[int, str, dict[str, Any], float | None, str | None]


def settings(oracle: OracleName, trials: int, seed: int = 0, space: Mapping[str, Axis] = SPACE) -> Search:
    """A search section."""
    return Search(space=dict(space), oracle=oracle, trials=trials, seed=seed)


def good_at(proposal: "Proposal", digest: str | None = None, on_epoch: OnEpoch | None = None) -> Outcome:
    """An outcome that depends on the proposal alone; each fifth trial fails."""
    if proposal.id % 5 == 4:
        return Outcome(reason="made to fail")
    codes = sum(len(str(value)) * (index + 1) for index, value in enumerate(proposal.values.values()))
    rate = float(proposal.values.get("rate", 0.0))
    score = 1 - abs(rate - 0.01) - codes / 1000 + (proposal.epochs or 0) / 100
    return Outcome(score=score, epoch=1, history=({"val_accuracy": score},))


def searched(
    folder: Path,
    search: Search,
    run: Callable[..., Outcome] = good_at,
    defaults: Mapping[str, object] = DEFAULTS,
) -> list[Row]:
    """Searches in a folder with a made-up run, and gives what the study then holds."""
    with Study.open(folder / "study.sqlite") as study:
        study.claim({"search": search.model_dump(mode="json", exclude={"trials"})})
        conduct(study, search, defaults, EPOCHS, InProcess(run), lambda event: None)
        return rows(study.trials())


def rows(trials: tuple[Trial, ...]) -> list[Row]:
    """All of a record that does not depend on the clock."""
    return [(each.id, each.status, dict(each.values), each.score, each.reason) for each in trials]


def recorded(folder: Path) -> tuple[int, bool]:
    """How many trials of a study have ended, and whether one is running."""
    with Study.open(folder / "study.sqlite") as study:
        running = [trial.status == "running" for trial in study.trials()]
    return running.count(False), any(running)


def die() -> None:
    """Ends this process as the out-of-memory killer or a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def forked(body: Callable[[], object]) -> int:
    """Runs in a child process; gives the signal that killed it, 0 where it came to its end."""
    child = os.fork()
    if child == 0:
        body()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def killed_at(point: int, folder: Path, search: Search) -> None:
    """Searches and dies at the point: before a change is written, after it, or in a trial's run."""
    points = iter(range(1, sys.maxsize))
    write = Study._write

    def step() -> None:
        if next(points) == point:
            die()

    def dangerous_write(self: Study, *arguments: Any) -> None:
        step()
        write(self, *arguments)
        step()

    def dangerous_run(proposal: "Proposal", digest: str | None, on_epoch: OnEpoch) -> Outcome:
        step()
        return good_at(proposal)

    Study._write = dangerous_write  # type: ignore[method-assign, assignment]
    searched(folder, search, dangerous_run)


def disturbed_everywhere(search: Search, points: list[int]) -> Iterator[str]:
    """Dies at each of the points and goes on; yields what came out different."""
    with tempfile.TemporaryDirectory() as scratch:
        expected = searched(Path(scratch, "calm"), search)
        for point in points:
            folder = Path(scratch, str(point))
            signal_number = forked(lambda point=point, folder=folder: killed_at(point, folder, search))  # type: ignore[misc]
            if signal_number != signal.SIGKILL:
                yield f"{search.oracle} did not die at point {point}"
            if recorded(folder) != (point // POINTS, point % POINTS in (2, 3, 4)):
                yield f"{search.oracle} killed at point {point}: the study holds {recorded(folder)}"
            if (found := searched(folder, search)) != expected:
                yield f"{search.oracle} killed at point {point}: {found} instead of {expected}"


def disturbed_at_random(search: Search, seed: int) -> Iterator[str]:
    """Kills the search after random times until it comes through; yields what came out different."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        expected, folder, kills = searched(Path(scratch, "calm"), search), Path(scratch, "wild"), 0
        while kills < 200 and _killed_after(chance.uniform(0.001, 0.06), lambda: searched(folder, search, _slowly)):
            kills += 1
        found = searched(folder, search)
        if found != expected or kills < 3:
            yield f"{search.oracle} after {kills} random kills: {found} instead of {expected}"


def _slowly(proposal: "Proposal", digest: str | None, on_epoch: OnEpoch) -> Outcome:
    time.sleep(0.005)
    return good_at(proposal)


def _killed_after(seconds: float, body: Callable[[], object]) -> bool:
    child = os.fork()
    if child == 0:
        body()
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def main() -> None:
    """Prints every difference that a kill made, as a JSON list."""
    import tuner.oracles  # noqa: F401  # once, before the forks

    conducting.MAX_STARTS = 10**9  # chance may kill one trial many times; that rule has a test of its own
    found: list[str] = []
    # Each third instant of a long search is one of every kind.
    plans: tuple[tuple[OracleName, int, int], ...] = (("random", 4, 1), ("grid", 4, 1), ("hyperband", 13, 3))
    for oracle, trials, stride in plans:
        found += disturbed_everywhere(settings(oracle, trials), list(range(1, POINTS * trials + 1, stride)))
        found += disturbed_at_random(settings(oracle, 16), seed=1)
    # Each proposal of the Bayesian oracle takes a second: once before and once after it turns to its results.
    found += disturbed_everywhere(settings("bayesian", 5), [2 * POINTS, 5 * POINTS - 3])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
