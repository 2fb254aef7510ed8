"""Pydantic's findings as problems in our words, each at the line and column of the value it is about."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from pydantic import BaseModel, ValidationError

from specs.errors import MAX_PROBLEMS, Mark, Problem, closest
from specs.ops.arguments import Lazily
from specs.ops.frozen import MAX_NAMES
from specs.resolve import Report
from specs.sections.base import OneOf
from specs.tree import MappingNode, ScalarNode, SequenceNode, TreeNode, UnknownNode, got_at, plain, walk

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from specs.ops.wrapper import Inner

Model = TypeVar("Model", bound=BaseModel)

WORDS = {
    "int_type": "must be an integer",
    "int_from_float": "must be an integer",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be below {lt}",
    "too_short": "must have at least {min_length} values, not {actual_length}",
    "too_long": "must have at most {max_length} values",
}
"""Pydantic's type of an error → the rule that was broken."""

_KEEPS_VALUE_OUT = {"value_error", "too_short"}

Loc = tuple[int | str, ...]


def validated(model: type[Model], node: TreeNode, owner: str, report: Report) -> Model | None:
    """The node as the model, or None where it does not fit, with each reason reported.

    `owner` is the name of the layer or section, for messages about keys it does not have.
    """
    try:
        return model.model_validate(plain(node))
    except ValidationError as error:
        for problem in problems_of(error, model, node, owner):
            report(problem)
        return None


def problems_of(error: ValidationError, model: type[BaseModel], node: TreeNode, owner: str) -> list[Problem]:
    """The problems in a validation error; nothing about values that are unknown for a reported reason.

    A misspelt key is one problem, though pydantic misses the right one as well.
    """
    found: dict[tuple[Mark, str], Problem] = {}
    errors = error.errors(include_input=False, include_url=False)[:MAX_PROBLEMS]
    meant = {_meant(each["loc"], model) for each in errors if each["type"] == "extra_forbidden"}
    for each in errors:
        place, _ = locate(node, each["loc"])
        if each["type"] != "extra_forbidden" and any(isinstance(below, UnknownNode) for below in walk(place)):
            continue
        if each["type"] == "missing" and each["loc"] in meant:
            continue
        if each["type"] == "too_short" and _length(place) >= each["ctx"]["min_length"]:
            # Pydantic does not count the items that it refuses.
            continue
        problem = _problem(each, model, node, owner)
        found.setdefault((problem.mark, problem.message), problem)
    return list(found.values())


def locate(node: TreeNode, loc: Sequence[int | str]) -> tuple[TreeNode, Loc]:
    """The node that a location names, and the part of the location that leads on from it."""
    for depth, key in enumerate(loc):
        child: TreeNode | None = None
        if isinstance(node, MappingNode):
            child = node.get(str(key))
        elif isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.items):
            child = node.items[key]
        if child is None:
            return node, tuple(loc[depth:])
        node = child
    return node, ()


def _length(node: TreeNode) -> int:
    return len(node.items) if isinstance(node, SequenceNode) else 0


def _problem(each: Mapping[str, Any], model: type[BaseModel], node: TreeNode, owner: str) -> Problem:
    kind = each["type"]
    place, rest = locate(node, each["loc"])
    if kind == "extra_forbidden":
        return _unknown_key(each["loc"], model, node, owner)
    if kind == "missing":
        return Problem(place.mark, ".".join((place.path, *map(str, rest))), "is required")
    from specs.reference_hints import divided
    from specs.repairs import replaced, yaml
    from specs.value_hints import values_meant

    context = each.get("ctx", {})
    if kind == "literal_error":
        return not_one_of(
            place, [name.strip().strip("'") for name in context["expected"].replace(" or ", ",").split(",")]
        )
    message = _message(kind, each["msg"], context)
    if kind == "value_error":
        place = _named_in(message, place)
    hint = context.get("hint") or _hint(kind, each["loc"], model)
    if kind in _KEEPS_VALUE_OUT:
        return Problem(place.mark, place.path, message, hint)
    meant = [(value, f"write {yaml(value)}") for value in values_meant(kind, place)]
    repairs = tuple(each for value, text in meant for each in replaced(place, value, text))
    repairs += divided(place) if kind.startswith("int") else ()
    return Problem(place.mark, place.path, f"{message} {got_at(place)}", hint, repairs)


