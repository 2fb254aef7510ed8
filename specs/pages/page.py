"""One look for all pages: a file that holds everything in it, in light and in dark, which fetches nothing.

What stands in a page is text, escaped where it is put in; and the page itself forbids, by a Content Security Policy
with the hashes of its style and its scripts, every other script and style, and every address.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from specs.pages.markup import Markup, joined, tag

LOOK = Path(__file__).with_name("look.css").read_text(encoding="utf-8")
"""Colours, letters, sections, tiles and tables."""

ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What could end the element that JSON stands in."""


def page(title: str, *parts: object, style: str = "", scripts: Sequence[str] = (), data: object = None) -> str:
    """A page as text: its parts in order, and what its scripts find as JSON in the element `data`.

    Pictures may stand in it as `data:` addresses; nothing else is loaded, not even from beside the file.

    >>> written = page("a < b", tag("h1", "a < b"))
    >>> "<h1>a &lt; b</h1>" in written, "script-src 'none'" in written
    (True, True)
    """
    style = f"{LOOK}{style}"
    allowed = " ".join(map(_hash, scripts)) or "'none'"
    policy = f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {allowed}"
    start = joined(
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("title", title),
        tag("style", Markup(style)),
    )
    told = tag("script", as_json(data), type="application/json", id="data") if data is not None else ""
    body = joined(tag("main", *parts), told, *(tag("script", Markup(script)) for script in scripts))
    return f'<!doctype html>\n<html lang="en"><head>{start}</head><body>{body}</body></html>\n'


def section(title: str, text: str, *content: object) -> Markup:
    """A part of a page: a title, what is seen there in a sentence or two, and that."""
    return tag("section", tag("h2", title), tag("p", text, class_="soft"), *content)


def as_json(value: object) -> Markup:
    """JSON that can stand in an element of a page.

    >>> as_json({"a": "</script>"})
    '{"a":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup("".join(ESCAPES.get(letter, letter) for letter in text))


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
