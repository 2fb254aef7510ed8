"""The sections of a tree around its body: which there are, and each as its model."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, TypeVar

from specs.errors import Problem, closest
from specs.ops.base import Frozen
from specs.ops.core import InputLayer
from specs.resolve import NAME_HINT, Report, Scope, resolve
from specs.sections import MODELS
from specs.tree import GIVEN, Entry, MappingNode, ScalarNode, SequenceNode, TreeNode, is_null, kind_of, plain
from specs.validate import validated

if TYPE_CHECKING:
    from specs.sections import OutputSpec

SECTIONS = (
    "name", "summary", "source", "published", "expects", "limits", "extends", "params", "input", "inputs",
    "defaults", "blocks", "body", "top", "outputs", "original", "weights", "adapted", "train", "search", "export",
    "lint",
)  # fmt: skip
"""Keys of a document, in the order in which it is written."""

REQUIRED = {
    "name": "write name: a_name_for_the_model",
    "input": "write input: {shape: [height, width, channels]}",
    "body": "write body: and under it a list of steps",
}
"""Sections that every spec has, with an example."""

Model = TypeVar("Model", bound=Frozen)


def check_sections(tree: MappingNode, report: Report) -> None:
    """Reports sections that there are not, and those that are missing or empty."""
    meant = set()
    for entry in tree.entries:
        if entry.key not in SECTIONS:
            meant.add(closest(entry.key, SECTIONS))
            from specs.repairs import spelled

            hint, repairs = _section_hint(entry.key), spelled(entry.key_mark, entry.key, SECTIONS)
            report(Problem(entry.key_mark, entry.key, f"a spec has no section {entry.key!r}", hint, repairs))
    for key, hint in REQUIRED.items():
        node = tree.get(key) or (tree.get("inputs") if key == "input" else None)
        if node is None and key not in meant:
            report(Problem(tree.mark, key, "is required", hint))
        elif is_empty(node):
            assert node is not None
            report(Problem(node.mark, key, f"must not be empty {kind_of(node)}", hint))


def is_empty(node: TreeNode | None) -> bool:
    """Whether a section is there and holds nothing."""
    if isinstance(node, SequenceNode):
        return not node.items
    return node is not None and is_null(node)


def _section_hint(word: str) -> str:
    for section, model in (("train", "Train"), ("search", "Search")):
        name = closest(word, MODELS[model].model_fields)
        if name and not closest(word, SECTIONS):
            return f"{name} stands under {section}:"
    return f"it has {', '.join(SECTIONS)}"


class Sections:
    """Reads the sections of one tree."""

    def __init__(self, tree: MappingNode, scope: Scope, report: Report) -> None:
        self.tree, self.scope, self.report = tree, scope, report

    def node(self, key: str) -> TreeNode | None:
        node = self.tree.get(key)
        return None if node is None else resolve(node, self.scope, self.report)

    def text(self, key: str) -> str:
        """A text without references: $ has no meaning in it."""
        node = self.tree.get(key)
        if node is None:
            return ""
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
            self.report(Problem(node.mark, key, f"must be text {kind_of(node)}"))
            return ""
        return node.value

    def name(self) -> str:
        """The model's name; a missing one is reported with the sections."""
        node = self.tree.get("name")
        value = plain(node) if node else None
        if node is None or value is None:
            return ""
        if not isinstance(value, str) or not value.isascii() or not value.isidentifier() or len(value) > 100:
            from specs.repairs import named

            self.report(Problem(node.mark, "name", f"is no name {kind_of(node)}", NAME_HINT, named(node)))
        return str(value)

    def model(self, key: str, model: str, seen: Callable[[TreeNode], TreeNode] = lambda node: node) -> Any:
        """The section as its model of that name in `specs.sections.MODELS`; None where it is absent or refused."""
        node = self.node(key)
        node = None if node is None else seen(node)
        if node is not None and is_null(node):
            # An empty section is one with its defaults, at the place of its key.
            entry = self.tree.entry(key)
            node = MappingNode((), entry.key_mark if entry else node.mark, key)
        return None if node is None else validated(MODELS[model], node, key, self.report)

    def adapted(self) -> dict[str, dict[str, Any]]:
        """The values that were measured, by layer; `$` has no meaning among words that were read from data."""
        node = self.tree.get("adapted")
        if node is None or is_null(node):
            return {}
        if not isinstance(node, MappingNode):
            self.report(Problem(node.mark, "adapted", f"must be a mapping of layers to values {kind_of(node)}"))
            return {}
        for entry in node.entries:
            if not isinstance(entry.value, MappingNode):
                message = f"must be a mapping of arguments to values {kind_of(entry.value)}"
                self.report(Problem(entry.value.mark, entry.value.path, message))
        return {each.key: plain(each.value) for each in node.entries if isinstance(each.value, MappingNode)}

    def models(self, key: str, read_one: Callable[[TreeNode, str], Model | None]) -> dict[str, Model]:
        node = self.node(key)
        if not isinstance(node, MappingNode) or not node.entries:
            place = node or self.tree
            if not (key == "inputs" and is_empty(place)):
                self.report(Problem(place.mark, key, f"must be a mapping of names {kind_of(place)}"))
            return {}
        for entry in node.entries:
            if not entry.key.isidentifier() or not entry.key.isascii():
                message = f"{entry.key!r} is no name: letters, digits and underscores"
                self.report(Problem(entry.key_mark, entry.value.path, message))
            elif key == "inputs":
                self._check_input(entry, node.entries)
        found = ((entry.key, read_one(entry.value, entry.key)) for entry in node.entries)
        return {name: model for name, model in found if model is not None}

    def _check_input(self, entry: Entry, entries: Sequence[Entry]) -> None:
        """A SavedModel takes its inputs as arguments of a function, and knows them by their names in lower case."""
        first = next(each.key for each in entries if each.key.lower() == entry.key.lower())
        if iskeyword(entry.key):
            message = f"{entry.key!r} cannot be an input's name: it is a keyword of Python"
        elif first != entry.key:
            message = f"{entry.key!r} differs from the input {first!r} in upper and lower case alone"
        else:
            return
        self.report(Problem(entry.key_mark, entry.value.path, message, f"name it {entry.key}_"))


