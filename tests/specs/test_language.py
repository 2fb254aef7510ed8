"""docs/language.md and every example in the documentation: what they show is what happens, and nothing is left out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner

import specs
from cli import main
from specs.blocks import BESIDE
from specs.combinators import COMBINATORS
from specs.expressions import FUNCTIONS, OPERATORS
from specs.linting.rules import RULES
from specs.ops import OPS
from specs.ops.arguments import CHOICES, Lazily
from specs.ops.frozen import Frozen, OneOf
from specs.render.language import filled
from specs.section_reader import SECTIONS
from specs.sections import MODELS
from specs.sections.augment import AugmentStep
from specs.sections.model import UNITS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
TEMPLATE = (ROOT / "docs" / "language.in.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```\n(?:\n((?:    [^\n]*\n)+))?", re.DOTALL | re.MULTILINE)
MISSING = {
    ("name",): "name: example\n",
    ("input", "inputs", "extends"): "input: {shape: [32, 32, 3]}\n",
    ("body", "extends"): "body: [Flatten, Dense: {units: 10}]\n",
}
"""What a part of a spec is completed by, after its own lines, so that these keep their numbers."""


def pages() -> list[Path]:
    """What people read: the texts at the top, and those under docs; language.md is made of one of them."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    return sorted(path for path in found if not path.name.endswith(".in.md"))


def fenced(path: Path, language: str) -> Iterator[tuple[str, str]]:
    """The blocks in a language, each with the indented lines right after it."""
    for kind, text, after in FENCE.findall(path.read_text(encoding="utf-8")):
        if kind == language:
            yield text, after


def examples() -> list[Any]:
    """Every spec on every page, with its errors as the page has them."""
    found = []
    for path in pages():
        for number, (text, after) in enumerate(fenced(path, "yaml"), 1):
            lines = [line[4:] for line in after.splitlines()]
            errors = lines if lines and lines[0].startswith("example.yaml:") else []
            found.append(pytest.param(text, "\n".join(errors), id=f"{path.relative_to(ROOT).as_posix()}-{number}"))
    return found


def completed(text: str) -> str:
    keys = set(re.findall(r"^(\w+):", text, re.MULTILINE))
    return text + "".join(line for missing, line in MISSING.items() if not keys & set(missing))


@pytest.mark.parametrize(("text", "errors"), examples())
def test_every_example_is_as_the_page_says(text: str, errors: str) -> None:
    if not errors:
        assert specs.loads(completed(text), "example.yaml").body
        return
    with pytest.raises(specs.SpecError) as caught:
        specs.loads(completed(text), "example.yaml")
    assert str(caught.value) == errors


