"""The blocks that a document declares: named bodies with params of their own."""

from collections.abc import Mapping
from dataclasses import dataclass

from specs.combinators import COMBINATORS
from specs.errors import Mark, Problem, did_you_mean
from specs.resolve import Report, Scope, check_param_name, resolve_together
from specs.tree import Entry, MappingNode, ScalarNode, SequenceNode, TreeNode, UnknownNode, kind_of

REQUIRED = "required"
"""The value of a block's param that every use has to give."""


@dataclass(frozen=True, slots=True)
class Block:
    """A named body; `params` are its params with their default values, or the word `required`."""

    name: str
    params: Mapping[str, TreeNode]
    body: SequenceNode
    mark: Mark

    def required(self) -> tuple[str, ...]:
        """Names of the params that have no default."""
        return tuple(name for name, node in self.params.items() if _is_required(node))

    def scope(
        self, given: Mapping[str, tuple[Entry, TreeNode]], use: MappingNode, outer: Scope, report: Report
    ) -> Scope:
        """The scope of the body for one use with the given, already resolved arguments."""
        for name, (entry, _) in given.items():
            if name not in self.params:
                known = ", ".join(self.params) or "no params"
                hint = did_you_mean(name, self.params) or f"it has {known}"
                report(Problem(entry.key_mark, entry.value.path, f"{self.name} has no {name!r}", hint))
        for name in self.required():
            if name not in given:
                report(Problem(use.mark, f"{use.path}.{name}", "is required"))
        written = {name: given[name][1] if name in given else self._default(name) for name in self.params}
        return outer.inner(resolve_together(written, outer, report))

    def _default(self, name: str) -> TreeNode:
        node = self.params[name]
        return UnknownNode(node.mark, node.path) if _is_required(node) else node


def _is_required(node: TreeNode) -> bool:
    return isinstance(node, ScalarNode) and node.value == REQUIRED


def read_blocks(section: TreeNode | None, layers: tuple[str, ...], report: Report) -> dict[str, Block]:
    """The declared blocks by name; those that are no blocks are reported and left out."""
    if section is None:
        return {}
    if not isinstance(section, MappingNode):
        report(Problem(section.mark, section.path, f"must be a mapping of names to blocks (got {kind_of(section)})"))
        return {}
    blocks = (_read_block(entry, layers, report) for entry in section.entries)
    return {block.name: block for block in blocks if block is not None}


def _read_block(entry: Entry, layers: tuple[str, ...], report: Report) -> Block | None:
    node, name = entry.value, entry.key
    if name in COMBINATORS or name in layers or not name.isidentifier() or not name.isascii():
        taken = name in COMBINATORS or name in layers
        message = f"{name!r} is the name of a layer or unit" if taken else f"{name!r} cannot be a block's name"
        report(Problem(entry.key_mark, node.path, message, "give the block another name"))
        return None
    body = node.get("body") if isinstance(node, MappingNode) else None
    if not isinstance(node, MappingNode) or not isinstance(body, SequenceNode):
        report(Problem(entry.key_mark, node.path, "a block needs a body, a list of steps"))
        return None
    for each in node.entries:
        if each.key not in ("params", "body"):
            report(Problem(each.key_mark, each.value.path, f"a block has no {each.key!r}", "it has params, body"))
    return Block(name, _params(node.get("params"), report), body, entry.key_mark)


def _params(node: TreeNode | None, report: Report) -> dict[str, TreeNode]:
    if node is None:
        return {}
    if not isinstance(node, MappingNode):
        report(Problem(node.mark, node.path, f"must be a mapping of names to values (got {kind_of(node)})"))
        return {}
    for entry in node.entries:
        check_param_name(entry, report)
    return {entry.key: entry.value for entry in node.entries}
