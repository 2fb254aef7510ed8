"""Specs with things in them that nobody should write: nothing may come out but a problem with its place.

`python -m tests.specs.fuzz 50000 7` tries 50,000 of them.
"""

import json
import random
import re
import time
from pathlib import Path

import specs
from specs.render import graph_json, graph_table

NASTY = (
    "99999999999999999999999999", "9" * 49, "1" * 5000, "1e308", "-1e308", "1e-320", ".nan", ".inf", "-.inf", "-1",
    "0", "1000000000", "1000000000000", "2147483648", "2147483647", "-0", "0x10", "1_000", "0.1", "1.5", "true",
    "null", "~", "''", "'\\0'", "\"\\0\"", "\"\\uD800\"", "\"\\U0010FFFF\"", "😀", "ünï", "x" * 500, "x" * 11000,
    "' '", "no", "2000-01-01", "[]", "{}", "[[]]", "{a: {b: c}}", "[1, [2, [3]]]", "[3, 3]", "[null, 0]", "[-1]",
    "{shape: []}", "[" * 70 + "]" * 70, "{" + "a: {" * 70 + "}" * 71, "[null, null, null]", "[1, 2, 3]", "[a, b]",
    "{a: 1, a: 2}", "{? [a] : b}", "{1: 2}", "$x", "$", "$$", "${x}", "$()", "$(  )", "$(9**9**9)", "$(1/0)",
    "$(1e18*1)", "$('a'*9)", "$(10**18)", "$(0.1)", "$units", "$(units)", "$width", "$(width * 10**9)",
    "$(1 if 2 else 3)", "$(-1)", "$(2**-64)", "$(1==1==1)", "$(divisible(1, 0))", "$(floor(1e18)*1)",
    "$(round(2.5, 10**9))", "$(min(1))", "$(max('a', 'b'))", "$(int('7'))", "$(" + "(" * 60 + "1" + ")" * 60 + ")",
    "$(" + "-" * 180 + "1)", "$(not " + "not " * 40 + "1)", "$('')", "$(1 < 'a')", "&a [*a]", "*b", "!!str x",
    "!!binary aGk=", "<<", "<<: *x", "- - -", "? x", "%YAML 1.1", "...", "---", "|", ">-", "@x", "`x", "from",
    "name", "repeat", "index", "when", "body", "shape", "conv", "Conv2D", "Dense", "residual", "dense", "parallel",
    "input", "identity", "projection", "auto", "padding", "same", "batch", "norm-act-conv", "none", "softmax", "a.b",
    "../x",
    "/dev/zero", "resnet50", "resnet50.yaml", "extends: resnet50", "repeat: 1000000000", "from: input",
    "when: false", "name: stem", "Dense: {units: 3}", "conv: {filters: 1, kernel_size: 1}", "[Flatten, Flatten]",
    "axis", "{l2: -1}", "{values: [1, 0]}",
)  # fmt: skip
_WORD = re.compile(r"[^\s:,\[\]{}#]+")
_CHARACTERS = "{}[]:,-#&*!|>'\"%@`? \n\t$()0.\x00\x85\u2028é~<="

SLOW = ("exponential", "lists_grow")
"""Specs that are stopped by a bound, each after some 0.2 seconds."""

FOLDER = Path(__file__).parents[1]


def texts() -> list[str]:
    """What is mutated: valid specs, more often than those that are wrong already; not those made to be slow."""
    shipped = [path for path in specs.shipped().values() if path.stat().st_size < 2500]
    valid = sorted((*FOLDER.glob("valid/*.yaml"), *shipped))
    wrong = [path for path in sorted(FOLDER.glob("invalid/*.yaml")) if not path.stem.endswith(SLOW)]
    return [path.read_text(encoding="utf-8", errors="replace") for path in (*valid * 8, *wrong)]


def mutated(draw: random.Random, text: str) -> str:
    """The text with one to four mistakes of a machine."""
    for _ in range(draw.choice((1, 1, 2, 4))):
        lines = text.split("\n")
        kind, at, other = draw.randint(0, 12), draw.randrange(len(lines)), draw.randrange(len(lines))
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[other])
        elif kind == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            lines[at] = " " * draw.randint(0, 8) + lines[at].lstrip()
        elif kind == 4:
            place = draw.randrange(len(text) + 1)
            text = text[:place] + draw.choice(_CHARACTERS) + text[place + draw.randint(0, 3) :]
            continue
        else:
            words = list(_WORD.finditer(lines[at]))
            if words:
                word = draw.choice(words[len(words) // 2 :] if kind > 7 else words)
                lines[at] = lines[at][: word.start()] + draw.choice(NASTY) + lines[at][word.end() :]
        text = "\n".join(lines)
    return text


def outcome(text: str) -> str:
    """Checks a text and everything that is done with what comes of it; raises what may not be."""
    return timed_outcome(text)[0]


def timed_outcome(text: str) -> tuple[str, float]:
    """The outcome, and the seconds of processor time that the check of the text took."""
    began = time.thread_time()
    try:
        document = specs.loads(text, "x.yaml")
    except specs.SpecError as error:
        seconds = time.thread_time() - began
        _hold_to_form(error, text)
        return "refused", seconds
    seconds = time.thread_time() - began
    graph = specs.lower(document)
    graph_table(graph).encode("utf-8")
    json.dumps(graph_json(graph), allow_nan=False)
    again = specs.loads(specs.dump(document), "x.yaml")
    assert specs.lower(again).params == graph.params
    return "accepted", seconds


def _hold_to_form(error: specs.SpecError, text: str) -> None:
    """Every problem has file, line and column, and says something that can be printed."""
    assert error.problems, "a refusal without a reason"
    lines = len(re.split("\r\n|[\r\n\x85\u2028\u2029]", text))
    for problem in error.problems:
        assert problem.mark.file, problem
        assert 1 <= problem.mark.line <= lines or problem.mark.file != "x.yaml", problem
        assert problem.mark.column >= 1, problem
        assert problem.message, problem
        assert "Input should" not in problem.message, problem
        assert all(line.isprintable() for line in str(problem).split("\n")), problem
        json.dumps(problem.as_dict(), allow_nan=False)
    assert len(str(error).encode("utf-8")) < 60_000
