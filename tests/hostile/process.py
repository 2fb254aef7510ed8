"""The command line as a process of its own, with its limits and what it used."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.machine import slowness

ROOT = Path(__file__).parents[2]
SECONDS = 1.0
"""Processor time that a refusal may take on a machine of usual speed, start of Python and imports included."""
DATA = 160_000
"""KiB of heap and other written memory that the kernel gives it."""
PLACE = re.compile(r"[^:\n]+\.ya?ml:[1-9][0-9]*:[1-9][0-9]*: ")


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    stdout: str
    stderr: str
    seconds: float
    """Of processor time."""

    def assert_refused(self, words: str) -> None:
        """Exit 2, nothing printed but problems, the first with a place and the words, in time."""
        assert self.code == 2, self.stderr[-2_000:]
        assert self.stdout == ""
        assert "Traceback" not in self.stderr
        assert PLACE.match(self.stderr), self.stderr
        assert re.search(words, self.stderr), self.stderr
        assert all(line.isprintable() for line in self.stderr.splitlines())
        assert len(self.stderr) < 60_000
        assert is_in_time(self.seconds)


def is_in_time(seconds: float) -> bool:
    """Whether a refusal was fast enough for the machine as it is now; how that is, is asked only where it matters."""
    return seconds < SECONDS or seconds < SECONDS * slowness()


def in_time(ask: Callable[[], Ended]) -> Ended:
    """What comes of asking; again, up to three times, where it took too long: neighbours slow a core down."""
    ended = ask()
    for _ in range(2):
        if is_in_time(ended.seconds):
            break
        ended = ask()
    return ended


def run(arguments: list[str], folder: Path) -> Ended:
    """Runs the command in a folder."""
    # The shell measures: what a process of ours is told of its children adds up all that run at the same time.
    script = f'ulimit -d {DATA}; ulimit -t 200; "$@"; code=$?; times > times.txt; exit $code'
    done = subprocess.run(
        ["sh", "-c", script, "sh", sys.executable, str(ROOT / "cli.py"), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )
    children = (folder / "times.txt").read_text(encoding="utf-8").splitlines()[1]
    seconds = sum(60 * float(minutes) + float(rest) for minutes, rest in re.findall(r"(\d+)m([\d.]+)s", children))
    return Ended(done.returncode, done.stdout, done.stderr, seconds)
