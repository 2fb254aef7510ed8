"""Pydantic's findings as problems in our words, each at the line and column of the value it is about."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from specs.errors import Mark, Problem, did_you_mean, got
from specs.resolve import Report
from specs.tree import UNKNOWN, MappingNode, ScalarNode, SequenceNode, TreeNode, UnknownNode, plain, walk

Model = TypeVar("Model", bound=BaseModel)

_WORDS = {
    "int_type": "must be an integer",
    "int_from_float": "must be an integer",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be below {lt}",
    "too_short": "must have at least {min_length} values",
    "too_long": "must have at most {max_length} values",
    "literal_error": "must be one of {expected}",
}
"""Pydantic's type of an error → the rule that was broken."""

_KEEPS_VALUE_OUT = {"missing", "extra_forbidden", "value_error", "too_short"}


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
    """The problems in a validation error; nothing about values that are unknown for a reported reason."""
    found: dict[tuple[Mark, str], Problem] = {}
    for each in error.errors(include_input=False, include_url=False):
        place, _ = locate(node, each["loc"])
        if each["type"] != "extra_forbidden" and any(isinstance(below, UnknownNode) for below in walk(place)):
            continue
        problem = _problem(each, model, node, owner)
        found.setdefault((problem.mark, problem.message), problem)
    return list(found.values())


def locate(node: TreeNode, loc: Sequence[int | str]) -> tuple[TreeNode, Sequence[int | str]]:
    """The node that a location names, and the part of the location that leads on from it."""
    for depth, key in enumerate(loc):
        child: TreeNode | None = None
        if isinstance(node, MappingNode):
            child = node.get(str(key))
        elif isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.items):
            child = node.items[key]
        if child is None:
            return node, loc[depth:]
        node = child
    return node, ()


def _problem(each: Any, model: type[BaseModel], node: TreeNode, owner: str) -> Problem:
    kind = each["type"]
    place, rest = locate(node, each["loc"])
    if kind == "extra_forbidden":
        return _unknown_key(each["loc"], model, node, owner)
    if kind == "missing":
        path = f"{place.path}.{rest[0]}" if rest else place.path
        return Problem(place.mark, path, "is required")
    context = each.get("ctx", {})
    message = str(context["error"]) if kind == "value_error" else _WORDS.get(kind, each["msg"]).format(**context)
    if kind == "literal_error" and isinstance(place, ScalarNode):
        return _not_one_of(place, str(context["expected"]))
    if kind in _KEEPS_VALUE_OUT:
        return Problem(place.mark, place.path, message)
    return Problem(place.mark, place.path, f"{message} {got_at(place)}")


def _not_one_of(place: ScalarNode, expected: str) -> Problem:
    names = [name.strip().strip("'") for name in expected.replace(" or ", ", ").split(",")]
    hint = did_you_mean(str(place.value), names)
    shown = ", ".join(names) if len(names) <= 8 or hint is None else f"{', '.join(names[:4])}, …"
    return Problem(place.mark, place.path, f"must be one of {shown} {got_at(place)}", hint)


def got_at(place: TreeNode) -> str:
    """The suffix that quotes the value at a place, and where it came from if a reference brought it."""
    value = plain(place)
    quoted = got("a value not known" if value is UNKNOWN else value)
    if not isinstance(place, ScalarNode) or place.via is None:
        return quoted
    source = f" in line {place.via_mark.line}" if place.via_mark else ""
    return f"{quoted[:-1]} from {place.via}{source})"


def _unknown_key(loc: Sequence[int | str], model: type[BaseModel], node: TreeNode, owner: str) -> Problem:
    """A key, or a bare name, that the model at that place does not have."""
    at, word = model, str(loc[-1])
    for key in loc[:-1]:
        field = next((f for name, f in at.model_fields.items() if str(key) in (name, f.alias)), None)
        inner = _model_in(field.annotation if field else None)
        if inner is not None:
            at, owner = inner, str(key)
    known = [field.alias or name for name, field in at.model_fields.items()]
    hint = did_you_mean(word, known) or f"it has {', '.join(known)}"
    parent, _ = locate(node, loc[:-1])
    entry = parent.entry(word) if isinstance(parent, MappingNode) else None
    mark, path = (entry.key_mark, f"{parent.path}.{word}".lstrip(".")) if entry else (parent.mark, parent.path)
    return Problem(mark, path, f"{owner} has no {word!r}", hint)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    for candidate in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
