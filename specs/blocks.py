"""The blocks that a document declares: named bodies with params of their own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specs.combinators import COMBINATORS
from specs.errors import Mark, Problem, closest
from specs.resolve import NAME_HINT, Report, Scope, check_param_name, resolve_together
from specs.tree import Entry, MappingNode, ScalarNode, SequenceNode, TreeNode, UnknownNode, is_null, kind_of

if TYPE_CHECKING:
    from specs.repairs import Repair

REQUIRED = "required"
"""The value of a block's param that every use has to give."""

BESIDE = ("name", "from", "repeat", "index", "when", "share")
"""Keys that may stand beside a step's layer."""


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
        meant = set()
        for name, (entry, _) in given.items():
            if name not in self.params:
                meant.add(closest(name, self.params))
                known = f"it has {', '.join(self.params)}" if self.params else "it takes no arguments"
                repairs = _spelled(entry, self.params)
                report(Problem(entry.key_mark, entry.value.path, f"{self.name} has no {name!r}", known, repairs))
        for name in self.required():
            if name not in given and name not in meant:
                report(Problem(use.mark, f"{use.path}.{name}", "is required"))
        written = {name: given[name][1] if name in given else self._default(name) for name in self.params}
        return outer.inner(resolve_together(written, outer, report))

    def _default(self, name: str) -> TreeNode:
        node = self.params[name]
        return UnknownNode(node.mark, node.path) if _is_required(node) else node


def _spelled(entry: Entry, known: Iterable[str]) -> "tuple[Repair, ...]":
    from specs.repairs import spelled

    return spelled(entry.key_mark, entry.key, known)


def _is_required(node: TreeNode) -> bool:
    return isinstance(node, ScalarNode) and node.value == REQUIRED


def read_blocks(section: TreeNode | None, layers: tuple[str, ...], report: Report) -> dict[str, Block | None]:
    """The declared blocks by name; None for those that are no blocks, which are reported."""
    if section is None or is_null(section):
        return {}
    if not isinstance(section, MappingNode):
        report(Problem(section.mark, section.path, f"must be a mapping of names to blocks {kind_of(section)}"))
        return {}
    return {entry.key: _read_block(entry, layers, report) for entry in section.entries}


def _read_block(entry: Entry, layers: tuple[str, ...], report: Report) -> Block | None:
    node, name = entry.value, entry.key
    taken = name in COMBINATORS or name in layers or name in BESIDE
    if taken or not name.isidentifier() or not name.isascii():
        message = f"{name!r} is taken: it has a meaning in steps" if taken else f"{name!r} cannot be a block's name"
        hint = "give the block another name" if taken else NAME_HINT
        report(Problem(entry.key_mark, node.path, message, hint))
        return None
    if not isinstance(node, MappingNode):
        report(Problem(node.mark, node.path, f"must be a mapping of params and body {kind_of(node)}"))
        return None
    for each in node.entries:
        if each.key not in ("params", "body"):
            repairs, message = _spelled(each, ("params", "body")), f"a block has no {each.key!r}"
            report(Problem(each.key_mark, each.value.path, message, "it has params, body", repairs))
    body = node.get("body")
    if body is None or not isinstance(body, SequenceNode):
        place, given = (body.mark, kind_of(body)) if body else (entry.key_mark, "")
        report(Problem(place, f"{node.path}.body", f"must be a list of steps {given}" if body else "is required"))
        return None
    return Block(name, _params(node.get("params"), report), body, entry.key_mark)


def _params(node: TreeNode | None, report: Report) -> dict[str, TreeNode]:
    if node is None or is_null(node):
        return {}
    if not isinstance(node, MappingNode):
        report(Problem(node.mark, node.path, f"must be a mapping of names to values {kind_of(node)}"))
        return {}
    for entry in node.entries:
        check_param_name(entry, report)
    return {entry.key: entry.value for entry in node.entries}
