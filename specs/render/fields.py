"""A model's fields as a table for the documentation: key, value, default and text, from its JSON Schema."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from specs.errors import yaml_text
from specs.ops.arguments import INITIALIZERS, VECTOR_INITIALIZERS
from specs.ops.base import Activation
from specs.ops.frozen import MAX_SIZE

NAMES = {
    "activation": get_args(Activation),
    "initializer": INITIALIZERS,
    "vector initializer": VECTOR_INITIALIZERS,
}
"""Lists of names that stand once at the end instead of at every argument."""

WORDS = {"string": "text", "object": "mapping", "boolean": "`true` or `false`"}
"""What JSON's types are called here."""

Link = Callable[[str], str]
"""From the name of a definition to what stands for it in a cell."""


def field_table(definition: Mapping[str, Any], link: Link = str, key: str = "argument") -> str:
    """The fields of a definition as a Markdown table; empty where it has none.

    >>> print(field_table({"properties": {"units": {"type": "integer", "minimum": 1}}}))
    | argument | value | default | |
    |---|---|---|---|
    | `units` | integer ≥ 1 | required |  |
    """
    properties = definition.get("properties", {})
    cells = ((name, values(each, link), default(each), _text(each)) for name, each in properties.items())
    rows = [f"| `{name}` | {' | '.join(rest)} |" for name, *rest in cells]
    return "\n".join([f"| {key} | value | default | |", "|---|---|---|---|", *rows]) if rows else ""


def values(field: Mapping[str, Any], link: Link = str) -> str:
    """What a field may hold; a reference, which every field may, is left out.

    >>> values({"anyOf": [{"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}}]})
    '[number from 0 to 1, …]'
    """
    options = [_option(each, link) for each in field.get("anyOf", [field]) if not is_reference(each)]
    return " or ".join(dict.fromkeys(options))


def is_reference(option: Mapping[str, Any]) -> bool:
    """Whether this option is `$name` or `$(…)`."""
    return str(option.get("pattern", "")).startswith(r"^\$")


def _option(option: Mapping[str, Any], link: Link) -> str:
    if "$ref" in option:
        return link(str(option["$ref"]).rpartition("/")[2])
    if "enum" in option or "const" in option:
        given = tuple(option.get("enum", [option.get("const")]))
        return next((title for title, names in NAMES.items() if names == given), quoted(given))
    if "items" in option:
        return f"[{values(option['items'], link)}, …]"
    if option.get("additionalProperties"):
        return f"{{name: {values(option['additionalProperties'], link)}, …}}"
    given = option.get("type", "any value")
    kinds = [given] if isinstance(given, str) else given
    return " or ".join(WORDS.get(kind, kind) for kind in kinds) + _bounds(option)


def _bounds(option: Mapping[str, Any]) -> str:
    """What a number lies between; that no size is larger than 32 bits hold is said once."""
    low, high = option.get("minimum"), option.get("maximum")
    if low is not None and high not in (None, MAX_SIZE):
        return f" from {low:g} to {high:g}"
    bounds = {
        "≥": low,
        ">": option.get("exclusiveMinimum"),
        "≤": None if high == MAX_SIZE else high,
        "<": option.get("exclusiveMaximum"),
    }
    return " and".join(f" {sign} {bound:g}" for sign, bound in bounds.items() if bound is not None)


def default(field: Mapping[str, Any]) -> str:
    """The value of a field that is not given.

    >>> default({"default": 0.5}), default({"default": "same"}), default({})
    ('`0.5`', '`same`', 'required')
    """
    if "default" not in field:
        return "required"
    return f"`{default_text(field)}`" if field["default"] != "" else ""


def default_text(field: Mapping[str, Any]) -> str:
    """A field's default as YAML has it."""
    value = field["default"]
    return value if isinstance(value, str) else yaml_text(value)


def others(field: Mapping[str, Any]) -> str:
    """The words that a field may hold instead of its default, where they are listed nowhere else.

    >>> others({"anyOf": [{"enum": ["valid", "same"]}], "default": "valid"})
    ' (or `same`)'
    """
    given = [tuple(each["enum"]) for each in field.get("anyOf", [field]) if "enum" in each]
    words = [word for each in given if each not in NAMES.values() for word in each if word != field["default"]]
    return f" (or {quoted(words)})" if words else ""


def quoted(names: Iterable[Any]) -> str:
    """Names side by side.

    >>> quoted(["a", "b"])
    '`a`, `b`'
    """
    return ", ".join(f"`{name}`" for name in names)


def sentence(definition: Mapping[str, Any]) -> str:
    """The first paragraph of a definition's text, on one line."""
    return str(definition.get("description", "")).split("\n\n")[0].replace("\n", " ")


def _text(field: Mapping[str, Any]) -> str:
    return str(field.get("description", "")).replace("\n", " ").replace("|", "\\|")
