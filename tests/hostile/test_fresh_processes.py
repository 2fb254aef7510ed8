"""Every hostile spec as a process of its own: exit 2 and a sentence with its place, within 1 s and 200 MB.

The second is one of processor time, so that a busy machine changes nothing. The memory is a limit that the kernel
holds: 160 MB of data, beside which the mapped libraries have their 30. What asks for more ends with a MemoryError.
"""

import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.hostile.cases import READING, Case
from tests.hostile.more_cases import MEANING
from tests.hostile.process import Ended, run

CASES = READING | MEANING
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures with ulimit -d")


def refusal(case: Case, folder: Path) -> Ended:
    """What the command says of a case; its files are taken away again."""
    path = case.write(folder)
    ended = run(["validate", path.name], folder)
    path.unlink()
    return ended


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, Future[Ended]]:
    """What the selected cases come to, as many at a time as there are processors."""
    asked = [item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        folders = ((name, tmp_path_factory.mktemp("hostile")) for name in asked if name in CASES)
        return {name: pool.submit(refusal, CASES[name], folder) for name, folder in folders}


@pytest.mark.parametrize("name", CASES)
def test_refused(name: str, refusals: dict[str, Future[Ended]]) -> None:
    refusals[name].result().assert_refused(CASES[name].words)


def test_there_are_enough() -> None:
    assert len(CASES) == len(READING) + len(MEANING) >= 60
