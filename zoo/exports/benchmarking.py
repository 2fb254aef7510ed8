"""How fast exports answer and what they need, formats side by side: each in a fresh process with its own runtime."""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from specs.errors import RunError, UserError
from zoo.exports import client, stopwatch
from zoo.exports.formats import FORMATS, SAVED_MODEL, check_installed
from zoo.exports.manifest import Manifest
from zoo.exports.trust import check_trusted

ROUNDS = 5
"""Turns of each format at each batch size: what slows the machine for a while slows all of them."""

FREE_SIZE = 64
"""What stands for a size that is known only at run time."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """One format of one export at one batch size."""

    export: str
    format: str
    batch_size: int
    median: float
    """Seconds of a call."""
    percentile95: float
    """Seconds that 95 of 100 calls take at most."""
    rows_per_second: float
    memory: int
    """Bytes of the process at most, its runtime included."""
    size: int
    """Bytes of the format's files."""


@dataclass(slots=True)
class _Runner:
    """One format in its process."""

    export: str
    format: str
    size: int
    process: subprocess.Popen[str]
    errors: IO[str]
    times: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: int = 0

    def ready(self) -> None:
        """Waits until the file is open."""
        self._line()

    def run(self, batch: int, seconds: float) -> None:
        """Times calls for so long."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the missing answer says it
            print(batch, seconds, file=self.process.stdin, flush=True)
        told = json.loads(self._line())
        self.times[batch] += told["seconds"]
        self.memory = told["memory"]

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            last = "\n".join(self.errors.read().strip().splitlines()[-8:])
            raise RunError(f"{self.export}: {self.format} cannot be run:\n{last}")
        return line

    def figures(self, batch: int) -> Figures:
        """What came of a batch size."""
        times = sorted(self.times[batch])
        late = times[min(len(times) - 1, round(0.95 * len(times)))]
        median = statistics.median(times)
        return Figures(
            self.export, self.format, batch, median, late, batch * len(times) / sum(times), self.memory, self.size
        )


def benchmark(
    folders: Sequence[Path],
    batch_sizes: Sequence[int],
    seconds: float,
    cores: int | None = None,
    *,
    trust: bool = False,
    say: Say = lambda line: None,
) -> list[Figures]:
    """Time every format of the exports at every batch size, each for so many seconds, in turns.

    With `cores` each process may use so many processor cores. Raises `UserError` where an export cannot be used,
    `RunError` where one cannot be run.
    """
    manifests = [check_trusted(folder, trust) for folder in folders]
    check_installed(dict.fromkeys(kind for manifest in manifests for kind in manifest.formats))
    with contextlib.ExitStack() as stack:
        runners = [
            stack.enter_context(_runner(folder, kind, file, manifest, cores))
            for folder, manifest in zip(folders, manifests, strict=True)
            for kind, file in manifest.formats.items()
        ]
        for runner in runners:
            runner.ready()
            say(f"{runner.export}: {runner.format} is ready")
        for turn in range(ROUNDS):
            for batch in batch_sizes:
                for runner in runners:
                    runner.run(batch, seconds / ROUNDS)
            say(f"round {turn + 1} of {ROUNDS}")
        return [runner.figures(batch) for runner in runners for batch in batch_sizes]


@contextlib.contextmanager
def _runner(folder: Path, kind: str, file: str, manifest: Manifest, cores: int | None) -> Iterator[_Runner]:
    with tempfile.TemporaryDirectory() as scratch, Path(scratch, "errors.txt").open("w+") as errors:
        inputs = Path(scratch, "inputs.npz")
        np.savez(inputs, allow_pickle=False, **row(manifest))
        # -I: neither the current folder nor PYTHONPATH can bring speczoo in.
        command = [sys.executable, "-I", stopwatch.__file__, kind, str(folder / file), str(inputs)]
        quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", client.OURS: str(Path(__file__).parents[2])}
        process = subprocess.Popen(  # noqa: S603  # our own script; the paths are arguments, no shell is involved
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=quiet,
            preexec_fn=None if cores is None else lambda: _hold_to(cores),
        )  # fmt: skip
        try:
            yield _Runner(str(folder), kind, _size(folder, kind, manifest), process, errors)
        finally:
            process.kill()
            process.communicate()


def _hold_to(cores: int) -> None:
    """The process may use the first so many cores of those that this one may use."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def row(manifest: Manifest) -> dict[str, Any]:
    """One example at random: numbers up to 255, texts of a word that no model knows."""
    random = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for name, given in manifest.inputs.items():
        shape = (1, *(FREE_SIZE if size is None else size for size in given.shape))
        numbers = random.random(shape) * (255 if given.dtype.startswith("float") else 2)
        arrays[name] = np.full(shape, "unknown") if given.dtype == "string" else numbers.astype(given.dtype)
    return arrays


def _size(folder: Path, kind: str, manifest: Manifest) -> int:
    """Bytes of the files of a format; a SavedModel has folders beside them."""
    own = (*FORMATS[kind].files, *(("variables/", "assets/", "fingerprint.pb") if kind == SAVED_MODEL else ()))
    return sum((folder / name).stat().st_size for name in manifest.files if name.startswith(own))


def batch_sizes_of(text: str) -> tuple[int, ...]:
    """The numbers of --batch-size.

    >>> batch_sizes_of("1,8,32")
    (1, 8, 32)
    """
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or min(found) < 1 or len(set(found)) < len(found):
        raise UserError(f"--batch-size: must be whole numbers from 1 on, each once (got {text!r}); write 1,8,32")
    return found
