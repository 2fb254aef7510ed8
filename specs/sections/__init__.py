"""The sections of a document as they are written: frozen pydantic models.

Each is imported when a spec has it: most specs have few of them, and a check has to be quick.
"""

from typing import TYPE_CHECKING, Any

from specs.ops.table import Table

if TYPE_CHECKING:
    from specs.sections.base import OneOf as OneOf
    from specs.sections.export import Export as Export
    from specs.sections.lint import Lint as Lint
    from specs.sections.model import Expects as Expects
    from specs.sections.model import Limits as Limits
    from specs.sections.model import Published as Published
    from specs.sections.original import OriginalChoice as OriginalChoice
    from specs.sections.outputs import OutputSpec as OutputSpec
    from specs.sections.search import Axis as Axis
    from specs.sections.search import Search as Search
    from specs.sections.train import Train as Train

MODELS: Table[Any] = Table(
    {
        "Axis": ("specs.sections.search", "Axis"),
        "Expects": ("specs.sections.model", "Expects"),
        "Export": ("specs.sections.export", "Export"),
        "Limits": ("specs.sections.model", "Limits"),
        "Lint": ("specs.sections.lint", "Lint"),
        "OneOf": ("specs.sections.base", "OneOf"),
        "OriginalChoice": ("specs.sections.original", "OriginalChoice"),
        "OutputSpec": ("specs.sections.outputs", "OutputSpec"),
        "Published": ("specs.sections.model", "Published"),
        "Search": ("specs.sections.search", "Search"),
        "Train": ("specs.sections.train", "Train"),
    }
)
"""The model of every section, by its class name."""

__all__ = [
    "Axis",
    "Expects",
    "Export",
    "Limits",
    "Lint",
    "OneOf",
    "OriginalChoice",
    "OutputSpec",
    "Published",
    "Search",
    "Train",
]


def __getattr__(name: str) -> Any:
    if name not in MODELS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return MODELS[name]
