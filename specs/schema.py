"""JSON Schema of a spec, for completion, hover text and errors in editors."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from pydantic.json_schema import models_json_schema

from specs.combinators import COMBINATORS
from specs.ops import OPS
from specs.ops.base import Frozen
from specs.ops.core import InputLayer
from specs.section_reader import SECTIONS
from specs.sections import Expects, OutputSpec, Search, Train
from specs.step import LAYERS

_REFERENCE = {"type": "string", "pattern": r"^\$([A-Za-z_]\w*|\(.*\))$", "description": "a reference to a param"}
_STEPS = {"$ref": "#/$defs/steps"}
_BODIES = {
    "steps": _STEPS,
    "step": {"type": "object", "$ref": "#/$defs/step"},
    "layer": {"$ref": "#/$defs/layer"},
}
_NAMES = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
_BESIDE = {
    "name": {**_NAMES, "description": "name of the step, for from: and in tables, weights and exports"},
    "from": {"description": "name of the step it takes its input from, or a list of names for merging layers"},
    "repeat": {"description": "how many times the step is carried out, one after the other"},
    "when": {"description": "an expression; the step is left out where it is false"},
}
_SECTION_TEXT = {
    "name": "name of the model: letters, digits and underscores",
    "summary": "one sentence on the model",
    "source": "where it was published",
    "extends": "a shipped model, or a file beside this one, that this spec changes",
    "params": "named values: set with --set, referred to as $name, searched",
    "defaults": "arguments by kind of step; a step's own win",
    "blocks": "bodies with params of their own, used as steps",
}


def schema() -> dict[str, Any]:
    """The schema of a spec: every section, layer and combinator with its arguments, texts and defaults.

    >>> schema()["$defs"]["Dense"]["properties"]["units"]["anyOf"][0]["minimum"]
    1
    """
    models: list[type[Frozen]] = [*OPS.values(), Expects, OutputSpec, Train, Search]
    steps = [("combinator_" + name, model) for name, model in COMBINATORS.items()]
    _, top = models_json_schema([(model, "validation") for model in models])
    texts = {model.__name__: _field_texts(model) for model in _subclasses(Frozen) if model not in COMBINATORS.values()}
    definitions = {name: _described(each, texts[name]) for name, each in top.get("$defs", {}).items()}
    for name, model in steps:
        own = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions |= {key: _described(each, texts[key]) for key, each in own.pop("$defs", {}).items()}
        definitions[name] = _described(own, _field_texts(model))
    # What a step has to give may stand under defaults: as well, which no schema can see.
    definitions |= {name: _without_required(definitions[name]) for name in (*LAYERS, *(name for name, _ in steps))}
    definitions |= {name: _or_bare_name(each) for name, each in definitions.items() if name.endswith("Choice")}
    definitions["step"] = _step_schema()
    definitions["layer"] = _layer_schema()
    definitions["steps"] = {"type": "array", "items": {"$ref": "#/$defs/step"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "speczoo model",
        "type": "object",
        "properties": _sections(),
        "required": ["name"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _step_schema() -> dict[str, Any]:
    """A bare name, a list, or a mapping with one layer, unit or block, whose own names no schema can know."""
    layers = {**_layers(), **{name: {"$ref": f"#/$defs/combinator_{name}"} for name in COMBINATORS}}
    return {
        "anyOf": [
            {"type": "string"},
            {"$ref": "#/$defs/steps"},
            {"type": "object", "properties": {**layers, **_BESIDE}, "minProperties": 1},
        ]
    }


def _layers() -> dict[str, Any]:
    return {name: {"anyOf": [{"$ref": f"#/$defs/{name}"}, {"type": "null"}]} for name in LAYERS}


def _layer_schema() -> dict[str, Any]:
    """A layer inside another: a bare name, or a mapping with one layer."""
    mapping = {"type": "object", "properties": _layers(), "additionalProperties": False}
    return {"anyOf": [{"enum": list(LAYERS)}, {**mapping, "minProperties": 1, "maxProperties": 1}]}


def _sections() -> dict[str, Any]:
    mapping = {"type": "object"}
    references: dict[str, Any] = {
        "expects": {"$ref": f"#/$defs/{Expects.__name__}"},
        "input": {"$ref": f"#/$defs/{InputLayer.__name__}"},
        "inputs": {**mapping, "additionalProperties": {"$ref": f"#/$defs/{InputLayer.__name__}"}},
        "outputs": {
            **mapping,
            "additionalProperties": {"anyOf": [{"type": "string"}, {"$ref": f"#/$defs/{OutputSpec.__name__}"}]},
        },
        "defaults": {**mapping, "properties": dict.fromkeys((*COMBINATORS, *LAYERS), mapping)},
        "params": mapping,
        "blocks": {
            **mapping,
            "additionalProperties": {
                **mapping,
                "properties": {"params": mapping, "body": {"$ref": "#/$defs/steps"}},
                "required": ["body"],
                "additionalProperties": False,
            },
        },
        "body": {"anyOf": [{"$ref": "#/$defs/steps"}, mapping]},
        "train": {"$ref": f"#/$defs/{Train.__name__}"},
        "search": {"$ref": f"#/$defs/{Search.__name__}"},
    }
    found = {}
    for key in SECTIONS:
        text = {"description": _SECTION_TEXT[key]} if key in _SECTION_TEXT else {}
        found[key] = {**references.get(key, {"type": "string"}), **text}
    return found


def _subclasses(model: type[Frozen]) -> Iterator[type[Frozen]]:
    for each in model.__subclasses__():
        yield each
        yield from _subclasses(each)


def _field_texts(model: type[Frozen]) -> dict[str, str]:
    """The text under each field of a model and of those it inherits from."""
    texts: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, Frozen):
            (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
            assert isinstance(tree, ast.ClassDef)
            for field, after in zip(tree.body, tree.body[1:], strict=False):
                match field, after:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                        texts[name] = inspect.cleandoc(text)
    return texts


def _described(definition: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    """The definition with the fields' texts, and with `$name` and `$(…)` allowed in place of every value."""
    properties: dict[str, Any] | None = definition.get("properties")
    if properties is None:
        return definition
    described = {
        name: {**_or_reference(each), **({"description": texts[name]} if name in texts else {})}
        for name, each in properties.items()
    }
    return {**definition, "properties": described}


def _without_required(definition: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in definition.items() if key != "required"}


def _or_bare_name(choice: dict[str, Any]) -> dict[str, Any]:
    """A choice among named things, which a bare name makes as well."""
    return {"anyOf": [{"enum": list(choice["properties"])}, choice]}


def _or_reference(field: dict[str, Any]) -> dict[str, Any]:
    outside = {key: value for key, value in field.items() if key in ("description", "default", "title")}
    inside = {key: value for key, value in field.items() if key not in outside}
    options = inside["anyOf"] if set(inside) == {"anyOf"} else [inside]
    options = [_BODIES.get(option.get("format", ""), option) for option in options]
    return {**outside, "anyOf": [*options, _REFERENCE]}
