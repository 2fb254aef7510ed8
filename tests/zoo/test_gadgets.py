"""Nothing that a stranger puts into a spec, an export, a run or a .keras file is run, and nothing outside is opened."""

import contextlib
import os
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli import main
from tests.zoo.gadgets import CANARY, GADGETS, PROGRAMS
from zoo.exports.trust import key_path

OURS = tuple(
    str(Path(str(each)).resolve())
    for each in (Path(__file__).parents[2], *sysconfig.get_paths().values(), sys.base_prefix, "/proc", "/dev", "/sys")
)
"""Where Python, its packages and this project lie."""

_opened: list[str] | None = None
STARTS = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "subprocess.Popen", "socket.connect", "pty.spawn")


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if _opened is None:
        return
    if event == "open" and isinstance(args[0], (str, bytes, os.PathLike)):
        _opened.append(os.path.realpath(os.fsdecode(args[0])))
    elif event in STARTS:
        _opened.append(event)


sys.addaudithook(_audit)


@contextlib.contextmanager
def _watched() -> Iterator[list[str]]:
    """What is opened and started in the body."""
    global _opened
    found: list[str] = []
    _opened = found
    try:
        yield found
    finally:
        _opened = None


def test_there_are_more_than_forty() -> None:
    assert len(GADGETS) > 40


@pytest.mark.parametrize("name", GADGETS)
def test_is_refused_and_touches_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, canary = tmp_path / "folder", tmp_path / CANARY
    folder.mkdir()
    command = GADGETS[name](folder, canary)
    canary.unlink(missing_ok=True)  # what NumPy, h5py or TensorFlow made of it while the gadget was built
    canary.write_text("untouched")
    monkeypatch.chdir(folder)
    with _watched() as opened:
        done = CliRunner().invoke(main, command)
    assert done.exit_code in (1, 2), done.output
    assert done.exit_code == 2 or "its weights cannot be loaded" in done.output or "is damaged" in done.output
    assert isinstance(done.exception, SystemExit), done.exception
    assert 0 < len(done.stderr.strip().splitlines()) <= 5, done.stderr
    assert name not in PROGRAMS or "reaches outside of the export, and is not loaded" in done.stderr
    assert canary.read_text() == "untouched"
    allowed = (*OURS, str(folder.resolve()), str(key_path()), tempfile.gettempdir() + "/tmp")
    assert [each for each in opened if not each.startswith(allowed)] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [CANARY, "folder"]
