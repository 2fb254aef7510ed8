"""`zoo show --annotate` and `zoo validate --watch`."""

import os
import signal
import subprocess
import sys
import threading
from itertools import combinations
from pathlib import Path
from queue import Queue

import pytest
from click.testing import CliRunner

import specs
from cli import main
from specs.annotate import COMMENT, annotated
from specs.reader import read
from specs.tree import plain

ROOT = Path(__file__).parents[2]
VALID = sorted((ROOT / "tests" / "valid").glob("*.yaml"))
TEXT = """\
name: one   # (3, 3), a comment of one's own
summary: >
  a text  # (1,), 2 params
input: {shape: [8, 8, 3]}
blocks:
  pair:
    params: {filters: required}
    body:
      - conv: {filters: $filters, kernel_size: 3}   # twice
body:
  - pair: {filters: 4}
  - pair: {filters: 8}
    repeat: 2
  - [Flatten, Dense: {units: 2}]
  - Dense: {units: 3,
            activation: relu}
"""
EXPECTED = """\
name: one   # (3, 3), a comment of one's own
summary: >
  a text  # (1,), 2 params
input: {shape: [8, 8, 3]}
blocks:
  pair:
    params: {filters: required}
    body:
      - conv: {filters: $filters, kernel_size: 3}   # twice  # (6, 6, 4)…(2, 2, 8), 128…616 params × 3
body:
  - pair: {filters: 4}  # (6, 6, 4), 128 params
  - pair: {filters: 8}  # (4, 4, 8)…(2, 2, 8), 328…616 params × 2
    repeat: 2
  - [Flatten, Dense: {units: 2}]  # (2,), 66 params
  - Dense: {units: 3,  # (3,), 9 params
            activation: relu}
"""


def annotate(path: Path) -> str:
    return annotated(specs.load(path))


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_comments(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "one.yaml"
    path.write_bytes(TEXT.replace("\n", ending).encode())
    assert annotate(path) == EXPECTED.replace("\n", ending)


@pytest.mark.parametrize("path", [*specs.shipped().values(), *VALID], ids=lambda path: path.stem)
def test_the_text_stays_and_comments_are_replaced(path: Path, tmp_path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    once = annotate(path)
    lines = once.splitlines(keepends=True)
    assert "".join(COMMENT.sub("", line[:-1]) + line[-1] for line in lines) == source
    assert plain(read(once, "a")) == plain(read(source, "a"))
    for other in VALID:
        (tmp_path / other.name).write_text(other.read_text(encoding="utf-8"), encoding="utf-8")
    copy = tmp_path / path.name
    copy.write_text(once, encoding="utf-8")
    assert annotate(copy) == once
    copy.write_text("".join(line.replace("9 params", "99 params") for line in once.splitlines(keepends=True)))
    assert annotate(copy) == once


def test_counts_are_those_of_the_model() -> None:
    graph = specs.lower(specs.load("resnet50"))
    text = annotated(specs.load("resnet50"))
    tops = [line for line in text[text.index("\nbody:") :].splitlines() if line.startswith("  - ")]
    assert sum(int(line.split(", ")[-1].removesuffix(" params").replace(",", "")) for line in tops) == graph.params


def test_command(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(TEXT)
    done = CliRunner().invoke(main, ["show", "--annotate", str(path)])
    assert (done.exit_code, done.stdout) == (0, EXPECTED)
    path.write_text(TEXT.replace("units: 3", "units: 0"))
    done = CliRunner().invoke(main, ["show", "--annotate", str(path)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "must be at least 1 (got 0)" in done.stderr


WAYS = ("--annotate", "--json", "--augment=x.png", "--svg=x.svg")


@pytest.mark.parametrize("two", list(combinations(WAYS, 2)), ids=str)
def test_one_thing_is_shown(two: tuple[str, str], tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["show", "lenet5", *(each.replace("=", f"={tmp_path}/") for each in two)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.endswith("keep one\n")
    assert not list(tmp_path.iterdir())


def test_watch(tmp_path: Path) -> None:
    base, path = tmp_path / "base.yaml", tmp_path / "mine.yaml"
    base.write_text(TEXT)
    path.write_text("name: mine\nextends: base.yaml\n")
    command = [sys.executable, "-u", str(ROOT / "cli.py"), "validate", "--watch", "mine.yaml"]

    def interruptible() -> None:
        # A shell starts what runs in its background with Ctrl-C switched off, and we may run there.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=interruptible
    )
    lines: Queue[str] = Queue()
    stdout = process.stdout
    assert stdout is not None

    def collect() -> None:
        for line in stdout:
            lines.put(line)

    threading.Thread(target=collect, daemon=True).start()

    def said(words: str) -> None:
        while words not in lines.get(timeout=30):
            pass

    try:
        said("watching")
        said("mine.yaml: ok, 1,147 params")
        path.write_text("name: mine\nextends: base.yaml\nbdy: 3\n")
        said("mine.yaml: wrong")
        said("a spec has no section 'bdy'")
        other = tmp_path / "new.yaml"
        other.write_text("name: mine\nextends: base.yaml\nsummary: a\n")
        os.replace(other, path)
        said("mine.yaml: ok")
        base.write_text(TEXT.replace("units: 3,", "units: 4,"))
        said("ok, 1,150 params")
        process.send_signal(signal.SIGINT)
        said("stopped")
        assert process.wait(30) == 130
    finally:
        process.kill()
        process.wait()
        stdout.close()


def test_watch_prints_no_json() -> None:
    done = CliRunner().invoke(main, ["validate", "--watch", "--json", "resnet50"])
    assert (done.exit_code, done.stdout) == (2, "")