def from_here(node: TreeNode) -> TreeNode:
    """A `path` that was set from outside counts from where its writer is, not from the folder of the spec."""
    if not isinstance(node, MappingNode):
        return node
    entries = tuple(replace(each, value=_absolute(each.key, each.value)) for each in node.entries)
    return replace(node, entries=entries)


def _absolute(key: str, node: TreeNode) -> TreeNode:
    if key == "path" and isinstance(node, ScalarNode) and node.via_mark == GIVEN and isinstance(node.value, str):
        return replace(node, value=os.path.abspath(node.value)) if node.value else node
    return from_here(node)


def inputs_of(section: Sections, tree: MappingNode, report: Report) -> dict[str, InputLayer]:
    """The model's inputs by name; the only one, written under `input:`, is named input."""

    def one(node: TreeNode, name: str) -> InputLayer | None:
        return validated(InputLayer, node, name, report)

    if tree.get("inputs") is not None:
        if tree.get("input") is not None:
            entry = tree.entry("input")
            assert entry is not None
            report(Problem(entry.key_mark, "input", "input and inputs exclude each other", "keep one"))
        return section.models("inputs", one)
    node = section.node("input")
    if node is None or is_empty(node):
        return {}
    if isinstance(node, SequenceNode):
        report(Problem(node.mark, "input", f"must be a mapping {kind_of(node)}", REQUIRED["input"]))
        return {}
    found = one(node, "input")
    return {} if found is None else {"input": found}


def outputs_of(section: Sections) -> "dict[str, OutputSpec] | None":
    """The named outputs, None where the end of the body is the only one."""
    if section.tree.get("outputs") is None:
        # Their model brings all losses along, which are not imported for nothing.
        return None
    model: type[OutputSpec] = MODELS["OutputSpec"]

    def one(node: TreeNode, name: str) -> "OutputSpec | None":
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            node = MappingNode((Entry("from", node.mark, node),), node.mark, node.path)
        if not isinstance(node, MappingNode):
            hint = "name: {from: step, loss_weight: 0.3}"
            section.report(
                Problem(node.mark, node.path, f"must be the name of a step, or a mapping {kind_of(node)}", hint)
            )
            return None
        return validated(model, node, "an output", section.report)

    return section.models("outputs", one)
