"""HTML and SVG out of parts: all text that is put in is escaped, so that none of it is ever markup."""

from html import escape
from typing import Any

VOID = ("img", "input", "source")
"""Elements that hold nothing and have no end."""


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: Any) -> Markup:
    """An element; children that are no Markup are text, attributes that are None are left out.

    An underscore at an attribute's end is dropped, others become hyphens; numbers get one decimal place.

    >>> tag("text", "a < b", class_="tick", text_anchor="end", x=1 / 3, y=None)
    '<text class="tick" text-anchor="end" x="0.3">a &lt; b</text>'
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{given}>" if name in VOID else f"<{name}{given}>{joined(*children)}</{name}>")


def joined(*parts: object) -> Markup:
    """Parts one behind the other."""
    return Markup("".join(part if isinstance(part, Markup) else escape(_text(part)) for part in parts))


def _text(value: object) -> str:
    return f"{round(value, 1):g}" if isinstance(value, float) else str(value)
