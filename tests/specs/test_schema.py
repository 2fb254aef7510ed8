"""The JSON Schema of a spec: valid itself, and of one mind with the checker."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import specs
from specs.combinators import COMBINATORS
from specs.ops import OPS
from specs.ops.base import Frozen
from specs.reader import read
from specs.schema import _subclasses, schema
from specs.schema_texts import TRAIN_DEFAULTS
from specs.section_reader import SECTIONS
from specs.sections import Expects, OutputSpec, Published, Search, Train
from specs.sections.data import Split
from specs.sections.distribution import Distribution
from specs.sections.pretrain import Pretrain
from specs.sections.schedules import Schedule
from specs.sections.teacher import Teacher
from specs.sections.train import BatchGrowth
from specs.sections.unfreeze import Unfreeze
from specs.shipped import SCHEMA_FILE
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


@pytest.mark.parametrize(("argument", "valid"), [("units", True), ("unit", False)])
@pytest.mark.parametrize("wrapper", ["TimeDistributed", "SpectralNormalization"])
def test_a_layer_inside_a_layer_is_looked_at(wrapper: str, argument: str, valid: bool) -> None:
    body = [{wrapper: {"layer": {"Dense": {argument: 3}}}}]
    assert VALIDATOR.is_valid({"name": "mine", "input": {"shape": [4, 4]}, "body": body}) == valid


@pytest.mark.parametrize(("name", "model"), [*OPS.items(), *((f"combinator_{n}", m) for n, m in COMBINATORS.items())])
def test_definitions_are_those_of_the_models(name: str, model: type[Frozen]) -> None:
    definition = SCHEMA["$defs"][name]
    assert set(definition["properties"]) == set(model.model_fields)
    assert definition["additionalProperties"] is False
    assert ("required" in definition) == (name == "InputLayer"), "a step may take it from defaults"


def test_sections_are_those_of_the_language() -> None:
    assert tuple(SCHEMA["properties"]) == SECTIONS


def properties(value: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        for key, each in value.get("properties", {}).items():
            yield f"{name}.{key}", each
        for key, each in value.items():
            yield from properties(each, f"{name}.{key}")
    elif isinstance(value, list):
        for each in value:
            yield from properties(each, name)


def test_every_field_has_hover_text_and_a_default_where_it_is_not_required() -> None:
    models: list[type[Frozen]] = [*OPS.values(), *COMBINATORS.values(), Published, Expects, OutputSpec, Train, Search]
    models += [*_subclasses(Split), BatchGrowth, Pretrain, Unfreeze, Teacher, Distribution, *_subclasses(Schedule)]
    required = {
        field.alias or name for model in models for name, field in model.model_fields.items() if field.is_required()
    }
    for path, field in properties(SCHEMA):
        assert field.get("description", "").strip(), path
        assert "default" in field or path.rpartition(".")[2] in required, path


def test_defaults_are_those_of_the_models() -> None:
    for name, model in OPS.items():
        for key, field in model.model_fields.items():
            if not field.is_required():
                assert SCHEMA["$defs"][name]["properties"][key]["default"] == as_json(field.default), f"{name}.{key}"
    made = Train()
    for key, word in TRAIN_DEFAULTS.items():
        assert getattr(made, key).kind == word


def test_the_shipped_file_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == json.dumps(SCHEMA, indent=2) + "\n", "run `make schema`"


@pytest.mark.parametrize("path", specs.shipped().values(), ids=lambda path: path.stem)
def test_shipped_specs_begin_with_a_modeline(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schema.json"
    assert (path.parent / "../../schema.json").resolve() == SCHEMA_FILE
