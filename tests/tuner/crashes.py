"""A search that ends at any of its durable writes, and goes on: what the tests sample and this program does in full.

    python -m tests.tuner.crashes

A killed process leaves behind what its files hold at that instant. So one search that nobody disturbs has its folder
copied before, in the middle of and after each write; each copy is what a kill there would leave, and is searched on.
"""

import contextlib
import errno
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import unittest.mock
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from specs.sections.pruners import PrunerChoice
from specs.sections.search import OracleName, Search
from tests.tuner.made_up import DEFAULTS, EPOCHS, SPACE, settings
from tuner import checkpoints, conducting, study
from tuner.conducting import conduct
from tuner.database import transaction
from tuner.errors import StudyError
from tuner.pools import Death, OnTrialEpoch
from tuner.study import Study, Trial
from tuner.trial import OnEpoch, Outcome
from zoo.files import write_text_atomically

if TYPE_CHECKING:
    from tuner.proposal import Proposal

SCRATCH = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Memory, where there is some: thousands of synced writes to a disk take minutes."""

PRUNER = PrunerChoice.model_validate({"Median": {"startup_trials": 2, "warmup_epochs": 0}})

PLANS: tuple[tuple[OracleName, int, int], ...] = (
    ("random", 12, 1),
    ("random", 12, 3),
    ("grid", 12, 3),
    ("tpe", 14, 1),
    ("cma_es", 14, 1),
    ("hyperband", 26, 1),
    ("hyperband", 26, 3),
    ("bayesian", 8, 1),
    ("bayesian", 8, 3),
)
"""Oracle, trials, and how many of them run at a time."""

DISKS = {errno.ENOSPC: "database or disk is full", errno.EIO: "disk I/O error"}
"""Errors of a disk, and what SQLite says of each."""

Step = Callable[[str, Path], None]
"""Called at a durable write with `before`, `middle` or `after`, and the folder or file that is written."""


class Several:
    """A pool in this process that ends its trials in an order of its own, which depends on nothing but them."""

    def __init__(self, run: Callable[["Proposal", str | None, OnEpoch], Outcome], size: int) -> None:
        self.run, self.size = run, size
        self.running: dict[int, tuple[Proposal, str | None]] = {}

    def prepare(self, trials: int) -> None:
        """Nothing."""

    def submit(self, proposal: "Proposal", digest: str | None) -> None:
        """Keeps it."""
        self.running[proposal.id] = proposal, digest

    def wait(self, on_epoch: OnTrialEpoch, until: float) -> tuple[int, Outcome | Death]:
        """Runs one of those that it was given."""
        number = min(self.running, key=lambda each: (each * 7 % 5, each))
        proposal, digest = self.running.pop(number)
        return number, self.run(proposal, digest, lambda epoch, logs: on_epoch(number, epoch, logs))


def trained(folder: Path, total: int) -> Callable[["Proposal", str | None, OnEpoch], Outcome]:
    """A made-up training that keeps its state after each epoch, goes on from it, and starts from others' weights."""

    def run(proposal: "Proposal", digest: str | None, on_epoch: OnEpoch) -> Outcome:
        directory, weights = folder / "trials", 0.0
        if proposal.source:
            start = checkpoints.path_of(directory, proposal.source)
            assert checkpoints.whole(start, digest), f"trial {proposal.id} has nothing to start from"
            weights = float(start.read_text())
        state = checkpoints.state_of(directory, proposal.id)
        history = json.loads(state.read_text()) if state.exists() else []
        stops = [on_epoch(proposal.initial_epoch + epoch, logs) for epoch, logs in enumerate(history)]
        for epoch in range(proposal.initial_epoch + len(history), proposal.epochs or 3):
            if any(stops):
                break
            rate = float(proposal.values["rate"])
            history.append({"val_accuracy": weights + 1 - abs(rate - 0.01) + epoch / 100})
            stops.append(on_epoch(epoch, history[-1]))
            if not stops[-1]:
                write_text_atomically(state, json.dumps(history))
        if proposal.id % 5 == 4:
            return Outcome(reason="made to fail")
        score, kept = history[-1]["val_accuracy"], None
        if proposal.epochs is not None and proposal.epochs < total:
            write = Path.write_text
            kept = checkpoints.save(
                lambda path: write(Path(path), repr(score)), checkpoints.path_of(directory, proposal.id)
            )
        return Outcome(score, len(history), None, tuple(history), kept, pruned=any(stops))

    return run


def searched(folder: Path, search: Search, size: int) -> list[Trial]:
    """Searches in a folder, and gives all of its record that does not depend on the clock or on how often it began."""
    with Study.open(folder / "study.sqlite") as record:
        record.claim({"search": search.model_dump(mode="json", exclude={"trials"})})
        conduct(record, search, DEFAULTS, EPOCHS, Several(trained(folder, EPOCHS), size), lambda event: None)
        return [replace(trial, seconds=0, starts=1) for trial in record.trials()]


