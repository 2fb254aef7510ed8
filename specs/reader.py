"""YAML text → raw tree, strictly and within bounds.

PyYAML's parser gives the events; the meaning of scalars is YAML 1.2's core schema (`1e-3` is a number, `no` is text,
`017` is 17), because PyYAML's own is YAML 1.1. Repeated keys, tags, merge keys and a second document are refused.
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamStartEvent,
)

from specs.errors import Mark, Problem, SpecError, UserError, got
from specs.tree import Entry, MappingNode, ScalarNode, SequenceNode, TreeNode, UnknownNode

MAX_BYTES = 2**20
"""Size of one file."""
MAX_NODES = 20_000
"""Keys and values of one file, aliases counted at their full size."""
MAX_DEPTH = 64
"""Nesting of lists and mappings."""
MAX_TEXT = 10_000
"""Characters of one value."""
MAX_KEY = 200
"""Characters of one key."""
MAX_NUMBER = 50
"""Characters of one number."""

_CONSTANTS = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True)
_CONSTANTS |= dict.fromkeys(("false", "False", "FALSE"), False)
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_BASES = {"0o": 8, "0x": 16}


def core_scalar(text: str) -> bool | int | float | str | None:
    """What an unquoted scalar means in YAML 1.2's core schema.

    >>> [core_scalar(t) for t in ("1e-3", "no", "017", "0o17", "~", "1_000", "true")]
    [0.001, 'no', 17, 15, None, '1_000', True]
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text[2:], _BASES[text[:2]]) if text[:2] in _BASES else int(text)
    if _FLOAT.fullmatch(text) or _SPECIAL.fullmatch(text):
        return float(text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf").replace(".n", "n"))
    return text


class _Reader:
    """One pass over the parser's events of one file."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.events = self._events(text)
        self.problems: list[Problem] = []
        self.anchors: dict[str, tuple[TreeNode, int]] = {}
        self.nodes = 0

    def _events(self, text: str) -> Iterator[Event]:
        try:
            yield from yaml.parse(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = Mark(self.file, mark.line + 1, mark.column + 1) if mark else Mark(self.file, 1, 1)
            hint = f"{error.context} in line {error.context_mark.line + 1}" if error.context_mark else None
            raise SpecError([Problem(place, "", f"not YAML: {error.problem}", hint)]) from None
        except yaml.reader.ReaderError as error:
            before = text[: error.position]
            place = Mark(self.file, before.count("\n") + 1, error.position - before.rfind("\n"))
            raise SpecError([Problem(place, "", f"not YAML: {error.reason}")]) from None
        except (ValueError, OverflowError) as error:
            # PyYAML's scanner converts numbers of escapes and directives without looking at their size.
            raise SpecError([Problem(Mark(self.file, 1, 1), "", f"not YAML: {error}")]) from None

    def mark(self, event: Event) -> Mark:
        start = event.start_mark
        assert start is not None
        return Mark(self.file, start.line + 1, start.column + 1)

    def stop(self, mark: Mark, path: str, message: str) -> SpecError:
        """The error for text that is not worth reading on; what was found before it is kept."""
        return SpecError([*self.problems, Problem(mark, path, message)])

    def refuse(self, mark: Mark, path: str, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(mark, path, message, hint))

    def read(self) -> TreeNode:
        event = next(self.events)
        while isinstance(event, (StreamStartEvent, DocumentStartEvent)):
            event = next(self.events)
        if not isinstance(event, NodeEvent):
            raise self.stop(Mark(self.file, 1, 1), "", "the file is empty")
        root = self.node(event, "", 0)
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                raise self.stop(self.mark(event), "", "a file holds one document; a second one starts here")
        return root

    def count(self, mark: Mark, path: str, nodes: int = 1) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise self.stop(mark, path, f"the file has more than {MAX_NODES:,} keys and values")

    def node(self, event: NodeEvent, path: str, depth: int) -> TreeNode:
        mark = self.mark(event)
        self.count(mark, path)
        if isinstance(event, AliasEvent):
            return self.alias(event, mark, path)
        assert isinstance(event, (ScalarEvent, CollectionStartEvent))
        if event.tag is not None:
            self.refuse(mark, path, f"tags have no meaning here {got(event.tag)}")
        before = self.nodes
        if isinstance(event, ScalarEvent):
            node = self.scalar(event, mark, path)
        else:
            node = self.collection(event, mark, path, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, self.nodes - before + 1)
        return node

    def alias(self, event: AliasEvent, mark: Mark, path: str) -> TreeNode:
        if event.anchor not in self.anchors:
            self.refuse(mark, path, f"no anchor &{event.anchor} is complete before this place")
            return UnknownNode(mark, path)
        node, size = self.anchors[event.anchor]
        self.count(mark, path, size)
        return node

    def scalar(self, event: ScalarEvent, mark: Mark, path: str) -> TreeNode:
        if len(event.value) > MAX_TEXT:
            raise self.stop(mark, path, f"a value of more than {MAX_TEXT:,} characters")
        if event.style is not None:
            return ScalarNode(event.value, mark, path)
        if len(event.value) > MAX_NUMBER and (_INT.fullmatch(event.value) or _FLOAT.fullmatch(event.value)):
            self.refuse(mark, path, f"a number of more than {MAX_NUMBER} characters")
            return UnknownNode(mark, path)
        return ScalarNode(core_scalar(event.value), mark, path)

    def collection(self, event: NodeEvent, mark: Mark, path: str, depth: int) -> TreeNode:
        if depth >= MAX_DEPTH:
            raise self.stop(mark, path[:MAX_KEY], f"lists and mappings nest deeper than {MAX_DEPTH}")
        if isinstance(event, SequenceStartEvent):
            return SequenceNode(tuple(self.items(path, depth + 1)), mark, path)
        assert isinstance(event, MappingStartEvent)
        return MappingNode(tuple(self.entries(path, depth + 1)), mark, path)

    def items(self, path: str, depth: int) -> Iterator[TreeNode]:
        for index, event in enumerate(self.events):
            if isinstance(event, SequenceEndEvent):
                return
            assert isinstance(event, NodeEvent)
            yield self.node(event, f"{path}[{index}]", depth)

    def entries(self, path: str, depth: int) -> Iterator[Entry]:
        seen: dict[str, Mark] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                return
            mark = self.mark(event)
            key = self.key(event, mark, path, depth)
            event = next(self.events)
            assert isinstance(event, NodeEvent)
            value = self.node(event, f"{path}.{key or '?'}" if path else key or "?", depth)
            if key is None:
                continue
            if key in seen:
                self.refuse(mark, value.path, f"the key stands twice; the first is in line {seen[key].line}")
                continue
            seen[key] = mark
            yield Entry(key, mark, value)

    def key(self, event: Event, mark: Mark, path: str, depth: int) -> str | None:
        """The text of a key; None for one that is refused, with its value still to be read."""
        if not isinstance(event, ScalarEvent):
            assert isinstance(event, NodeEvent)
            self.refuse(mark, path, "a key is a name")
            self.node(event, path, depth)
            return None
        self.count(mark, path)
        if event.anchor is not None or event.tag is not None:
            self.refuse(mark, path, "a key is a name, without anchor or tag")
        if len(event.value) > MAX_KEY:
            raise self.stop(mark, path, f"a key of more than {MAX_KEY} characters")
        if event.value == "<<" and event.style is None:
            self.refuse(mark, path, "merge keys are not part of YAML 1.2", "use defaults:, blocks: or extends:")
            return None
        return event.value


def read(text: str, file: str) -> MappingNode:
    """The raw tree of a spec; SpecError with every problem where the text is not such a tree.

    >>> tree = read("name: tiny\\ninput: {shape: [8, 8, 1]}", "tiny.yaml")
    >>> str(tree.entry("input").value.get("shape").items[2].mark)
    'tiny.yaml:2:23'
    """
    reader = _Reader(text.removeprefix("\ufeff"), file)
    root = reader.read()
    if not isinstance(root, MappingNode):
        reader.refuse(Mark(file, 1, 1), "", "a spec is a mapping of name, input, body, …")
    if reader.problems:
        raise SpecError(reader.problems)
    assert isinstance(root, MappingNode)
    return root


def read_file(path: Path, file: str, *, follow: bool = True) -> MappingNode:
    """The raw tree of a file; SpecError or UserError where it cannot be read.

    `follow` says whether a symbolic link is followed, which only a path that the user typed may be.
    """
    return read(_text(path, file, follow), file)


def _text(path: Path, file: str, follow: bool) -> str:
    # A FIFO would block for ever and a device never end: not blocking, regular files only, a bounded read.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UserError(f"{file}: cannot be read: {reason}") from None
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UserError(f"{file}: is not a regular file")
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UserError(f"{file}: is larger than 1 MiB, which no spec is")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        problem = Problem(Mark(file, line, column), "", "not UTF-8 text", "save the file as UTF-8")
        raise SpecError([problem]) from None
