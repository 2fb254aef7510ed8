"""What is offered mends: every edit of tests/invalid is made in the text, and the mistake is gone."""

import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import specs
from specs.names import near
from tests.machine import slowness
from tests.specs.editing import applied

FOLDER = Path(__file__).parents[1] / "invalid"


@pytest.fixture(autouse=True)
def in_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


@cache
def problems_of(name: str) -> tuple[specs.Problem, ...]:
    try:
        return specs.check(FOLDER / name).problems
    except specs.SpecError as error:
        return error.problems


def found_in(text: str, file: str) -> tuple[specs.Problem, ...]:
    try:
        specs.loads(text, str(FOLDER / file))
    except specs.SpecError as error:
        return error.problems
    return ()


def offered() -> list[Any]:
    cases = [(case.name, problem) for case in sorted(FOLDER.glob("*.yaml")) for problem in problems_of(case.name)]
    return [
        pytest.param(name, problem, id=f"{name}:{problem.mark.line}:{problem.mark.column}")
        for name, problem in cases
        if problem.edits
    ]


@pytest.mark.parametrize(("name", "problem"), offered())
def test_every_edit_makes_its_mistake_disappear(name: str, problem: specs.Problem) -> None:
    file = Path(problem.edits[0].mark.file)
    assert {edit.mark.file for edit in problem.edits} == {str(file)}
    text = (FOLDER / file).read_text(encoding="utf-8")
    after = found_in(applied(text, [edit.as_dict() for edit in problem.edits]), name)
    before = found_in(text, name)
    assert (problem.path, problem.message) in [(each.path, each.message) for each in before]
    assert (problem.path, problem.message) not in [(each.path, each.message) for each in after]


GUESSES = ("did you mean", "use ", "write ")
UNPROVEN = ("write body:", "write input:", "write name:", "write its name", "write $", "use defaults:", "use letters")
"""Hints that say how a thing is written at all, and offer no change of this text."""


def test_a_guess_is_only_told_with_the_edits_that_were_tried() -> None:
    for case in sorted(FOLDER.glob("*.yaml")):
        for problem in problems_of(case.name):
            hint = problem.hint or ""
            guess = hint.startswith(GUESSES) and not hint.startswith(UNPROVEN) and "…" not in hint
            assert not guess or problem.edits, f"{case.name}: {problem}"


HEADER = "name: t\ninput: {shape: [9, 9, 16]}\nbody:\n"
IN_VAIN = {
    "a projection cannot reach sizes that differ along one axis": (
        "  - residual:\n      body:\n        - conv: {filters: 16, kernel_size: 2, strides: 2}\n"
        "        - ZeroPadding2D: {padding: [[0, 0], [0, 3]]}\n",
        "shortcut: projection",
    ),
    "same padding of the conv leaves the cropped branch smaller": (
        "  - parallel:\n      branches:\n        - [conv: {filters: 4, kernel_size: 3}]\n"
        "        - [Cropping2D: {cropping: 2}]\n",
        "padding: same",
    ),
    "the nearest name is a layer that takes no images": ("  - Convv1D: {filters: 4, kernel_size: 3}\n", "Conv1D"),
}
"""What is likely meant by each of these would not mend it."""


@pytest.mark.parametrize("case", IN_VAIN)
def test_a_repair_that_does_not_mend_is_not_offered(case: str) -> None:
    body, obvious = IN_VAIN[case]
    found = found_in(HEADER + body, "t.yaml")
    assert found
    assert not [problem for problem in found if obvious in (problem.hint or "")]


def test_the_next_name_is_offered_where_the_nearest_does_not_mend() -> None:
    (problem,) = found_in(f"{HEADER}  - Convv1D: {{filters: 4, kernel_size: 3}}\n", "t.yaml")
    assert problem.hint == "did you mean Conv2D?"


def test_what_there_is_no_time_for_one_by_one_is_tried_together() -> None:
    text = specs.shipped()["inception_v3"].read_text(encoding="utf-8").replace("conv: {filters: ", "conv: {filter: ")
    began = time.process_time()
    found = found_in(text, "t.yaml")
    took = time.process_time() - began
    assert [problem.hint for problem in found[:20]] == ["did you mean filters?"] * 20
    assert [problem.edits for problem in found[20:]] == [()] * (len(found) - 20)
    assert took < slowness()


