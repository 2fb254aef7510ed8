"""Every rule that specs/ can hold against a text is broken by a pair of tests/invalid, most of them alone there."""

import ast
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
import yaml

import specs
from specs.errors import SpeczooError
from specs.validate import WORDS

FOLDER = Path(__file__).parents[1] / "invalid"
CASES = sorted(FOLDER.glob("*.yaml"))
SPECS = Path(specs.__file__).parent

RAISED_BY = {
    "Problem", "ShapeError", "ExpressionError", "ValueError", "refuse", "PydanticCustomError", "PydanticKnownError",
    "stop", "UserError", "_refuse",
}  # fmt: skip
"""What a rule is raised with."""
ELSEWHERE = ("linting", "render", "analysis", "learning_rates.py", "rewriting.py")
"""Folders and files of specs/ that refuse no text; the last two refuse to change one, see test_learning_rates."""
NOT_OF_A_TEXT = {
    "is nested too deeply": "the characters that an expression may have nest too little for it",
    "is not a regular file": "a file in git is one",
    'Problem(_place(data, MAX_BYTES, file), "", message)': "a file of more than 256 KiB; tests/hostile has some",
    "has no step {name!r}": "a stage that `zoo.build` is given",
    "does not say where its classifier begins": "asked of `zoo.build`",
    "is given twice, by its name and its number": "held against the data",
    "does not divide over {replicas} replicas": "held against the devices that are there",
    "the data has no class": "held against the data",
    "none of its steps is a conv unit with a norm": "asked of `zoo diagnose --study`",
    "--set takes name=value": "given on the command line",
    "is neither a shipped model nor a file": "a name on the command line",
    "so it cannot be set": "a param that is given from outside",
    "is named in CamelCase": "registered from Python",
    "the language has a": "registered from Python",
    "must be a finished run; {run}": "held against a directory when training begins; tests/zoo/test_teaching.py",
    "{message} {got(str(run))}": "held against the teacher's run; tests/zoo/test_teaching.py",
    "is no name: use letters": "a name that `zoo new` is given",
    "no shipped model is named {base!r}": "a name that `zoo new` is given",
    "is there already; give another name": "a file that `zoo new` and `zoo import` find",
    "cannot be written: {error.strerror}": "a file that `zoo new` and `zoo import` write",
    "cannot be written ({error.strerror})": "a picture that a command writes",
    "a picture needs two models": "models on the command line",
    "write numbers with commas": "weights on the command line",
    'Problem(Mark(file, 1, 1), "", f"not YAML: {error}")': "an error of PyYAML that none of its releases raises",
}
"""Rules that no file in tests/invalid can break, by a piece of their line, and why."""

LONG = ("search_large", "search_limits", "search_does_not_fit", "step_repeat_inside_repeat")
"""Cases that take long and break no rule that others do not."""
LEAST_ALONE = 300
"""Mistakes of which each has a pair with nothing else wrong, at least."""

Site = tuple[str, int, int]
"""A file and the first and last line of a call that raises a rule."""


def sites() -> dict[Site, str]:
    """Every call that raises a rule, with its text."""
    found = {}
    for path in sorted(SPECS.rglob("*.py")):
        if {path.parent.name, path.name} & set(ELSEWHERE):
            continue
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and _name(node.func) in RAISED_BY:
                source = ast.get_source_segment(text, node) or ""
                found[str(path), node.lineno, node.end_lineno or node.lineno] = " ".join(source.split())
    return found


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def never_run() -> set[Site]:
    """The calls of which no line runs while every case is checked."""
    by_line = {(file, line): (file, first, last) for file, first, last in sites() for line in range(first, last + 1)}
    left = set(by_line.values())
    held: dict[CodeType, set[Site]] = {}

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if code not in held:
            lines = ((code.co_filename, number) for _, _, number in code.co_lines() if number is not None)
            held[code] = {by_line[each] for each in lines if each in by_line}
        return line if held[code] else None

    def line(frame: FrameType, event: str, arg: Any) -> Any:
        site = by_line.get((frame.f_code.co_filename, frame.f_lineno))
        if site in left:
            left.discard(site)
            for each in held.values():
                each.discard(site)
        return line

    for case in CASES:
        # What is imported when it is first used need not be traced.
        problems_of(case.name)
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for case in (each for each in CASES if each.stem not in LONG):
            try:
                specs.check(case)
            except SpeczooError:
                continue
    finally:
        sys.settrace(before)
    return left


def test_every_rule_is_broken_by_a_case() -> None:
    known = sites()
    never = [
        f"{Path(file).relative_to(SPECS)}:{first}: {known[file, first, last]}" for file, first, last in never_run()
    ]
    left = [each for each in never if not any(piece in each for piece in NOT_OF_A_TEXT)]
    assert not left, "\n".join(["no case breaks these rules:", *left])
    idle = [piece for piece in NOT_OF_A_TEXT if not any(piece in each for each in never)]
    assert not idle, f"these are broken by a case, or are no more: {idle}"


@cache
def problems_of(name: str) -> tuple[specs.Problem, ...]:
    try:
        return specs.check(name).problems
    except specs.SpecError as error:
        return error.problems


@pytest.fixture(autouse=True)
def in_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


def test_words_for_types_are_all_told() -> None:
    told = "\n".join(problem.message for case in CASES for problem in problems_of(case.name))
    words = {text.partition("{")[0].strip() for text in WORDS.values()}
    assert not sorted(text for text in words if text not in told)


def mistake(problem: specs.Problem) -> tuple[str, ...]:
    """A problem without its names and numbers: the rule, the kind of place, from where it is reached, the repair."""
    rule = re.sub(r"'[^']*'|\"[^\"]*\"|\([^()]*\)|-?[0-9][0-9.,e+]*", "_", problem.message)
    place = re.sub(r"\[[0-9]+\]", "", ".".join(problem.path.split(".")[-2:]))
    return rule, place, *(type(frame).__name__ for frame in problem.within), problem.hint or ""


def test_many_mistakes_have_a_pair_with_nothing_else_wrong() -> None:
    alone = [found[0] for found in (problems_of(case.name) for case in CASES) if len(found) == 1]
    assert len({mistake(problem) for problem in alone}) >= LEAST_ALONE


def places(name: str) -> dict[tuple[int, int], set[str]]:
    """The paths of what stands at each line and column: of the values of keys, and of values."""
    found: dict[tuple[int, int], set[str]] = defaultdict(set)

    def walk(node: yaml.Node, path: str) -> None:
        found[node.start_mark.line + 1, node.start_mark.column + 1].add(path)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = f"{path}.{key.value}".removeprefix(".")
                found[key.start_mark.line + 1, key.start_mark.column + 1].add(inner)
                walk(value, inner)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                walk(item, f"{path}[{index}]")
        else:
            found[node.start_mark.line + 1, node.start_mark.column + 1].add(f"{path}.{node.value}")

    root = yaml.compose(Path(name).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    assert root is not None
    walk(root, "")
    return found


def test_every_place_is_that_of_the_path_to_the_column() -> None:
    wrong = []
    for case in CASES:
        for problem in problems_of(case.name):
            if not problem.path or not Path(problem.mark.file).exists() or problem.mark.file.startswith("reader"):
                continue
            there = places(problem.mark.file)[problem.mark.line, problem.mark.column]
            missing = problem.message == "is required"
            above = {problem.path.rpartition(".")[0]} if missing else set()
            if not {problem.path, *above} & there:
                wrong.append(f"{problem}: {there}")
    assert not wrong, "\n".join(wrong)
