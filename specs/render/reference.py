"""docs/layers.md: every layer, unit and combinator with its arguments, from the models themselves."""

from collections.abc import Iterable
from typing import Any

from specs.combinators import COMBINATORS
from specs.render.fields import NAMES, field_table, quoted, sentence
from specs.schema import schema
from specs.step import LAYERS

HEAD = """\
# Layers, units and combinators

Generated from the models by `make docs`. [language.md](language.md) says how they work together and has the
sections around them, initialisers, regularisers and constraints. Every value may also be a reference, `$name` or
`$(expression)`.
"""


def reference() -> str:
    """The page as Markdown.

    >>> reference().splitlines()[0]
    '# Layers, units and combinators'
    """
    definitions = schema()["$defs"]
    chapters: list[tuple[str, Iterable[tuple[str, str]]]] = [
        ("Unit and combinators", ((name, f"combinator_{name}") for name in COMBINATORS)),
        ("Layers", ((name, name) for name in LAYERS)),
    ]
    parts = [HEAD]
    for title, entries in chapters:
        parts.append(f"## {title}\n")
        parts += [_entry(name, definitions[key]) for name, key in entries]
    parts.append("## Names\n")
    parts += [f"- {title}: {quoted(names)}" for title, names in NAMES.items()]
    return "\n".join(parts) + "\n"


def _entry(name: str, definition: dict[str, Any]) -> str:
    text, table = sentence(definition), field_table(definition)
    return f"### {name}\n\n{text}\n\n{table}\n" if table else f"### {name}\n\n{text} No arguments.\n"
