"""What a rule looks at: a document, its graph, and the places of what was written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from specs.document import Document
from specs.errors import Mark
from specs.graph import Graph, Node
from specs.linting.kinds import CONVS, SHAPING
from specs.step import Step
from specs.tree import MappingNode, ScalarNode, SequenceNode, TreeNode, walk

Place = tuple[Mark, str]
"""Where something was written, and its path in the document."""


@dataclass(slots=True)
class View:
    """A document with its graph, indexed for the questions that rules ask."""

    document: Document
    graph: Graph
    nodes: dict[str, Node] = field(default_factory=dict)
    after: dict[str, list[Node]] = field(default_factory=dict)
    steps: dict[Mark, Step] = field(default_factory=dict)
    raw: dict[Mark, object] = field(default_factory=dict)
    """What was written at a place: a reference `$name` instead of its value."""

    def __post_init__(self) -> None:
        self.nodes = {node.name: node for node in self.graph.nodes}
        self.after = {name: [] for name in self.nodes}
        for node in self.graph.nodes:
            for name in node.inputs:
                self.after[name].append(node)
        self.steps = {step.mark: step for step in _all_steps(self.document.body) if step.kind}
        scalars = (node for node in walk(self.document.tree) if isinstance(node, ScalarNode))
        self.raw = {node.mark: node.value for node in scalars}

    def before(self, node: Node) -> Node | None:
        """The node that this one takes its input from; None where there are several or none."""
        return self.nodes[node.inputs[0]] if len(node.inputs) == 1 else None

    def next(self, node: Node) -> Node | None:
        """The node that alone takes this one's output; None where it is an output or goes several ways."""
        following = self.after[node.name]
        return following[0] if len(following) == 1 and not self.is_output(node) else None

    def onward(self, node: Node, through: Iterable[str] = SHAPING) -> Node | None:
        """The first node down the line whose op is none of `through`; None where the line ends or parts."""
        found = self.next(node)
        while found is not None and found.op in through:
            found = self.next(found)
        return found

    def back(self, node: Node, through: Iterable[str] = SHAPING) -> Node | None:
        """The first node up the line whose op is none of `through`; None at the beginning and after a merge."""
        found = self.before(node)
        while found is not None and found.op in through:
            found = self.before(found)
        return found

    def input_shape(self, node: Node) -> tuple[int | None, ...]:
        """The shape of the node's first input."""
        return self.nodes[node.inputs[0]].output_shape

    def is_output(self, node: Node) -> bool:
        """Whether the model gives the node's value."""
        return any(output.node == node.name for output in self.graph.outputs.values())

    def place(self, node: Node, argument: str = "") -> Place:
        """Where a node's argument was written: at its step, under the defaults, or else the step itself."""
        step = self.steps.get(node.mark)
        if step is None:
            return node.mark, "input"
        if argument in step.places:
            return step.places[argument]
        # A projection is a unit, and takes the unit's defaults.
        for kind in (step.kind, *(["conv"] if step.kind == "residual" and node.op in CONVS else []), node.op):
            found = self.written("defaults", kind, argument)
            if found is not None:
                return found
        return step.mark, step.path

    def written(self, *keys: str) -> Place | None:
        """Where a value of a section was written; None where it was not."""
        node: TreeNode | None = self.document.tree
        place: Place | None = None
        for key in keys:
            entry = node.entry(key) if isinstance(node, MappingNode) else None
            if entry is None:
                return None
            # The place of a mapping or a list is that of its key: its own may be the next line.
            inner = entry.value
            place = (inner.mark if isinstance(inner, ScalarNode) else entry.key_mark, inner.path)
            node = inner
        return place

    def nearest(self, *keys: str) -> Place:
        """Where a value was written, or the innermost section around it that was."""
        for end in range(len(keys), 0, -1):
            found = self.written(*keys[:end])
            if found is not None:
                return found
        return self.document.tree.mark, keys[0]

    def param_at(self, *keys: str) -> str | None:
        """The param that a value of a section is a bare reference to."""
        place = self.written(*keys)
        text = self.raw.get(place[0]) if place else None
        name = text.strip().removeprefix("$") if isinstance(text, str) and text.startswith("$") else None
        return name if name in self.document.params else None

    def is_reference(self, place: Place) -> bool:
        """Whether what was written there is a reference or an expression."""
        text = self.raw.get(place[0])
        return isinstance(text, str) and text.startswith("$")

    def words(self) -> set[str]:
        """Every key and every text by which a step may be named, in bodies and in the params that they refer to."""
        found: set[str] = set()
        blocks = self.document.tree.get("blocks")
        roots = [self.document.tree.get(section) for section in ("params", "body", "search")]
        # What a block is named says nothing of its use.
        roots += [entry.value for entry in blocks.entries] if isinstance(blocks, MappingNode) else []
        for root in roots:
            for node in walk(root) if root is not None else ():
                found.update(_words(node))
        return found


def _words(node: TreeNode) -> Iterable[str]:
    if isinstance(node, MappingNode):
        return [entry.key for entry in node.entries]
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        return [node.value]
    return []


def item_places(node: TreeNode | None) -> Iterator[tuple[Any, Place]]:
    """The values of a list of scalars, each with its place."""
    for item in node.items if isinstance(node, SequenceNode) else ():
        if isinstance(item, ScalarNode):
            yield item.value, (item.mark, item.path)


def _all_steps(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for body in step.bodies:
            yield from _all_steps(body)
