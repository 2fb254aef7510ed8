"""Everything is there completely or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from specs.errors import DataError
from zoo import files
from zoo.files import (
    open_regular,
    partial_of,
    remove_leftovers,
    replace_directory,
    sha256_of,
    write_text_atomically,
    written_atomically,
)

CRASHES = """
import os, shutil, sys
from pathlib import Path
from zoo.files import replace_directory, write_text_atomically

folder, what = Path(sys.argv[1]), sys.argv[2]
partial, target = folder / "partial", folder / "target"

def prepare():
    shutil.rmtree(folder, ignore_errors=True)
    for path, text in ((target, "old"), (partial, "new")):
        path.mkdir(parents=True)
        for name in ("a", "b"):
            (path / name).write_text(text)

def die_at(count):
    seen = 0
    def hook(event, arguments):
        nonlocal seen
        if event == "open" or event.startswith(("os.", "shutil.", "ctypes.")):
            seen += 1
            if seen == count:
                os._exit(9)
    sys.addaudithook(hook)

def work():
    if what == "directory":
        replace_directory(partial, target)
    else:
        write_text_atomically(target / "a", "new" * 100_000)

for count in range(1, 200):
    prepare()
    child = os.fork()
    if not child:
        die_at(count)
        work()
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    contents = {path.name: path.read_text()[:3] for path in target.iterdir() if not path.name.startswith(".")}
    print(code, *(contents[name] for name in sorted(contents)))
    if code == 0:
        break
"""


def _crash_everywhere(folder: Path, what: str) -> list[str]:
    command = [sys.executable, "-c", CRASHES, str(folder / "crashes"), what]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(files.__file__).parents[1])
    return done.stdout.splitlines()


def test_a_crash_anywhere_leaves_the_old_directory_or_the_new_one(tmp_path: Path) -> None:
    outcomes = _crash_everywhere(tmp_path, "directory")
    assert outcomes[0] == "9 old old"
    assert outcomes[-1] == "0 new new"
    assert set(outcomes) == {"9 old old", "9 new new", "0 new new"}


def test_a_crash_anywhere_leaves_the_old_text_or_the_new_one(tmp_path: Path) -> None:
    outcomes = _crash_everywhere(tmp_path, "text")
    assert set(outcomes) == {"9 old old", "9 new old", "0 new old"}


def test_where_names_cannot_be_exchanged_the_directory_is_replaced_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_exchange", lambda one, other: False)
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    replace_directory(tmp_path / "new", tmp_path / "old")
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["old", "old/new"]


def test_leftovers_of_dead_processes_are_removed_and_no_others(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    stay = ["target", f".target.partial-{os.getppid()}", f".other.partial-{dead.pid}", ".target.partial-mine"]
    for name in [*stay, f".target.partial-{dead.pid}", partial_of(tmp_path / "target").name]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    remove_leftovers(tmp_path / "target")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(stay)


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_text("old")
    with pytest.raises(KeyboardInterrupt), written_atomically(tmp_path / "model.keras") as partial:
        assert partial.suffix == ".keras"
        partial.write_text("half")
        raise KeyboardInterrupt
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_text_is_utf_8_and_replaces(tmp_path: Path) -> None:
    for text in ("old and longer", "×"):
        write_text_atomically(tmp_path / "a.txt", text)
    assert (tmp_path / "a.txt").read_bytes() == "×".encode()
    assert sha256_of(tmp_path / "a.txt").startswith("8db71ed28b0f")


def test_a_link_to_a_file_is_followed_and_a_device_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with open_regular(tmp_path / "link") as file:
        assert file.read() == b"text"
    with pytest.raises(DataError, match=r"^/dev/zero: is not a regular file$"):
        open_regular(Path("/dev/zero"))
    with pytest.raises(DataError, match="cannot be read"):
        open_regular(tmp_path / "nul\0l")


def test_what_a_killed_process_left_of_a_file_is_gone_with_the_next_write(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = {".a.json", f".a.partial-{dead.pid}.txt", f".a.partial-{os.getppid()}.json"}
    for name in (f".a.partial-{dead.pid}.json", *left):
        (tmp_path / name).write_text("half")
    write_text_atomically(tmp_path / "a.json", "new")
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", *left}, "of a living process, and of other files"