@contextlib.contextmanager
def watched(step: Step) -> Iterator[None]:
    """Calls `step` around every durable write: transactions, renames of whole files, deletions."""
    moved, deleted = Path.replace, Path.unlink

    @contextlib.contextmanager
    def stepped(connection: sqlite3.Connection) -> Iterator[None]:
        file = Path(connection.execute("PRAGMA database_list").fetchone()[2])
        step("before", file)
        with transaction(connection):
            yield
            step("middle", file)
        step("after", file)

    def replaced(self: Path, target: Path) -> Path:
        whole = self.read_bytes()
        self.write_bytes(whole[: len(whole) // 2])
        step("middle", self)
        self.write_bytes(whole)
        step("before", self)
        result = moved(self, target)
        step("after", target)
        return result

    def unlinked(self: Path, missing_ok: bool = False) -> None:
        if self.exists():
            step("before", self)
        deleted(self, missing_ok=missing_ok)

    with (
        unittest.mock.patch.object(study, "transaction", stepped),
        unittest.mock.patch.object(Path, "replace", replaced),
        unittest.mock.patch.object(Path, "unlink", unlinked),
    ):
        yield


def kills(search: Search, size: int, stride: int, first: int = 0) -> Iterator[tuple[int, str]]:
    """Goes on from each point where a kill is possible, or from each so many-th; its number and what came out wrong."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as scratch:
        calm, copies = Path(scratch, "calm"), Path(scratch, "copies")
        names: list[tuple[Path, str]] = []

        def copied(moment: str, path: Path) -> None:
            if len(names) % stride == first % stride:
                shutil.copytree(calm, copies / str(len(names)))
            names.append((copies / str(len(names)), f"{moment} {path.name}"))

        with watched(copied):
            expected = searched(calm, search, size)
        for number, (folder, name) in enumerate(names):
            if folder.exists():
                yield number, wrong(folder, search, size, expected, name)
                shutil.rmtree(folder)


def wrong(folder: Path, search: Search, size: int, expected: list[Trial], name: str) -> str:
    """What is wrong after a search that ended at the point of a name went on; empty where nothing is."""
    told = f"{search.oracle}, {size} at a time, ended {name}: "
    try:
        found = searched(folder, search, size)
    except Exception as error:  # noqa: BLE001  # all points are tried, whatever goes wrong at one
        return f"{told}{error!r}"
    left = sorted(path.name for path in (folder / "trials").iterdir() if not path.name.endswith(checkpoints.SUFFIX))
    if left:
        return f"{told}left {left}"
    different = [pair for pair in zip(found, expected, strict=False) if pair[0] != pair[1]]
    return f"{told}{different[:1]}" if different or len(found) != len(expected) else ""


def broken_disks(search: Search, size: int, writes: int, stride: int, number: int) -> Iterator[tuple[int, str]]:
    """Has each of the first writes, or each so many-th, fail once with an error of the disk; what came out wrong."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as scratch:
        expected = searched(Path(scratch, "calm"), search, size)
        for point in range(0, writes, stride):
            folder = Path(scratch, str(point))
            passed = iter(range(sys.maxsize))

            def fail(moment: str, path: Path, passed: Iterator[int] = passed, point: int = point) -> None:
                if moment == "middle" and next(passed) == point:
                    if path.suffix == ".sqlite":
                        raise sqlite3.OperationalError(DISKS[number])
                    raise OSError(number, os.strerror(number), str(path))

            try:
                with watched(fail):
                    searched(folder, search, size)
                if next(passed) > point:
                    yield point, f"write {point}: nothing was said"
            except StudyError as error:
                if "\n" in str(error) or not any(text in str(error) for text in (DISKS[number], os.strerror(number))):
                    yield point, f"write {point}: {error}"
            yield point, wrong(folder, search, size, expected, f"{os.strerror(number)} at write {point}")


def quick_bayesian() -> AbstractContextManager[Any]:
    """The Gaussian process as it is, its optimum found by less search: a proposal takes a second otherwise."""
    from tuner import methods

    made = methods._Bayesian._make_gpr

    def fixed(self: Any) -> Any:
        process = made(self)
        process.optimizer = None
        return process

    def looked(function: Callable[[Any], Any], x0: Any, **options: Mapping[str, Any]) -> Any:
        return SimpleNamespace(fun=float(function(x0)[0]), x=x0)

    stack = contextlib.ExitStack()
    stack.enter_context(unittest.mock.patch.object(methods._Bayesian, "_make_gpr", fixed))
    stack.enter_context(unittest.mock.patch("scipy.optimize.minimize", looked))
    return stack


def plan_of(oracle: OracleName, trials: int, size: int = 1) -> Search:
    """The search of one of the plans; with a pruner where it decides the same after a kill, one trial at a time."""
    pruner = PRUNER if oracle != "hyperband" and size == 1 else None
    return settings(oracle, trials, space=SPACE).model_copy(update={"pruner": pruner})


def main() -> None:
    """Every point of every plan."""
    conducting.MAX_STARTS = 10**9
    points = failures = 0
    with quick_bayesian():
        for oracle, trials, size in PLANS:
            for _, message in kills(plan_of(oracle, trials, size), size, 1):
                points, failures = points + 1, failures + bool(message)
                print(message, flush=True, end="\n" if message else "")
            print(f"{oracle}, {size} at a time: {points} points so far, {failures} wrong", flush=True)
        for number, told in DISKS.items():
            found = [message for _, message in broken_disks(plan_of("hyperband", 26), 3, 200, 1, number) if message]
            print(*found, f"{told} at each of 200 writes: {len(found)} wrong", sep="\n")


if __name__ == "__main__":
    main()
