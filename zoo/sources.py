"""The forms in which a model may be given to the functions of this package."""

from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.graph import Graph

Source = str | Path | Document
"""A shipped model's name, the path of a spec, or a document that is loaded already."""


def as_document(source: Source, params: dict[str, Any]) -> Document:
    """The document that a source names, with params put in."""
    if not isinstance(source, Document):
        return specs.load(source, **params)
    return specs.with_params(source, **params) if params else source


def as_graph(source: Source | Graph, params: dict[str, Any]) -> Graph:
    """The graph that a source means; a graph has its values already and takes no params."""
    if not isinstance(source, Graph):
        return specs.lower(as_document(source, params))
    if params:
        raise TypeError("a Graph takes no params; put them into specs.load")
    return source
