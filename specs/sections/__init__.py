"""The sections of a document as they are written: frozen pydantic models."""

from specs.sections.base import OneOf
from specs.sections.lint import Lint
from specs.sections.model import Expects, Limits, OutputSpec
from specs.sections.search import Axis, Search
from specs.sections.train import Train

__all__ = ["Axis", "Expects", "Limits", "Lint", "OneOf", "OutputSpec", "Search", "Train"]