def test_both_ways_out_are_told_and_the_first_is_the_edit() -> None:
    text = HEADER + "  - residual: {body: [conv: {filters: 32, kernel_size: 1}]}\n"
    (problem,) = found_in(text, "t.yaml")
    assert problem.hint == "use shortcut: projection, or filters: 16 in line 4"
    (edit,) = problem.edits
    assert (edit.action, edit.path, edit.value) == ("set", "body[0].residual.shortcut", "projection")


def test_edits_of_a_shipped_model_are_not_offered() -> None:
    text = "name: t\nextends: resnet50\nparams: {padding: 1}\ninput: {shape: [2, 2, 3]}\n"
    assert not [edit for problem in found_in(text, "t.yaml") for edit in problem.edits if "resnet50" in edit.mark.file]


PADDED = """
name: t
params: {padding: same}
input: {shape: [9, 9, 16]}
body:
  - conv: {filters: 4, kernel_size: 3, padding: $padding}
""".lstrip()


def test_a_param_is_mended_where_it_has_its_value() -> None:
    (problem,) = found_in(PADDED.replace("same", "sme"), "t.yaml")
    (edit,) = problem.edits
    assert (edit.mark.line, edit.path, edit.value) == (2, "params.padding", "same")


def test_a_value_from_outside_is_said_to_be_so_and_edited_nowhere() -> None:
    with pytest.raises(specs.SpecError) as found:
        specs.loads(PADDED, padding="sme")
    (problem,) = found.value.problems
    assert "(got 'sme' from $padding, set from outside)" in str(problem)
    assert problem.edits == ()


NESTED = """
name: nested
input: {shape: [16, 16, 3]}
blocks:
  pair:
    params: {filters: required}
    body:
      - conv: {filters: $filters, kernel_size: 3}
      - MaxPooling2D
  stage:
    body:
      - pair: {filters: 8}
        repeat: 3
body:
  - stage
""".lstrip()


def test_the_way_to_a_place_inside_blocks() -> None:
    (problem,) = found_in(NESTED, "n.yaml")
    pair, stage = "in block 'pair' (line 4), used at line 11", "in block 'stage' (line 9), used at line 14"
    assert problem.rule.endswith(f"{pair}, in turn 3 of 3 (line 11), {stage}")
    within = problem.as_dict()["within"]
    assert [*map(sorted, within)] == [  # type: ignore[call-overload]
        ["block", "declared", "used"],
        ["file", "line", "turn", "turns"],
        ["block", "declared", "used"],
    ]


def test_a_long_way_is_cut_in_the_text_and_whole_in_json() -> None:
    chain = "".join(f"  b{i}: {{body: [b{i + 1}]}}\n" for i in range(9)) + "  b9: {body: [Dense: {units: 0}]}\n"
    (problem,) = found_in(f"name: t\ninput: {{shape: [3]}}\nblocks:\n{chain}body: [b0]\n", "t.yaml")
    assert "in block 'b7' (line 11), used at line 10, … (6 more), in block 'b0' (line 4), used at line 14" in str(
        problem
    )
    assert len(problem.within) == 10


def test_the_work_for_repairs_is_bounded() -> None:
    layers = "  - conv: {filters: 8, kernel_size: 3, padding: same}\n" * 900
    times = []
    for wrong in ("", "  - conv: {filters: 8, kernel_size: 3, paddding: same}\n" * 60):
        began = time.process_time()
        assert len(found_in(f"{HEADER}{layers}{wrong}", "t.yaml")) == (60 if wrong else 0)
        times.append(time.process_time() - began)
    assert times[1] < 4 * times[0] + 0.2


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("stride", ["strides", "padding"], "strides"),
        ("out_channels", ["filters", "kernel_size"], "filters"),
        ("out_channels", ["units"], "units"),
        ("in_channels", ["units"], None),
        ("BatchNorm2d", ["BatchNormalization"], "BatchNormalization"),
        ("batchnorm", ["batch", "layer"], "batch"),
        ("xyz", ["Conv2D"], None),
    ],
)
def test_names_of_other_frameworks(word: str, known: list[str], meant: str | None) -> None:
    assert next(iter(near(word, known)), None) == meant


def test_a_valid_spec_imports_nothing_of_this() -> None:
    unused = [
        "repairs",
        "edits",
        "value_hints",
        "names",
        "synonyms",
        "within",
        "step_hints",
        "reference_hints",
        "data_hints",
        "expand.mending",
    ]
    code = f"import sys, specs; specs.check('resnet50'); print([m for m in {unused} if 'specs.' + m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=FOLDER.parents[1])
    assert done.stdout == "[]\n", done.stderr
