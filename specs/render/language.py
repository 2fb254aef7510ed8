"""docs/language.md: a template of prose and examples, filled with tables from the models.

The prose lies in docs/language.in.md and not in the package: nobody needs it at run time, and beside the page that it
becomes it is read and edited as the Markdown that it is. A line `{{marker}}` or `{{marker: name}}` is the place of a
table. What no marker asks for comes at the end, so that a new section or a new model shows up by itself.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from specs.combinators import COMBINATORS
from specs.expressions import FUNCTIONS, OPERATORS
from specs.ops import OPS
from specs.ops.arguments import CHOICES
from specs.render.fields import NAMES, default_text, field_table, is_reference, others, quoted, sentence, values
from specs.schema import schema
from specs.section_reader import REQUIRED
from specs.sections.augment import ONLY_HERE
from specs.sections.model import UNITS

MARKER = re.compile(r"^\{\{(\w+)(?:: ([\w.]+))?\}\}$", re.MULTILINE)
NOTE = "<!-- Made by `make docs` from language.in.md and the models: edit those. -->\n"
STEPS = ("steps", "step", "layer", "augmentation")
"""Definitions that stand for steps, which have chapters of their own."""


def filled(template: str) -> str:
    """The page as Markdown.

    >>> print(filled("{{units}}").splitlines()[1])
    `B`, `KiB`, `MiB`, `GiB`, `TiB`
    """
    page = Page()
    text = MARKER.sub(lambda found: page.table(found[1], found[2]), template)
    return NOTE + re.sub(r"\n{3,}", "\n\n", text)


class Page:
    """What is written in the places of the markers; each definition's table is given once."""

    def __init__(self) -> None:
        found = schema()
        self.sections: dict[str, Any] = found["properties"]
        self.definitions: dict[str, Any] = found["$defs"]
        self.shown: dict[str, str] = {}
        """Definition → the path that its table stands under."""
        self.markers: Mapping[str, Callable[[], str]] = {
            "sections": self._sections,
            "beside": lambda: field_table({"properties": self._beside()}, self._link, "key"),
            "layers": lambda: "\n\n".join(self._layers()),
            "augmentations": lambda: "\n".join(map(self._line, ONLY_HERE)),
            "operators": lambda: quoted(map(_example, OPERATORS)),
            "functions": lambda: quoted(FUNCTIONS),
            "units": lambda: quoted(UNITS),
            "names": lambda: "\n".join(f"- {title}: {quoted(names)}" for title, names in NAMES.items()),
            "values": lambda: "\n\n".join(each for name in CHOICES for each in self._choice(name)),
            "rest": self._rest,
        }

    def table(self, marker: str, name: str | None) -> str:
        """What stands in the place of one marker."""
        if marker == "section" and name is not None:
            return "\n\n".join(self._section(name))
        if marker == "step" and name is not None:
            return "\n\n".join(self._model(f"combinator_{name}", name))
        return self.markers[marker]()

    def _sections(self) -> str:
        rows = [
            f"| `{name}` | {values(field, self._link)} | {'' if name not in REQUIRED else 'required'} "
            f"| {sentence(field)} |"
            for name, field in self.sections.items()
        ]
        return "\n".join(["| key | value | | |", "|---|---|---|---|", *rows])

    def _beside(self) -> dict[str, Any]:
        (mapping,) = (each for each in self.definitions["step"]["anyOf"] if each.get("type") == "object")
        return {
            name: field for name, field in mapping["properties"].items() if name not in OPS and name not in COMBINATORS
        }

    def _section(self, path: str) -> Iterator[str]:
        """The tables of a section: of its own fields, and of everything that may stand in them."""
        yield from self._inside(self.sections[path], path)

    def _inside(self, field: Mapping[str, Any], path: str) -> Iterator[str]:
        """The tables of the definitions that a field refers to."""
        if "$ref" in field:
            yield from self._model(str(field["$ref"]).rpartition("/")[2], path)
        for option in field.get("anyOf", ()):
            if not is_reference(option):
                yield from self._inside(option, path)
        if "items" in field:
            yield from self._inside(field["items"], path)
        if field.get("additionalProperties"):
            inner = field["additionalProperties"]
            yield from self._inside(inner, f"{path}.NAME")
            yield from self._fields(inner, f"{path}.NAME")

    def _model(self, name: str, path: str) -> Iterator[str]:
        if name in self.shown or name in STEPS or name in CHOICES:
            return
        self.shown[name] = path
        definition = self.definitions[name]
        mapping = next((each for each in definition.get("anyOf", ()) if "properties" in each), definition)
        if mapping is not definition:
            # A bare name or {Name: {arguments}}.
            for kind, field in mapping["properties"].items():
                yield from self._inside(field, f"{path}: {kind}")
        else:
            yield from self._fields(definition, path)

    def _fields(self, definition: Mapping[str, Any], path: str) -> Iterator[str]:
        if "properties" not in definition:
            return
        yield f"#### `{path}`"
        if sentence(definition):
            yield sentence(definition)
        yield field_table(definition, self._link, "key") or "No arguments."
        for key, field in definition["properties"].items():
            yield from self._inside(field, f"{path}.{key}")

    def _link(self, name: str) -> str:
        """How a definition is called in a cell."""
        if name in STEPS:
            return {"steps": "steps", "step": "one step", "layer": "one layer", "augmentation": "one augmentation"}[
                name
            ]
        definition = self.definitions[name]
        named = [each["enum"] for each in definition.get("anyOf", ()) if "enum" in each]
        if name in CHOICES:
            return WORDS[name]
        return f"{quoted(named[0])}, or {{Name: {{arguments}}}}" if named else "mapping"

    def _choice(self, name: str) -> Iterator[str]:
        """A choice of initialisers, regularisers or constraints: one line each, with its arguments."""
        definition = self.definitions[name]
        mapping = next((each for each in definition.get("anyOf", ()) if "properties" in each), definition)
        yield f"#### {WORDS[name][0].upper()}{WORDS[name][1:]}"
        yield sentence(definition)
        lines = []
        for kind, field in mapping["properties"].items():
            (inner,) = [each for each in field["anyOf"] if "$ref" in each] or [None]
            given = self._signature(str(inner["$ref"]).rpartition("/")[2]) if inner else f"`{default_text(field)}`"
            lines.append(f"- `{kind}`: {given}. {field.get('description', '')}".replace(": . ", ": "))
        yield "\n".join(lines)

    def _signature(self, name: str) -> str:
        """The arguments of a definition on one line, required ones without a value."""
        fields: Mapping[str, Any] = self.definitions[name].get("properties", {})
        return ", ".join(
            f"`{key}: {default_text(each)}`{others(each)}" if "default" in each else f"`{key}`"
            for key, each in fields.items()
        )

    def _layers(self) -> Iterator[str]:
        chapters: dict[str, list[str]] = {}
        for name, model in OPS.items():
            if name != "InputLayer":
                title = (sys.modules.get(model.__module__) or import_module(model.__module__)).__doc__ or ""
                chapters.setdefault(title.splitlines()[0], []).append(self._line(name))
        for title, lines in chapters.items():
            yield f"#### {title}"
            yield "\n".join(lines)

    def _line(self, name: str) -> str:
        line, given = f"- `{name}`: {sentence(self.definitions[name])}", self._signature(name)
        return f"{line}\n  {given}" if given else line

    def _rest(self) -> str:
        found = [each for name in self.sections for each in self._section(name)]
        return "\n\n".join(["## More keys", *found]) if found else ""


def _example(operator: type) -> str:
    """An operator between names.

    >>> _example(ast.FloorDiv), _example(ast.LtE), _example(ast.Not)
    ('a // b', 'a <= b', 'not a')
    """
    left, right = ast.Name("a"), ast.Name("b")
    if issubclass(operator, ast.unaryop):
        return ast.unparse(ast.UnaryOp(operator(), left))
    if issubclass(operator, ast.cmpop):
        return ast.unparse(ast.Compare(left, [operator()], [right]))
    assert issubclass(operator, ast.operator)
    return ast.unparse(ast.BinOp(left, operator(), right))


WORDS = {
    "VectorInitializerChoice": "vector initialiser",
    "InitializerChoice": "initialiser",
    "Penalty": "penalty",
    "MatrixPenalty": "penalty on a matrix",
    "ConstraintChoice": "constraint",
}
"""What the values that layers share are called."""
