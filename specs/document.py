"""A document: one spec with its params put in, validated section by section."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from specs.ops.core import InputLayer
from specs.step import Step
from specs.tree import MappingNode

if TYPE_CHECKING:
    from specs.sections import Expects, Export, Limits, Lint, OriginalChoice, OutputSpec, Published, Search, Train


@dataclass(frozen=True, slots=True)
class Document:
    """What was written, with every reference replaced by its value.

    `params` are the values in force; `tree` is the text as read, with `extends` merged and references still in it,
    from which `specs.with_params` makes the same document with other values.
    """

    name: str
    file: str
    """Path of the spec as the user gave it, or of the shipped file."""
    summary: str
    source: str
    params: Mapping[str, Any]
    overrides: Mapping[str, Any]
    """The params that were given from outside instead of the text."""
    published: "Published | None"
    expects: "Expects | None"
    original: "OriginalChoice | None"
    weights: str
    """`imagenet`, or the path of a run or a weight file, relative to the spec; empty for fresh weights."""
    top: str
    """Name of the step at which the classifier begins; empty where the spec does not say."""
    defaults: Mapping[str, Mapping[str, Any]]
    inputs: Mapping[str, InputLayer]
    body: tuple[Step, ...]
    outputs: "Mapping[str, OutputSpec] | None"
    adapted: Mapping[str, Mapping[str, Any]]
    """What a run measured on its training examples, by the name of the layer."""
    train: "Train | None"
    search: "Search | None"
    export: "Export | None"
    lint: "Lint | None"
    limits: "Limits | None"
    tree: MappingNode = field(repr=False, compare=False)
