"""Each rule speaks of the line that is marked in tests/lint/<code>_bad.yaml, and not of <code>_good.yaml."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

import specs
from cli import main
from specs.linting import RULES, Rule
from specs.linting.page import page
from specs.sections.lint import Code
from specs.starter import starter

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "lint"
HERE = "# here"


def case(rule: Rule, kind: str) -> Path:
    return FOLDER / f"{rule.code.lower()}_{kind}.yaml"


def zoo(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["lint", *arguments])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_rule(rule: Rule) -> None:
    lines = case(rule, "bad").read_text(encoding="utf-8").splitlines()
    (expected,) = (number for number, line in enumerate(lines, 1) if line.endswith(HERE))
    found = [(each.code, each.mark.line) for each in specs.lint(case(rule, "bad"))]
    assert found == [(rule.code, expected)]
    assert [str(each) for each in specs.lint(case(rule, "good"))] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_advice_is_one_line_with_a_place_in_the_text(rule: Rule) -> None:
    (advice,) = specs.lint(case(rule, "bad"))
    line = Path(advice.mark.file).read_text(encoding="utf-8").splitlines()[advice.mark.line - 1]
    assert 1 <= advice.mark.column <= len(line)
    assert line[advice.mark.column - 1] not in " :{"
    assert "\n" not in advice.message
    assert advice.path
    assert (advice.reason, advice.source) == (rule.reason, rule.source)


def test_every_rule_is_complete() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes)) >= 28
    assert set(codes) == set(get_args(Code)), "specs/sections/lint.py lists the codes"
    for rule in RULES:
        assert rule.title and rule.reason.endswith(".") and rule.source, rule.code
        assert rule.find.__doc__, rule.code
        assert f"### {rule.code}: {rule.title}" in page()
    files = {f"{code.lower()}_{kind}.yaml" for code in codes for kind in ("bad", "good")}
    assert {path.name for path in FOLDER.glob("*.yaml")} == files


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_can_be_silenced(rule: Rule) -> None:
    text = case(rule, "bad").read_text(encoding="utf-8")
    assert specs.lint(specs.loads(f"{text}lint: {{ignore: [{rule.code}]}}\n")) == ()


def test_an_unknown_code_is_refused() -> None:
    text = case(RULES[0], "good").read_text(encoding="utf-8")
    with pytest.raises(specs.SpecError) as error:
        specs.loads(f"{text}lint: {{ignore: [N01, N99]}}\n")
    (problem,) = error.value.problems
    assert (problem.path, problem.mark.column) == ("lint.ignore[1]", 22)
    assert "(got 'N99')" in problem.message


def test_what_is_extended_keeps_its_silence(tmp_path: Path) -> None:
    path = tmp_path / "deeper.yaml"
    path.write_text("name: deeper\nextends: resnet50\nparams: {repeat4: 23}\n")
    assert specs.lint(path) == ()
    path.write_text("name: deeper\nextends: resnet50\nlint: {ignore: []}\n")
    assert {each.code for each in specs.lint(path)} == {"N01", "R03"}


def test_nothing_to_say_of_what_we_ship() -> None:
    for name in specs.shipped():
        assert [str(each) for each in specs.lint(name)] == []
    assert specs.lint(specs.loads(starter("mine", "mine.yaml"))) == ()


@pytest.mark.parametrize("order", ["conv-norm-act", "conv-act-norm", "norm-act-conv"])
def test_nothing_to_say_of_any_order(order: str) -> None:
    assert specs.lint("digits_resnet", order=order, depth=2) == ()


def test_a_place_under_defaults_and_in_a_block() -> None:
    document = specs.loads(
        "name: a\ninput: {shape: [8, 8, 3]}\ndefaults:\n  conv:\n    use_bias: true\n"
        "blocks:\n  twice:\n    body:\n      - conv: {filters: 4, kernel_size: 3}\n"
        "body:\n  - twice\n    # used\n  - twice\n  - GlobalAveragePooling2D\n"
    )
    assert [str(each).split(" the ")[0] for each in specs.lint(document)] == [
        "<text>:5:15: defaults.conv.use_bias: N01"
    ]


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "valid").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_valid_spec_can_be_advised_on(path: Path) -> None:
    """Unknown sizes, several inputs, every layer: whatever is said has a place in a text."""
    for advice in specs.lint(path):
        file = specs.shipped().get(Path(advice.mark.file).stem, Path(advice.mark.file))
        lines = file.read_text(encoding="utf-8").splitlines()
        assert lines[advice.mark.line - 1][advice.mark.column - 1].strip(), str(advice)


def test_what_an_extended_spec_leaves_over_is_not_told() -> None:
    codes = {each.code for each in specs.lint(ROOT / "tests/valid/extends_replaced_body.yaml")}
    assert not codes & {"U01", "U02", "U03"}


def test_a_missing_activation_is_told_where_it_was_written() -> None:
    found = specs.lint("resnet50", order="norm-act-conv")
    (told,) = (each for each in found if each.code == "A03")
    assert told.path.endswith("body[2].conv.activation")


def test_saved_weights_are_those_of_the_replacement() -> None:
    """The figure of C01 and C02 is the difference of two inferred graphs."""
    head = (
        "input: {shape: [16, 16, 8]}\ndefaults: {Conv2D: {use_bias: false, activation: relu, padding: same}}\nbody:\n"
    )
    start = "name: a\n" + head + "  - Conv2D: {filters: 24, kernel_size: 3}\n"
    for size, others in ((5, ("3", "3")), (7, ("[7, 1]", "[1, 7]"))):
        one = specs.loads(f"{start}  - Conv2D: {{filters: 32, kernel_size: {size}}}\n")
        two = specs.loads(start + "".join(f"  - Conv2D: {{filters: 32, kernel_size: {each}}}\n" for each in others))
        saved = specs.lower(one).params - specs.lower(two).params
        (advice,) = specs.lint(one)
        assert f"{saved:,} weights fewer" in advice.message


def test_command() -> None:
    bad = str(case(RULES[0], "bad"))
    done = zoo(bad)
    assert (done.exit_code, done.stdout) == (0, f"{specs.lint(bad)[0]}\n")
    assert done.stderr == "1 piece of advice; zoo lint --explain CODE says why\n"
    assert zoo(bad, "--strict").exit_code == 1
    clean = zoo("digits_mlp", "digits_resnet", "--strict")
    assert (clean.exit_code, clean.stdout, clean.stderr) == (0, "", "no advice\n")


def test_command_json() -> None:
    bad = str(case(RULES[0], "bad"))
    done = zoo(bad, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found == {"ok": True, "advice": [each.as_dict() for each in specs.lint(bad)], "errors": []}
    assert set(found["advice"][0]) == {"code", "file", "line", "column", "path", "message", "reason", "source"}


def test_command_of_a_wrong_spec() -> None:
    wrong, bad = str(ROOT / "tests/invalid/mixed_five.yaml"), str(case(RULES[0], "bad"))
    done = zoo(wrong, bad)
    assert done.exit_code == 2
    assert done.stdout.splitlines() == [str(each) for each in specs.lint(bad)]
    assert "kernal_size" in done.stderr
    found = json.loads(zoo(wrong, "--json").stdout)
    assert found["ok"] is False
    assert found["errors"]


def test_explain_and_list() -> None:
    done = zoo("--explain", "r03")
    assert done.exit_code == 0
    assert done.stdout.startswith("R03: the stride of a bottleneck")
    assert "arXiv:1812.01187" in done.stdout
    assert zoo("--list").stdout.splitlines() == [f"{rule.code}  {rule.title}" for rule in RULES]
    for arguments, words in ((["--explain", "R0"], "did you mean R0"), (["--explain", "??"], "--list"), ([], "name a")):
        wrong = zoo(*arguments)
        assert wrong.exit_code == 2
        assert words in wrong.stderr


def test_checking_imports_no_advice() -> None:
    probe = "import sys, cli, specs; specs.check('resnet50'); print([m for m in sys.modules if 'specs.linting' in m])"
    assert _run("-c", probe).stdout == "[]\n"


def test_whole_process_is_quick_and_light() -> None:
    begun = time.perf_counter()
    done = _run("-X", "importtime", "cli.py", "lint", "resnet50")
    assert done.returncode == 0
    assert not [line for line in done.stderr.splitlines() if line.rpartition("|")[2].strip() in ("keras", "numpy")]
    # 0.5 s where nothing else runs; a machine that is shared takes up to twenty times that.
    assert time.perf_counter() - begun < 60


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, env=environment)
