"""The page at /: the model's drawing, and a place to drop an image or type what the model takes."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.drawing.marks import STYLE
from specs.drawing.svg import picture
from specs.errors import UserError
from specs.graph import Graph
from specs.pages.markup import Markup, joined, tag
from specs.pages.page import LOOK, as_json
from zoo.run_directory import SPEC
from zoo.server.rest import DEFAULT
from zoo.server.servable import Field, Servable, Signature

_STYLE, _SCRIPT = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))

FILES: Mapping[str, tuple[str, str]] = {
    "/page.css": (f"{LOOK}{_STYLE}.model {{{STYLE}}}", "text/css"),
    "/page.js": (_SCRIPT, "text/javascript"),
}
"""What the page loads, by its path: content and type."""

CHANNELS = (1, 3, 4)

FORMS = (("from_bytes", "bytes"), ("from_text", "text"), ("from_columns", "columns"))
"""Signatures that take what a person has, best first, and how the page asks for it."""


def page_of(servable: Servable) -> str:
    """The page as HTML."""
    start = joined(
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", servable.name),
        Markup('<link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css">'),
        Markup('<script src="/page.js" defer></script>'),
        tag("script", as_json(asked_how(servable)), type="application/json", id="model"),
    )
    document, graph = _read(servable)
    asking = tag("div", _asking(), _signatures(servable), class_="halves")
    body = tag("main", *_head(servable, graph), asking, _model(document, graph))
    return f'<!doctype html>\n<html lang="en"><head>{start}</head><body>{body}</body></html>\n'


def asked_how(servable: Servable) -> dict[str, Any]:
    """What page.js has to know: the path, the signature, the form, the names of the classes, what the numbers are."""
    form, signature = form_of(servable.signatures)
    classes = servable.manifest.classes or {}
    return {
        "predict": f"/v1/models/{servable.name}:predict",
        "form": form,
        "signature": signature.name,
        "inputs": [
            {"name": name, "dtype": field.dtype, "shape": field.shape} for name, field in signature.inputs.items()
        ],
        "classes": {name: list(labels) for name, labels in classes.items()},
        "gives": servable.manifest.gives,
    }


def form_of(signatures: Mapping[str, Signature]) -> tuple[str, Signature]:
    """How the page asks, and which signature: bytes of an image, pixels, text, columns, or plain JSON."""
    for name, form in FORMS:
        if name in signatures:
            return form, signatures[name]
    signature = signatures.get(DEFAULT) or next(iter(signatures.values()))
    fields = list(signature.inputs.values())
    if len(fields) == 1 and _is_image(fields[0]):
        return "pixels", signature
    if all(_is_single(field) for field in fields):
        return "text" if len(fields) == 1 and fields[0].dtype == "string" else "columns", signature
    return "json", signature


def _is_image(field: Field) -> bool:
    shape = field.shape or ()
    return len(shape) == 4 and None not in shape[1:] and shape[3] in CHANNELS and field.dtype != "string"


def _is_single(field: Field) -> bool:
    """One value an example."""
    return field.shape is not None and len(field.shape) in (1, 2) and field.shape[1:] in ((), (1,))


def _read(servable: Servable) -> tuple[Document, Graph] | tuple[None, None]:
    """The export's spec and its graph, of an ensemble those of its first member; None where they cannot be read.

    A spec with layers that were registered in Python is read only where they are registered.
    """
    paths = [servable.folder / SPEC, servable.folder / "member1.yaml"]
    try:
        document = specs.load(next(path for path in paths if path.is_file()))
        return document, specs.lower(document)
    except (UserError, StopIteration):
        return None, None


def _head(servable: Servable, graph: Graph | None) -> Iterator[Markup]:
    facts = ["trained" if servable.manifest.trained else "fresh weights, not trained"]
    facts += [f"{graph.params:,} params"] if graph else []
    facts += [f"{graph.macs:,} multiply-accumulates"] if graph and graph.macs is not None else []
    yield tag("header", tag("h1", servable.name), tag("p", " · ".join(facts), class_="soft"))


def _asking() -> Markup:
    form = tag("form", id="ask")
    return tag("section", tag("h2", "Ask the model"), form, tag("div", id="answer", aria_live="polite"))


def _model(document: Document | None, graph: Graph | None) -> Markup:
    missing = tag("p", "Its spec cannot be read here, so there is no drawing.", class_="soft")
    drawn = picture(document, graph) if document and graph else missing
    return tag("section", tag("h2", "The model"), tag("div", drawn, class_="model"))


def _signatures(servable: Servable) -> Markup:
    rows = [
        tag("tr", tag("td", tag("code", name)), tag("td", _told(each.inputs)), tag("td", _told(each.outputs)))
        for name, each in servable.signatures.items()
    ]
    head = tag("tr", tag("th", "signature"), tag("th", "takes"), tag("th", "gives"))
    path = tag("code", f"POST /v1/models/{servable.name}:predict")
    table = tag("div", tag("table", head, *rows), class_="wide")
    return tag("section", tag("h2", "Its signatures"), table, tag("p", path, class_="soft"))


def _told(fields: Mapping[str, Field]) -> Markup:
    return joined(*(tag("div", f"{name}: {field}") for name, field in fields.items()))
