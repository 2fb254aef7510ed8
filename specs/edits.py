"""Edits of a spec: one change of its text as data, and the same change made in its tree."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from specs.errors import Mark
from specs.tree import Entry, MappingNode, ScalarNode, SequenceNode, TreeNode, from_plain


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of the text.

    `replace` puts `value` in the place of the word or value at `mark`; `set` gives the argument `key` of the step whose
    key is at `mark` a value; `remove` takes the key at `mark` out with its value. `path` is that of what is changed.
    """

    action: Literal["replace", "set", "remove"]
    mark: Mark
    value: Any = None
    key: str = ""
    path: str = ""

    def as_dict(self) -> dict[str, object]:
        """The form that `zoo validate --json` prints."""
        place: dict[str, object] = {"file": self.mark.file, "line": self.mark.line, "column": self.mark.column}
        value = {} if self.action == "remove" else {"value": self.value}
        return {"action": self.action, "path": self.path, **place, **value}


def path_at(tree: TreeNode, mark: Mark) -> str:
    """The path of what stands at a place: the value of the key there, or the value there."""
    return next(_paths_at(tree, mark), "")


def _paths_at(node: TreeNode, mark: Mark) -> Iterator[str]:
    """Paths of the value whose key is at a place, or of the value there."""
    if isinstance(node, MappingNode):
        for entry in node.entries:
            if entry.key_mark == mark:
                yield entry.value.path
            yield from _paths_at(entry.value, mark)
    elif node.mark == mark:
        yield node.path
    elif isinstance(node, SequenceNode):
        for item in node.items:
            yield from _paths_at(item, mark)


def edited(tree: MappingNode, edits: Iterable[Edit]) -> MappingNode | None:
    """The tree with the edits made; None where it has nothing at one of their places."""
    for edit in edits:
        changed = _edited(tree, edit)
        if changed is tree:
            return None
        assert isinstance(changed, MappingNode)
        tree = changed
    return tree


def _edited(node: TreeNode, edit: Edit) -> TreeNode:
    """The node with an edit made wherever its place is: one anchor may stand in several."""
    if isinstance(node, MappingNode):
        entries = tuple(
            each
            for entry in node.entries
            # Most entries are plain values elsewhere, told without a call.
            for each in ((entry,) if _is_elsewhere(entry, edit.mark) else _edited_entry(entry, edit))
        )
        same = len(entries) == len(node.entries) and all(a is b for a, b in zip(entries, node.entries, strict=True))
        return node if same else replace(node, entries=entries)
    if node.mark == edit.mark:
        return _at_place(node, edit)
    if isinstance(node, SequenceNode):
        items = tuple(_edited(item, edit) for item in node.items)
        return node if all(a is b for a, b in zip(items, node.items, strict=True)) else replace(node, items=items)
    return node


def _is_elsewhere(entry: Entry, mark: Mark) -> bool:
    """Whether a plain value and its key both stand at other columns; what stands in the same one is compared whole."""
    column = mark.column
    return isinstance(entry.value, ScalarNode) and entry.key_mark.column != column != entry.value.mark.column


def _at_place(node: TreeNode, edit: Edit) -> TreeNode:
    if edit.action == "replace":
        return _written(edit.value, edit.mark, node.path)
    if edit.action == "set" and isinstance(node, ScalarNode) and isinstance(node.value, str):
        arguments = _with_argument(MappingNode((), edit.mark, f"{node.path}.{node.value}"), edit)
        return MappingNode((Entry(node.value, node.mark, arguments),), node.mark, node.path)
    return node


def _written(value: Any, mark: Mark, path: str) -> TreeNode:
    """The node of a value that stands in the text."""
    node = from_plain(value, mark, path)
    return replace(node, via_mark=None) if isinstance(node, ScalarNode) else node


def _edited_entry(entry: Entry, edit: Edit) -> Iterator[Entry]:
    if entry.key_mark != edit.mark:
        value = _edited(entry.value, edit)
        yield entry if value is entry.value else replace(entry, value=value)
    elif edit.action == "replace":
        yield replace(entry, key=str(edit.value))
    elif edit.action == "set":
        null = isinstance(entry.value, ScalarNode) and entry.value.value is None
        node = MappingNode((), entry.key_mark, entry.value.path) if null else entry.value
        yield replace(entry, value=_with_argument(node, edit)) if isinstance(node, MappingNode) else entry


def _with_argument(node: MappingNode, edit: Edit) -> MappingNode:
    mark = node.entries[0].key_mark if node.entries else edit.mark
    entry = Entry(edit.key, mark, _written(edit.value, mark, f"{node.path}.{edit.key}"))
    if node.entry(edit.key) is None:
        return replace(node, entries=(*node.entries, entry))
    return replace(node, entries=tuple(entry if each.key == edit.key else each for each in node.entries))
