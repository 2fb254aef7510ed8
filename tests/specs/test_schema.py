"""The JSON Schema of a spec: valid itself, and of one mind with the checker."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

import specs
from specs.combinators import COMBINATORS
from specs.ops import OPS
from specs.ops.base import Frozen
from specs.reader import read
from specs.schema import schema
from specs.section_reader import SECTIONS
from specs.tree import plain

TESTS = Path(__file__).parents[1]
SCHEMA = schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
REFUSED = [
    "argument_misspelt_key", "argument_misspelt_literal", "argument_ranges", "argument_types", "argument_regularizer",
    "expects_wrong", "search_wrong", "section_unknown", "section_wrong_types", "section_input_zero",
    "section_number_name", "shape_padding", "shape_parallel_arguments", "shape_residual_arguments", "step_not_a_step",
    "step_scalar_arguments", "train_wrong", "train_optimizer", "train_optimizer_flat", "block_bad_declaration",
]  # fmt: skip
"""Mistakes that a schema can see."""


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    return [as_json(each) for each in value] if isinstance(value, tuple) else value


def document(path: Path) -> Any:
    return as_json(plain(read(path.read_text(encoding="utf-8"), path.name)))


def test_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_reference_leads_somewhere() -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [each for inner in value.values() for each in references(inner)]
        return [each for inner in value for each in references(inner)] if isinstance(value, list) else []

    assert {name.removeprefix("#/$defs/") for name in references(SCHEMA)} <= set(SCHEMA["$defs"])


@pytest.mark.parametrize(
    "path", [*specs.shipped().values(), *sorted((TESTS / "valid").glob("*.yaml"))], ids=lambda path: path.stem
)
def test_accepts_what_the_checker_accepts(path: Path) -> None:
    errors = [f"{error.json_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(document(path))]
    assert not errors


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_it_can_see(name: str) -> None:
    assert not VALIDATOR.is_valid(document(TESTS / "invalid" / f"{name}.yaml"))


@pytest.mark.parametrize(("name", "model"), [*OPS.items(), *((f"combinator_{n}", m) for n, m in COMBINATORS.items())])
def test_definitions_are_those_of_the_models(name: str, model: type[Frozen]) -> None:
    definition = SCHEMA["$defs"][name]
    assert set(definition["properties"]) == set(model.model_fields)
    assert definition["additionalProperties"] is False
    assert ("required" in definition) == (name == "InputLayer"), "a step may take it from defaults"


def test_sections_are_those_of_the_language() -> None:
    assert tuple(SCHEMA["properties"]) == SECTIONS
