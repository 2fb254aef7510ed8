"""Every tests/invalid/x.yaml gives exactly the text in x.errors.txt, from the API and from the command.

A case is two files. `UPDATE_GOLDEN=1 pytest` writes the texts; read them as a user would before they are kept.
"""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

import specs
from cli import main
from tests.specs.golden import assert_golden

FOLDER = Path(__file__).parents[1] / "invalid"
CASES = sorted(FOLDER.glob("*.yaml"))
JARGON = ("Input should", "ctx", "pydantic", "value_error", "Traceback", "<class", "NoneType", "yaml.", "expected <")
"""Words of our libraries that no user should have to read."""


@pytest.fixture(autouse=True)
def in_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The messages name the files as they are given: by their bare name."""
    monkeypatch.chdir(FOLDER)


def _by_name(path: Path) -> str:
    return path.stem


@cache
def problems_of(name: str) -> tuple[specs.Problem, ...]:
    try:
        return specs.check(name).problems
    except specs.SpecError as error:
        return error.problems


@pytest.mark.parametrize("case", CASES, ids=_by_name)
def test_api(case: Path) -> None:
    assert_golden(case.with_suffix(".errors.txt"), f"{specs.SpecError(problems_of(case.name))}\n")


@pytest.mark.parametrize("name", ["mixed_five", "reader_tab", "shape_window", "search_does_not_fit"])
def test_load_raises_what_check_finds(name: str) -> None:
    with pytest.raises(specs.SpecError) as found:
        specs.load(f"{name}.yaml")
    assert found.value.problems == problems_of(f"{name}.yaml")


@pytest.mark.parametrize("case", CASES, ids=_by_name)
def test_command(case: Path) -> None:
    done = CliRunner().invoke(main, ["validate", case.name])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr == case.with_suffix(".errors.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=_by_name)
def test_every_problem_has_a_place_in_the_text(case: Path) -> None:
    for problem in problems_of(case.name):
        file = specs.shipped().get(Path(problem.mark.file).stem) or Path(problem.mark.file)
        lines = file.read_bytes().split(b"\n")
        assert 1 <= problem.mark.line <= max(1, len(lines))
        assert 1 <= problem.mark.column <= len(lines[problem.mark.line - 1].decode(errors="replace")) + 1


def test_no_words_of_libraries() -> None:
    for case in CASES:
        text = case.with_suffix(".errors.txt").read_text(encoding="utf-8")
        assert not [word for word in JARGON if word in text], case.name


def test_no_text_without_a_case() -> None:
    stems = {case.stem for case in CASES}
    assert {path.name.removesuffix(".errors.txt") for path in FOLDER.glob("*.errors.txt")} == stems


@pytest.mark.parametrize("name", ["mixed_five", "reader_tab", "more_than_twenty"])
def test_whole_process(name: str) -> None:
    command = [sys.executable, str(FOLDER.parents[1] / "cli.py"), "validate", f"{name}.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=FOLDER)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (FOLDER / f"{name}.errors.txt").read_text(encoding="utf-8")


def test_json_of_problems() -> None:
    done = CliRunner().invoke(main, ["validate", "mixed_five.yaml", "--json"])
    assert done.exit_code == 2
    found = json.loads(done.stdout)
    assert found["ok"] is False
    assert found["errors"] == [problem.as_dict() for problem in problems_of("mixed_five.yaml")]
    assert set(found["errors"][0]) == {"file", "line", "column", "path", "message", "hint", "edits", "within"}


def test_json_gives_all_problems_and_text_twenty() -> None:
    done = CliRunner().invoke(main, ["validate", "more_than_twenty.yaml", "--json"])
    assert len(json.loads(done.stdout)["errors"]) == 23
    text = Path("more_than_twenty.errors.txt").read_text(encoding="utf-8").splitlines()
    assert len(text) == 21
    assert text[-1] == "… and 3 more"


def test_several_files_at_once() -> None:
    done = CliRunner().invoke(main, ["validate", "reader_tab.yaml", "resnet50", "reader_empty.yaml"])
    assert done.exit_code == 2
    assert done.stdout.startswith("resnet50: ok, 25,636,712 params")
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["reader_tab.yaml", "reader_empty.yaml"]
