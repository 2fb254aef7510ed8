"""Path-like names folded into the blocks that they begin with, and repeats of a block into one row."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from specs.analysis.memory import Memory
from specs.graph import Graph, Node, Shape


@dataclass(frozen=True, slots=True)
class Block:
    """A layer, unit, block or named combinator of the body, or several equal ones one after the other.

    `params` and `macs` and `memory` are sums over all of them; `last` is the node at their end.
    """

    name: str
    kind: str
    count: int
    nodes: tuple[Node, ...]
    params: int
    macs: int | None
    memory: Memory

    @property
    def last(self) -> Node:
        """The node that computes the block's output."""
        return self.nodes[-1]

    @property
    def output_shape(self) -> Shape:
        """Shape at the end of the block."""
        return self.last.output_shape


def block_of(name: str, scopes: Iterable[str], depth: int = 1) -> str:
    """The outermost block that a node's name begins with, or the one so many deep; else the node's own name.

    >>> block_of("stage2_block1_conv1_norm", ("stage2_block1_conv1", "stage2_block1")), block_of("stem", ("st",))
    ('stage2_block1', 'stem')
    """
    known = scopes if isinstance(scopes, (set, frozenset)) else set(scopes)
    parts = name.split("_")
    starts = ("_".join(parts[:count]) for count in range(1, len(parts)))
    found = [start for start in starts if start in known]
    return found[min(depth, len(found)) - 1] if found else name


def blocks(graph: Graph, memory: Mapping[str, Memory] | None = None, depth: int = 1) -> tuple[Block, ...]:
    """The blocks of a graph in their order, repeats folded; `depth` says how deep to look inside them.

    >>> from specs import check
    >>> [(each.name, each.count, each.params) for each in blocks(check("resnet50").graph, depth=2)][5:7]
    [('stage2_bottleneck1', 1, 76928), ('stage2_bottleneck2…3', 2, 143104)]
    """
    runs: list[list[Node]] = []
    names: list[str] = []
    scopes = frozenset(graph.scopes)
    for node in graph.nodes:
        name = block_of(node.name, scopes, depth)
        if not names or names[-1] != name:
            names.append(name)
            runs.append([])
        runs[-1].append(node)
    found = [_block(name, tuple(nodes), memory or {}) for name, nodes in zip(names, runs, strict=True)]
    return tuple(_folded(found))


def _block(name: str, nodes: tuple[Node, ...], memory: Mapping[str, Memory]) -> Block:
    macs = [node.macs for node in nodes]
    total = None if None in macs else sum(each for each in macs if each is not None)
    needs = sum((memory.get(node.name, Memory()) for node in nodes), Memory())
    kind = nodes[0].op if len(nodes) == 1 and nodes[0].name == name else "block"
    return Block(name, kind, 1, nodes, sum(node.params for node in nodes), total, needs)


def _folded(found: Sequence[Block]) -> Iterable[Block]:
    start = 0
    while start < len(found):
        end = start + 1
        while end < len(found) and _signature(found[end]) == _signature(found[start]):
            end += 1
        yield _together(found[start:end])
        start = end


def _signature(block: Block) -> object:
    """What two repeats have in common: the layers with their arguments and figures, and the name but for its number."""
    layers = tuple((node.op, node.args, node.output_shape, node.params) for node in block.nodes)
    return _stem(block.name), layers, block.memory


def _stem(name: str) -> str:
    return re.sub(r"\d+$", "", name)


def _together(same: Sequence[Block]) -> Block:
    first, last = same[0], same[-1]
    if len(same) == 1:
        return first
    name = f"{first.name}…{last.name.removeprefix(_stem(last.name))}"
    macs = None if first.macs is None else first.macs * len(same)
    nodes = tuple(node for block in same for node in block.nodes)
    needs = sum((block.memory for block in same), Memory())
    return Block(name, first.kind, len(same), nodes, first.params * len(same), macs, needs)