def test_there_are_examples_of_both_kinds() -> None:
    found = [bool(each.values[1]) for each in examples() if str(each.id).startswith("docs/language.md")]
    assert found.count(False) >= 18
    assert found.count(True) >= 5


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_commands_print_what_the_page_shows(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for text, _ in fenced(path, "yaml"):
        named = re.match(r"name: (\w+)$", text, re.MULTILINE)
        if named:
            Path(f"{named[1]}.yaml").write_text(completed(text), encoding="utf-8")
    for text, _ in fenced(path, "console"):
        for command, shown in re.findall(r"^\$ zoo (.*)\n((?:[^$].*\n|\n)*)", text, re.MULTILINE):
            done = CliRunner().invoke(main, command.split())
            assert f"$ zoo {command}\n{done.output}" == f"$ zoo {command}\n{shown}"


def test_the_page_is_current() -> None:
    assert filled(TEMPLATE) == PAGE, "run `make docs`"


def test_every_marker_is_filled() -> None:
    assert "{{" not in filled(TEMPLATE)


def reached(model: type[Frozen]) -> Iterator[type[Frozen]]:
    """A model and those that its fields may hold."""
    yield model
    for field in model.model_fields.values():
        for each in [field.annotation, *field.metadata]:
            yield from held(each)


def held(annotation: Any) -> Iterator[type[Frozen]]:
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        yield from reached(annotation)
    # A step of `augment` is written as one of a body is, and has its layer's arguments.
    elif isinstance(annotation, Lazily) and annotation.choice is not AugmentStep:
        yield from reached(annotation.choice)
    for each in get_args(annotation):
        yield from held(each)


def words(annotation: Any) -> Iterator[str]:
    """The words that a field may hold."""
    for each in get_args(annotation):
        if isinstance(each, str):
            yield each
        yield from words(each)


MODEL = {each.__name__: each for name in MODELS for each in reached(MODELS[name])}
MODEL |= {each.__name__: each for model in (OPS["InputLayer"], *CHOICES.values()) for each in reached(model)}


SAID = set(re.findall(r"`(?:\w+: )?([^`\n]+)`", PAGE))
"""Every word in code, alone or as the value of an argument."""


def tables(page: str) -> list[set[str]]:
    """The keys of every table."""
    found = re.findall(r"^\| key \|.*\n\|[-|]*\n((?:\|.*\n)*)", page, re.MULTILINE)
    return [set(re.findall(r"^\| `(\w+)`", rows, re.MULTILINE)) for rows in found]


@pytest.mark.parametrize("name", sorted(MODEL))
def test_every_field_of_every_model_is_there(name: str) -> None:
    model = MODEL[name]
    keys = {field.alias or key for key, field in model.model_fields.items()}
    if issubclass(model, OneOf):
        assert all(
            any(form in PAGE for form in (f": {key}`", f"- `{key}`: ", f"`{key}`, ", f", `{key}`")) for key in keys
        )
    elif any(model in set(reached(choice)) for choice in CHOICES.values()):
        lines = re.findall(r"^- `\w+`: .*", PAGE, re.MULTILINE)
        assert all(any(f"`{key}" in line for line in lines) for key in keys)
    else:
        assert keys in tables(PAGE) or not keys
    assert {word for field in model.model_fields.values() for word in words(field.annotation)} <= SAID


@pytest.mark.parametrize("name", list(COMBINATORS))
def test_every_argument_of_the_unit_and_the_combinators_is_there(name: str) -> None:
    fields = COMBINATORS[name].model_fields
    assert set(fields) in tables(PAGE)
    assert {word for field in fields.values() for word in words(field.annotation)} <= SAID


@pytest.mark.parametrize("name", [name for name in OPS if name != "InputLayer"])
def test_every_layer_is_there_with_its_arguments(name: str) -> None:
    found = re.search(rf"^- `{name}`: .+(?:\n  (.*))?", PAGE, re.MULTILINE)
    assert found
    fields, line = OPS[name].model_fields, found[1] or ""
    assert re.findall(r"`(\w+)(?:: [^`]*)?`", re.sub(r" \(or [^)]*\)", "", line)) == list(fields)
    required = {key for key, field in fields.items() if field.is_required()}
    assert {key for key in fields if f"`{key}`" in line} == required
    assert {word for field in fields.values() for word in words(field.annotation)} <= SAID


def test_every_key_is_there() -> None:
    assert {*SECTIONS} in tables(PAGE.replace("| key | value | | |", "| key | value | default | |"))
    assert {*BESIDE} in tables(PAGE)


def test_every_word_of_expressions_and_sizes_is_there() -> None:
    assert {*FUNCTIONS, *UNITS} <= SAID
    assert len(OPERATORS) == len(re.findall(r"`[^`]+`", PAGE.split("operators and functions:")[1].split("\n\n")[1]))


def test_chapters_that_advice_names_are_there() -> None:
    named = [rule.source.split("docs/language.md, ")[1] for rule in RULES if "docs/language.md" in rule.source]
    assert named
    assert {f"## {chapter}" for chapter in named} <= {*PAGE.splitlines()}
