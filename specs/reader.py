"""YAML text → raw tree, strictly and within bounds.

PyYAML's parser gives the events. Repeated keys, tags, merge keys and a second document are refused.
"""

import re
from collections.abc import Iterator

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
from yaml.scanner import ScannerError
from yaml.tokens import ScalarToken

from specs.errors import MAX_VALUE_TEXT, Mark, Problem, SpecError
from specs.scalars import core_scalar, is_number
from specs.syntax import syntax_problem
from specs.tree import Entry, MappingNode, ScalarNode, SequenceNode, TreeNode, UnknownNode

MAX_NODES = 12_000
"""Keys and values of one file, aliases counted at their full size."""
MAX_DEPTH = 64
"""Nesting of lists and mappings."""
MAX_TEXT = 10_000
"""Characters of one value."""
MAX_KEY = 200
"""Characters of one key."""
MAX_NUMBER = 50
"""Characters of one number."""
LONG = 20_000
"""Characters of the rest of a text from which on it is asked first whether a quote in it ends."""
_QUOTED = {'"': re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL), "'": re.compile("'[^']*+'")}


def _half_character(text: str) -> bool:
    """Whether an escape such as \\uD800 gave a surrogate, which cannot be printed or saved."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _tag(tag: str) -> str:
    """A tag as it is written."""
    return tag.replace("tag:yaml.org,2002:", "!!")[:MAX_VALUE_TEXT]


class _Loader(yaml.SafeLoader):
    """PyYAML's parser, which stops at what it would otherwise read by the thousand to no end."""

    ends = 0

    def fetch_directive(self) -> None:
        if self.prefix(5) != "%YAML":
            raise ScannerError(None, None, "found a directive other than %YAML", self.get_mark())
        super().fetch_directive()

    def fetch_document_end(self) -> None:
        self.ends += 1
        if self.ends > 2:
            raise ScannerError(None, None, "found one more end of a document", self.get_mark())
        super().fetch_document_end()

    def scan_flow_scalar(self, style: str) -> ScalarToken:
        # A quote without end is the rest of the text, which the scanner reads character by character.
        rest = len(self.buffer) - self.pointer - 1
        if rest > LONG and not _QUOTED[style].match(self.buffer, self.pointer):
            start = self.get_mark()
            self.forward(rest)
            raise ScannerError(
                "while scanning a quoted scalar", start, "found unexpected end of stream", self.get_mark()
            )
        token: ScalarToken = super().scan_flow_scalar(style)
        return token


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
            yield from yaml.parse(text, Loader=_Loader)
        except yaml.YAMLError as error:
            raise SpecError([*self.problems, syntax_problem(error, text, self.file)]) from None
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
            self.refuse(mark, path, f"tags have no meaning here (got {_tag(event.tag)})")
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
        if _half_character(event.value):
            self.refuse(mark, path, "half of a character, which no text can hold")
            return UnknownNode(mark, path)
        if event.style is not None:
            return ScalarNode(event.value, mark, path)
        if len(event.value) > MAX_NUMBER and is_number(event.value):
            self.refuse(mark, path, f"a number of more than {MAX_NUMBER} characters")
            return UnknownNode(mark, path)
        return ScalarNode(core_scalar(event.value), mark, path)

    def collection(self, event: NodeEvent, mark: Mark, path: str, depth: int) -> TreeNode:
        if depth >= MAX_DEPTH:
            raise self.stop(mark, "", f"lists and mappings nest deeper than {MAX_DEPTH}")
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
            self.refuse(mark, path, "a key is a name, not a list or mapping")
            self.node(event, path, depth)
            return None
        self.count(mark, path)
        if event.anchor is not None or event.tag is not None:
            self.refuse(mark, path, "a key is a name, without anchor or tag")
        if len(event.value) > MAX_KEY:
            raise self.stop(mark, path, f"a key of more than {MAX_KEY} characters")
        if _half_character(event.value):
            self.refuse(mark, path, "half of a character, which no text can hold")
            return None
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