def _named_in(message: str, place: TreeNode) -> TreeNode:
    """The value that a rule about several begins with, where it is written."""
    entries = {entry.key: entry.value for entry in place.entries} if isinstance(place, MappingNode) else {}
    return next((entries[word] for word in re.findall(r"\w+", message) if word in entries), place)


def _message(kind: str, text: str, context: Mapping[str, Any]) -> str:
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_short" and context["min_length"] == 1:
        return "must not be empty"
    if kind not in WORDS:
        return text
    return WORDS[kind].format(**{k: f"{v:g}" if isinstance(v, float) else v for k, v in context.items()})


def _hint(kind: str, loc: Loc, model: type[BaseModel]) -> str | None:
    if kind == "model_type":
        return _fields_hint(_model_at(loc, model)[0])
    return None


def not_one_of(place: TreeNode, names: Sequence[str]) -> Problem:
    """The problem of a value that is none of a choice."""
    from specs.names import near
    from specs.repairs import renamed, value_mark

    value, mark = place.value if isinstance(place, ScalarNode) else None, value_mark(place)
    repairs = renamed(mark, near(value, names)) if isinstance(value, str) and mark else ()
    listed, hint = ", ".join(names), None
    if len(names) > MAX_NAMES:
        hint = f"it can be {listed}"
        listed = f"{', '.join(names[: MAX_NAMES // 2])}, …"
    one_of = "one of " if len(names) > 1 else ""
    return Problem(place.mark, place.path, f"must be {one_of}{listed} {got_at(place)}", hint, repairs)


def _unknown_key(loc: Loc, model: type[BaseModel], node: TreeNode, owner: str) -> Problem:
    """A key, or a bare name, that the model at that place does not have."""
    word = str(loc[-1])
    at, inner = _model_at(loc[:-1], model)
    known = _names(at)
    parent, _ = locate(node, loc[:-1])
    entry = parent.entry(word) if isinstance(parent, MappingNode) else None
    mark, path = (entry.key_mark, f"{parent.path}.{word}".lstrip(".")) if entry else (parent.mark, parent.path)
    if issubclass(at, OneOf) or _is_inner(at):
        return not_one_of(ScalarNode(word, mark, path), known)
    from specs.blocks import BESIDE
    from specs.repairs import removed, spelled
    from specs.synonyms import INFERRED

    before, colon, after = word.partition(":")
    hint = f"a space follows a colon: {before}: {after}" if colon and before in known else _fields_hint(at)
    if word in BESIDE and parent is node:
        hint = f"{word} stands beside {owner}, not among its arguments"
    repairs = () if colon else spelled(mark, word, known)
    if word in INFERRED:
        repairs += removed(mark, "leave it out: it is inferred from the input")
    return Problem(mark, path, f"{inner or owner} has no {word!r}", hint, repairs)


def _fields_hint(model: type[BaseModel]) -> str:
    return f"it has {', '.join(_names(model))}" if model.model_fields else "it takes no arguments"


def _meant(loc: Loc, model: type[BaseModel]) -> Loc:
    """Where the key would stand that a misspelt one most likely means."""
    word = str(loc[-1]).partition(":")[0]
    return (*loc[:-1], closest(word, _names(_model_at(loc[:-1], model)[0])) or "")


def _is_inner(model: type[BaseModel]) -> "TypeGuard[type[Inner]]":
    # Only asked where something is wrong: a check without mistakes does without the wrappers' models.
    from specs.ops.wrapper import Inner

    return issubclass(model, Inner)


def _names(model: type[BaseModel]) -> list[str]:
    if _is_inner(model):
        return list(model.names())
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_at(loc: Loc, model: type[BaseModel]) -> tuple[type[BaseModel], str]:
    """The model at a location below another, and the last name on the way there."""
    name = ""
    for key in loc:
        name = key if isinstance(key, str) else name
        if _is_inner(model):
            model = model.model_of(str(key)) or model
            continue
        field = next((f for n, f in model.model_fields.items() if key in (n, f.alias)), None)
        model = next(_models_in(field), model) if field else model
    return model, name


def _models_in(field: "FieldInfo") -> Iterator[type[BaseModel]]:
    for candidate in field.metadata:
        if isinstance(candidate, Lazily):
            yield candidate.choice
    for candidate in (field.annotation, *getattr(field.annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            yield candidate
