"""A model as a page on which its stages and blocks unfold, down to single layers; drawn from its graph alone."""

from pathlib import Path

from specs.document import Document
from specs.drawing.nested import nested
from specs.graph import Graph
from specs.pages.markup import Markup, tag
from specs.pages.page import page

HERE = Path(__file__).parent
ELK = HERE / "vendored" / "elkjs" / "elk.bundled.js"
"""Lays out what is seen: docs/decisions/0026."""
ELK_VERSION = "0.12.1"
NOTICE = f"/* elkjs {ELK_VERSION}, Eclipse Public License 2.0; its source: https://github.com/kieler/elkjs */\n"

WIDTHS = (("", "alike"), ("params", "parameters"), ("macs", "MACs"))
"""What the width of a box may stand for: what the page calls it, and its word."""
BUTTONS = (
    ("deeper", "unfold", "Unfold all that is shown, one level deeper"),
    ("closed", "fold", "Fold everything"),
    ("smaller", "−", "Smaller"),
    ("fit", "fit", "As large as the window"),
    ("larger", "+", "Larger"),
)


def unfolding(document: Document, graph: Graph) -> str:
    """The page as text; equal models give equal pages.

    >>> from specs import load, lower
    >>> written = unfolding(load("lenet5"), lower(load("lenet5")))
    >>> written.startswith("<!doctype html>"), "https://github.com/kieler/elkjs" in written
    (True, True)
    """
    scripts = [NOTICE + ELK.read_text(encoding="ascii"), *map(_own, ("seen.js", "page.js", "touch.js"))]
    head = tag("header", tag("h1", graph.name), tag("p", _figures(graph), class_="soft"), _widths(), _buttons())
    body = tag("div", Markup('<svg id="canvas" role="group"></svg>'), id="drawing")
    aside = tag("aside", _hint(document, graph), id="details", aria_live="polite")
    return page(graph.name, head, body, aside, style=_own("page.css"), scripts=scripts, data=nested(document, graph))


def _own(name: str) -> str:
    return (HERE / "unfolding" / name).read_text(encoding="utf-8")


def _figures(graph: Graph) -> str:
    macs = "" if graph.macs is None else f" · {graph.macs:,} multiply-accumulates"
    return f"{graph.params:,} parameters{macs}"


def _widths() -> Markup:
    choices = [
        tag("label", tag("input", type="radio", name="width", value=value, **({} if value else {"checked": ""})), word)
        for value, word in WIDTHS
    ]
    return tag("fieldset", tag("legend", "width"), *choices, class_="tools")


def _buttons() -> Markup:
    return tag(
        "div",
        *(tag("button", word, type="button", id=name, title=says) for name, word, says in BUTTONS),
        class_="tools",
    )


def _hint(document: Document, graph: Graph) -> Markup:
    return tag(
        "div",
        tag("h2", document.summary or graph.name),
        tag("p", document.source, class_="soft"),
        tag(
            "p",
            f"{len(graph.nodes)} layers. Click on a block, or press Enter on it, to see how it is built.",
            class_="soft",
        ),
        tag("p", "Point at anything for its arguments, figures and line in the spec.", class_="soft"),
        tag("noscript", "This page needs JavaScript; zoo show --svg draws a picture without."),
    )
