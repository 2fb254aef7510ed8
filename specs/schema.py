"""JSON Schema of a spec, for completion, hover text and errors in editors."""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, get_args

from pydantic.json_schema import models_json_schema

from specs import schema_texts as texts
from specs.combinators import COMBINATORS
from specs.ops import OPS
from specs.ops.arguments import CHOICES
from specs.ops.base import Frozen
from specs.ops.core import InputLayer
from specs.schema_texts import text_of_field
from specs.section_reader import SECTIONS
from specs.sections import Expects, Export, Limits, Lint, OneOf, OriginalChoice, OutputSpec, Published, Search, Train
from specs.sections.augment import ONLY_HERE, STEPS
from specs.step import LAYERS

_REFERENCE = {"type": "string", "pattern": r"^\$([A-Za-z_]\w*|\(.*\))$", "description": "a reference to a param"}
Kind = TypeVar("Kind", bound=Frozen)
_BODIES = {
    "steps": {"$ref": "#/$defs/steps"},
    "step": {"type": "object", "$ref": "#/$defs/step"},
    "layer": {"$ref": "#/$defs/layer"},
    "augmentation": {"$ref": "#/$defs/augmentation"},
}
_REFERRED = {**_BODIES, **{each.__name__: {"$ref": f"#/$defs/{each.__name__}"} for each in CHOICES.values()}}
_NAMES = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
_BESIDE = {
    "name": {**_NAMES, "description": "name of the step, for from: and in tables, weights and exports", "default": ""},
    "from": {
        "description": "name of the step it takes its input from, or a list of names for merging layers",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
        "default": "",
    },
    "repeat": {
        "description": "how many times the step is carried out, one after the other",
        "anyOf": [{"type": "integer", "minimum": 0}, _REFERENCE],
        "default": 1,
    },
    "index": {
        **_NAMES,
        "description": "beside repeat: the name by which the arguments know the number of the pass, from 0",
        "default": "",
    },
    "when": {
        "description": "an expression; the step is left out where it is false",
        "anyOf": [{"type": "boolean"}, _REFERENCE],
        "default": True,
    },
    "share": {
        "description": "name of the step whose weights it takes; without a layer beside it, all of that step again",
        "type": "string",
        "default": "",
    },
}


def schema() -> dict[str, Any]:
    """The schema of a spec: every section, layer and combinator with its arguments, texts and defaults.

    >>> schema()["$defs"]["Dense"]["properties"]["units"]["anyOf"][0]["minimum"]
    1
    """
    sections: list[type[Frozen]] = [Published, Expects, Limits, OriginalChoice, OutputSpec, Train, Search, Export, Lint]
    models = [*OPS.values(), *ONLY_HERE.values(), *CHOICES.values(), *sections]
    steps = [("combinator_" + name, model) for name, model in COMBINATORS.items()]
    _, top = models_json_schema([(model, "validation") for model in models])
    fields = {model.__name__: _field_texts(model) for model in _subclasses(Frozen) if model not in COMBINATORS.values()}
    definitions = {name: _described(each, fields[name]) for name, each in top.get("$defs", {}).items()}
    for name, model in steps:
        own = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions |= {key: _described(each, fields[key]) for key, each in own.pop("$defs", {}).items()}
        definitions[name] = _described(own, _field_texts(model))
    definitions |= {op: definitions[model.__name__] for op, model in OPS.items()}
    # What a step has to give may stand under defaults: as well, which no schema can see.
    definitions |= {name: _without_required(definitions[name]) for name in (*LAYERS, *(name for name, _ in steps))}
    for choice in _subclasses(OneOf):
        definitions[choice.__name__] = _described_choice(choice, definitions[choice.__name__])
    definitions["Train"] = _with_defaults(definitions["Train"], texts.TRAIN_DEFAULTS)
    definitions |= {name: _or_bare_name(each) for name, each in definitions.items() if name.endswith("Choice")}
    # A layer inside a layer is a model whose whole schema is a place for one.
    definitions |= {name: _REFERRED[each["format"]] for name, each in definitions.items() if "format" in each}
    definitions["step"] = _step_schema()
    definitions["layer"] = _one_of(_layers(LAYERS))
    definitions["augmentation"] = _one_of(_layers(STEPS))
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
    return {
        "anyOf": [
            # The names are offered for completion; the second string is a block's name or a reference to a param.
            {"enum": list(LAYERS)},
            {"type": "string"},
            {"$ref": "#/$defs/steps"},
            {"type": "object", "properties": {**_layers(), **_BESIDE}, "minProperties": 1},
        ]
    }


