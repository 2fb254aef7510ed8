"""U: what is written and never used."""

from collections.abc import Iterator

from specs.linting.rule import Finding, Rule
from specs.linting.view import View
from specs.resolve import names_used
from specs.tree import Entry, MappingNode


def _entries(view: View, section: str) -> list[Entry]:
    """The entries of a section that the spec itself has: what an extended one leaves over is not its fault."""
    node, name = view.document.tree.get(section), view.document.tree.entry("name")
    entries = node.entries if isinstance(node, MappingNode) else ()
    return [each for each in entries if name is None or each.key_mark.file == name.key_mark.file]


def unused_block(view: View) -> Iterator[Finding]:
    """A block that no step names."""
    blocks = _entries(view, "blocks")
    used = view.words() if blocks else ()
    for entry in blocks:
        if entry.key not in used:
            yield entry.key_mark, entry.value.path, f"no step uses the block {entry.key!r}; take it out"


def unused_param(view: View) -> Iterator[Finding]:
    """A param that nothing refers to."""
    used = names_used(view.document.tree)
    for entry in _entries(view, "params"):
        if entry.key not in used:
            message = f"nothing refers to {entry.key!r}; write ${entry.key} where it acts, or take it out"
            yield entry.key_mark, entry.value.path, message


def unused_defaults(view: View) -> Iterator[Finding]:
    """Defaults for a kind of step that the model does not have."""
    defaults = _entries(view, "defaults")
    used = {*view.words(), *(node.op for node in view.graph.nodes)} if defaults else set()
    for entry in defaults:
        if entry.key not in used:
            yield entry.key_mark, entry.value.path, f"the model has no {entry.key}; take these defaults out"


RULES = (
    Rule(
        "U01",
        unused_block,
        "a block that no step uses",
        "It has no part in the model; most often a step names another block than was meant.",
        "docs/language.md, Blocks",
    ),
    Rule(
        "U02",
        unused_param,
        "a param that nothing refers to",
        "Setting or searching it changes nothing, though everybody who reads the spec thinks it does.",
        "docs/language.md, Params and expressions",
    ),
    Rule(
        "U03",
        unused_defaults,
        "defaults for a kind of step that is not there",
        "They act on nothing; most often the unit is meant and the layer written, or the reverse.",
        "docs/language.md, Defaults",
    ),
)
