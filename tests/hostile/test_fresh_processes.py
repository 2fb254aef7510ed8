"""Every hostile spec as a process of its own: exit 2 and a sentence with its place, within 1 s and 200 MB.

The second is one of processor time, so that a busy machine changes nothing. The memory is a limit that the kernel
holds: 160 MB of data, beside which the mapped libraries have their 30. What asks for more ends with a MemoryError.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hostile.cases import READING, Case
from tests.hostile.forking import STDERR, STDOUT
from tests.hostile.more_cases import MEANING
from tests.hostile.process import ROOT, Ended, in_time

CASES = READING | MEANING
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures with ulimit -d")

Refuse = Callable[[Case, Path], Ended]


@pytest.fixture(scope="module")
def refuse() -> Iterator[Refuse]:
    """What a process of its own says of a case."""
    program = [sys.executable, "-m", "tests.hostile.forking"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        program, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as server:
        assert server.stdin is not None and server.stdout is not None
        ask, answers = server.stdin, server.stdout

        def refused(case: Case, folder: Path) -> Ended:
            case.write(folder)
            print(folder, file=ask, flush=True)
            found = json.loads(answers.readline())
            out, told = ((folder / name).read_text(encoding="utf-8") for name in (STDOUT, STDERR))
            return Ended(found["code"], out, told, found["seconds"])

        yield refused
        ask.close()


@pytest.mark.parametrize("name", CASES)
def test_refused(name: str, refuse: Refuse, tmp_path: Path) -> None:
    in_time(lambda: refuse(CASES[name], tmp_path)).assert_refused(CASES[name].words)
    (tmp_path / "hostile.yaml").unlink()


def test_there_are_enough() -> None:
    assert len(CASES) == len(READING) + len(MEANING) >= 60