def _layers(names: Iterable[str] = (*LAYERS, *COMBINATORS)) -> dict[str, Any]:
    """Layers, unit and combinators as keys, each with the text and the arguments of its model."""
    models: dict[str, type[Frozen]] = {**OPS, **ONLY_HERE, **COMBINATORS}
    references: dict[str, Any] = {
        name: {"$ref": f"#/$defs/combinator_{name}"}
        if name in COMBINATORS
        else {"anyOf": [{"$ref": f"#/$defs/{name}"}, {"type": "null"}]}
        for name in names
    }
    return {
        name: {**each, "description": inspect.cleandoc(models[name].__doc__ or ""), "default": {}}
        for name, each in references.items()
    }


def _one_of(layers: dict[str, Any]) -> dict[str, Any]:
    """A layer inside another, or an augmentation: a bare name, or a mapping with one of them."""
    mapping = {"type": "object", "properties": layers, "additionalProperties": False}
    return {"anyOf": [{"enum": list(layers)}, {**mapping, "minProperties": 1, "maxProperties": 1}]}


def _sections() -> dict[str, Any]:
    mapping = {"type": "object"}
    # A section whose every line is commented out reads as null.
    optional = {"type": ["object", "null"]}
    models = {model.__name__.lower(): model for model in (Published, Expects, Limits, Search, Export, Lint)}
    references: dict[str, Any] = {
        **{key: {"$ref": f"#/$defs/{model.__name__}"} for key, model in models.items()},
        "input": {"$ref": f"#/$defs/{InputLayer.__name__}"},
        "inputs": {**mapping, "additionalProperties": {"$ref": f"#/$defs/{InputLayer.__name__}"}},
        "outputs": {
            **mapping,
            "additionalProperties": {
                # Null takes out an output of the extended spec.
                "anyOf": [{"type": ["string", "null"]}, {"$ref": f"#/$defs/{OutputSpec.__name__}"}]
            },
        },
        "defaults": {**optional, "properties": _layers()},
        "params": optional,
        "adapted": {**optional, "additionalProperties": mapping},
        "blocks": {
            **optional,
            "additionalProperties": {
                **mapping,
                "properties": {
                    "params": {**optional, "description": texts.BLOCK_PARAMS, "default": {}},
                    "body": {**_BODIES["steps"], "description": texts.BLOCK_BODY, "default": []},
                },
                "required": ["body"],
                "additionalProperties": False,
            },
        },
        "body": {"anyOf": [{"$ref": "#/$defs/steps"}, mapping]},
        "original": {"anyOf": [{"$ref": f"#/$defs/{OriginalChoice.__name__}"}, {"type": "null"}]},
        "train": {"anyOf": [{"$ref": f"#/$defs/{Train.__name__}"}, {"type": "null"}]},
    }
    found = {}
    for key in SECTIONS:
        text = {"description": texts.SECTIONS[key], "default": texts.DEFAULTS[key]}
        found[key] = {**references.get(key, {"type": "string"}), **text}
    return found


def _subclasses(model: type[Kind]) -> Iterator[type[Kind]]:
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
    described = {name: _described_field(name, each, texts.get(name)) for name, each in properties.items()}
    return {**definition, "properties": described}


def _described_field(name: str, field: dict[str, Any], text: str | None) -> dict[str, Any]:
    found = text or text_of_field(name) or field.get("description")
    return {**_or_reference(field), **({"description": found} if found else {})}


def _described_choice(choice: type[OneOf], definition: dict[str, Any]) -> dict[str, Any]:
    """A choice among named things: each with the text of its model."""
    described = {}
    for name, field in definition["properties"].items():
        (model,) = (each for each in get_args(choice.model_fields[name].annotation) if each is not type(None))
        described[name] = {**field, "description": inspect.cleandoc(model.__doc__ or "")}
    return {**definition, "properties": described}


def _without_required(definition: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in definition.items() if key != "required"}


def _with_defaults(definition: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Defaults that a factory makes, which pydantic does not write down."""
    properties = definition["properties"]
    given = {name: {**properties[name], "default": value} for name, value in defaults.items()}
    return {**definition, "properties": {**properties, **given}}


def _or_bare_name(choice: dict[str, Any]) -> dict[str, Any]:
    """A choice among named things, which a bare name makes as well."""
    return {"description": choice.get("description", ""), "anyOf": [{"enum": list(choice["properties"])}, choice]}


def _or_reference(field: dict[str, Any]) -> dict[str, Any]:
    outside = {key: value for key, value in field.items() if key in ("description", "default", "title")}
    inside = {key: value for key, value in field.items() if key not in outside}
    options = inside["anyOf"] if set(inside) == {"anyOf"} else [inside]
    options = [_with_items(_REFERRED.get(option.get("format", ""), option)) for option in options]
    return {**outside, "anyOf": [*options, _REFERENCE]}


def _with_items(option: dict[str, Any]) -> dict[str, Any]:
    """A list, each value of which may be a reference as well."""
    one = {"items": _or_reference(option["items"])} if isinstance(option.get("items"), dict) else {}
    each = {"prefixItems": [_or_reference(item) for item in option["prefixItems"]]} if "prefixItems" in option else {}
    return {**option, **one, **each}
