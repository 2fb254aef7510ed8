"""What is likely meant by a reference or an expression that cannot be followed; only asked where one is wrong."""

import re
from collections.abc import Iterable

from specs.errors import Problem, got
from specs.expressions import MAX_LENGTH, REFERENCE
from specs.names import near
from specs.repairs import Edit, Repair, replaced
from specs.tree import ScalarNode, TreeNode


def no_reference(node: ScalarNode, text: str) -> Problem:
    """The problem of a text that begins with $ and is no reference."""
    meant = _meant(text)
    message = f"neither a reference $name nor an expression $(…) {got(text)}"
    return Problem(node.mark, node.path, message, None, replaced(node, meant, f"write {meant}") if meant else ())


def _meant(text: str) -> str | None:
    """How to write what somebody may have meant by a text that begins with $.

    >>> _meant("$units + 1"), _meant("${units}"), _meant("$")
    ('$(units + 1)', '$units', None)
    """
    inner = text[1:].strip("{} ")
    if REFERENCE.fullmatch(f"${inner}"):
        return f"${inner}"
    return f"$({inner})" if inner and len(inner) < MAX_LENGTH else None


def unknown_name(node: ScalarNode, name: str, text: str, known: Iterable[str]) -> Problem:
    """The problem of a name that no param has, in a reference or in the text of an expression."""
    meant = [(each, re.sub(rf"\b{name}\b", each, text)) for each in near(name, known)]
    repairs = (Repair(f"did you mean {each}?", (Edit("replace", node.mark, f"${new}"),)) for each, new in meant)
    hint = "params are declared under params:"
    return Problem(node.mark, node.path, f"no param is named {name!r}", hint, tuple(repairs))


def divided(node: TreeNode) -> tuple[Repair, ...]:
    """An expression that gives a fraction where an integer belongs, with the division that gives integers."""
    written = (node.via or "").partition(" with ")[0] if isinstance(node, ScalarNode) else ""
    whole = re.sub("/+", "//", written)
    if not written.startswith("$(") or whole == written:
        return ()
    return (Repair(f"write {whole}: // divides integers", (Edit("replace", node.mark, whole),)),)
