"""The raw tree: what the YAML text says, with the place of every key and value. No judgement yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from specs.errors import Mark, got

GIVEN: Final = Mark("", 0, 0)
"""The `via_mark` of a value that no file holds: it was given on the command line or from Python."""

FROM_OUTSIDE: Final = ", set from outside"
"""What a message says of such a value."""


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A number, text, boolean or null.

    `via` is the reference that gave the value (`$filters`), `via_mark` the place where that value was written.
    """

    value: bool | int | float | str | None
    mark: Mark
    path: str
    via: str | None = None
    via_mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """A list."""

    items: "tuple[TreeNode, ...]"
    mark: Mark
    path: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value."""

    key: str
    key_mark: Mark
    value: "TreeNode"


@dataclass(frozen=True, slots=True)
class MappingNode:
    """Keys and values in the order of the text; no key twice."""

    entries: tuple[Entry, ...]
    mark: Mark
    path: str

    def get(self, key: str) -> "TreeNode | None":
        """The value of a key, or None where the key is absent."""
        entry = self.entry(key)
        return entry.value if entry else None

    def entry(self, key: str) -> Entry | None:
        """The key with its place and value, or None where it is absent."""
        return next((entry for entry in self.entries if entry.key == key), None)


@dataclass(frozen=True, slots=True)
class UnknownNode:
    """A value that could not be had; the reason is reported already, so that nothing is reported on top of it."""

    mark: Mark
    path: str


TreeNode = ScalarNode | SequenceNode | MappingNode | UnknownNode


class _Unknown:
    """The plain form of an UnknownNode: of no type that any field accepts."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = _Unknown()


def plain(node: TreeNode) -> Any:
    """The tree as dicts, tuples and scalars."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, SequenceNode):
        return tuple(plain(item) for item in node.items)
    if isinstance(node, MappingNode):
        return {entry.key: plain(entry.value) for entry in node.entries}
    return UNKNOWN


def is_null(node: TreeNode) -> bool:
    """Whether nothing was written, or null.

    >>> is_null(ScalarNode(None, Mark("a.yaml", 1, 1), "params"))
    True
    """
    return isinstance(node, ScalarNode) and node.value is None


def kind_of(node: TreeNode) -> str:
    """What a node is, as the suffix of a message; collections are not quoted.

    >>> kind_of(ScalarNode(None, Mark("a.yaml", 1, 1), "")), kind_of(SequenceNode((), Mark("a.yaml", 1, 1), ""))
    ('(got nothing)', '(got a list)')
    """
    if isinstance(node, SequenceNode):
        return "(got a list)"
    if isinstance(node, MappingNode):
        return "(got a mapping)" if node.entries else "(got an empty mapping)"
    return "(got nothing)" if is_null(node) else got_at(node)


def got_at(place: TreeNode) -> str:
    """The suffix that quotes the value at a place, and where it came from if a reference brought it."""
    quoted = got(plain(place))
    if not isinstance(place, ScalarNode) or place.via is None:
        return quoted
    written = place.via_mark
    source = f" in line {written.line}" if written and written != GIVEN else ""
    file = f" of {written.file}" if source and written and written.file != place.mark.file else ""
    given = FROM_OUTSIDE if written == GIVEN else ""
    return f"{quoted[:-1]} from {place.via}{source}{file}{given})"


def from_plain(value: Any, mark: Mark, path: str) -> TreeNode:
    """A tree for a value that was given on the command line or from Python, all at one place.

    Raises TypeError where the value is of no type that YAML has.
    """
    if value is UNKNOWN:
        return UnknownNode(mark, path)
    if value is None or isinstance(value, (bool, int, float, str)):
        return ScalarNode(value, mark, path, via_mark=GIVEN)
    if isinstance(value, (list, tuple)):
        return SequenceNode(tuple(from_plain(v, mark, f"{path}[{i}]") for i, v in enumerate(value)), mark, path)
    if isinstance(value, dict):
        entries = (Entry(str(key), mark, from_plain(v, mark, f"{path}.{key}")) for key, v in value.items())
        return MappingNode(tuple(entries), mark, path)
    raise TypeError(f"{path}: a value of type {type(value).__name__} has no place in a spec")


def walk(node: TreeNode) -> Iterator[TreeNode]:
    """The node and everything below it."""
    yield node
    if isinstance(node, SequenceNode):
        for item in node.items:
            yield from walk(item)
    elif isinstance(node, MappingNode):
        for entry in node.entries:
            yield from walk(entry.value)
