"""docs/layers.md: every layer, combinator and section with its arguments, from the models themselves."""

from collections.abc import Iterable
from typing import Any, get_args

from specs.combinators import COMBINATORS
from specs.errors import yaml_text
from specs.ops.arguments import INITIALIZERS, VECTOR_INITIALIZERS
from specs.ops.base import Activation
from specs.schema import schema
from specs.step import LAYERS

SECTIONS = ("InputLayer", "Expects", "Limits", "OutputSpec", "Train", "Search", "Axis", "Lint")
DATA = ("Digits", "Npz", "ImageFolder")
TRAINING = ("SGD", "RMSprop", "Adam", "AdamW", "SparseCategoricalCrossentropy", "EarlyStopping")

NAMES = {
    "activation": get_args(Activation),
    "initializer": INITIALIZERS,
    "vector initializer": VECTOR_INITIALIZERS,
}
"""Lists of names that stand once at the end instead of at every argument."""

HEAD = """\
# Layers, units and sections

Generated from the models by `make docs`; see [language.md](language.md) for how they work together. Every value may
also be a reference, `$name` or `$(expression)`.
"""


def reference() -> str:
    """The page as Markdown.

    >>> reference().splitlines()[0]
    '# Layers, units and sections'
    """
    definitions = schema()["$defs"]
    chapters: list[tuple[str, Iterable[tuple[str, str]]]] = [
        ("Unit and combinators", ((name, f"combinator_{name}") for name in COMBINATORS)),
        ("Layers", ((name, name) for name in LAYERS)),
        ("Sections", ((name, name) for name in SECTIONS)),
        ("Data", ((name, name) for name in DATA)),
        ("Optimizers, loss, early stopping", ((name, name) for name in TRAINING)),
    ]
    parts = [HEAD]
    for title, entries in chapters:
        parts.append(f"## {title}\n")
        parts += [_entry(name, definitions[key]) for name, key in entries]
    parts.append("## Names\n")
    parts += [f"- {title}: {_quoted(names)}" for title, names in NAMES.items()]
    return "\n".join(parts) + "\n"


def _entry(name: str, definition: dict[str, Any]) -> str:
    text = definition.get("description", "").split("\n\n")[0].replace("\n", " ")
    properties = definition.get("properties", {})
    if not properties:
        return f"### {name}\n\n{text} No arguments.\n"
    required = definition.get("required", ())
    rows = [
        f"| `{key}` | {_kind(field)} | {'required' if key in required else _default(field)} | {_text(field)} |"
        for key, field in properties.items()
    ]
    return "\n".join([f"### {name}\n\n{text}\n", "| argument | value | default | |", "|---|---|---|---|", *rows, ""])


def _kind(field: dict[str, Any]) -> str:
    options = [_option(option) for option in field.get("anyOf", [field]) if "pattern" not in option]
    return " or ".join(dict.fromkeys(options))


def _option(option: dict[str, Any]) -> str:
    if "$ref" in option:
        return str(option["$ref"]).rpartition("/")[2]
    if "enum" in option or "const" in option:
        values = tuple(option.get("enum", [option.get("const")]))
        return next((title for title, names in NAMES.items() if names == values), _quoted(values))
    low = option.get("minimum", option.get("exclusiveMinimum"))
    bound = "" if low is None else f" {'≥' if 'minimum' in option else '>'} {low:g}"
    return f"{option.get('type', 'any value')}{bound}"


def _quoted(values: Iterable[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _default(field: dict[str, Any]) -> str:
    value = field.get("default")
    return f"`{value if isinstance(value, str) else yaml_text(value)}`"


def _text(field: dict[str, Any]) -> str:
    return str(field.get("description", "")).replace("\n", " ").replace("|", "\\|")
