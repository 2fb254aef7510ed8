"""A graph as the nested parts that its names tell of: stages, blocks, units, layers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise

from specs.graph import Graph, Node

MERGES = frozenset(("Add", "Concatenate", "Multiply", "Average", "Maximum", "Minimum", "Subtract", "Dot"))
CHAINED = 4
"""A scope of so few layers, one after the other, is a unit: a convolution with its norm and activation, say."""


@dataclass(frozen=True)
class Item:
    """A layer, or a named part of the model with the items inside it."""

    name: str
    nodes: tuple[Node, ...]
    items: "tuple[Item, ...]" = ()
    """Empty for a layer and for a unit, which is drawn as one box."""

    @cached_property
    def names(self) -> frozenset[str]:
        """Of all its nodes."""
        return frozenset(node.name for node in self.nodes)

    @cached_property
    def sources(self) -> frozenset[str]:
        """Nodes outside that something inside takes."""
        return frozenset(name for node in self.nodes for name in node.inputs) - self.names

    @property
    def params(self) -> int:
        """All weights inside."""
        return sum(node.params for node in self.nodes)

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one input, as far as they are known."""
        return sum(node.macs or 0 for node in self.nodes)


def tree(graph: Graph) -> tuple[Item, ...]:
    """The outermost items of a graph, in its order.

    >>> from specs import check
    >>> [(item.name, len(item.items)) for item in tree(check("resnet50").graph)][4:7]
    [('max_pooling2d1', 0), ('stage2', 3), ('stage3', 4)]
    """
    scopes = frozenset(graph.scopes)
    return tuple(_joined(tuple(_items([(_path(node.name, scopes), node) for node in graph.nodes], 0))))


def _path(name: str, scopes: frozenset[str]) -> tuple[str, ...]:
    """The scopes that a node stands in, the outermost first."""
    parts = name.split("_")
    starts = ("_".join(parts[:count]) for count in range(1, len(parts)))
    return tuple(start for start in starts if start in scopes)


def _items(placed: Sequence[tuple[tuple[str, ...], Node]], depth: int) -> Iterator[Item]:
    def scope(each: tuple[tuple[str, ...], Node]) -> str:
        path, node = each
        return path[depth] if len(path) > depth else node.name

    for name, run in groupby(placed, scope):
        inside = list(run)
        nodes = tuple(node for _, node in inside)
        if len(nodes) == 1:
            yield Item(nodes[0].name, nodes)
        elif all(len(path) == depth + 1 for path, _ in inside) and _is_unit(nodes):
            yield Item(name, nodes)
        else:
            items = tuple(_joined(tuple(_items(inside, depth + 1))))
            yield items[0] if len(items) == 1 else Item(name, nodes, items)


def _joined(items: tuple[Item, ...]) -> Iterator[Item]:
    """Blocks with the layers behind them that join them to what they were given: the sum of a residual, say."""
    start = 0
    while start < len(items):
        block, end = items[start], start + 1
        if block.items:
            known, last = block.names | block.sources, end
            while last < len(items) and not items[last].items and not items[last].params:
                if not items[last].sources <= known:
                    break
                known |= items[last].names
                last += 1
                if items[last - 1].nodes[0].op in MERGES:
                    end = last
        inside = items[start:end]
        nodes = tuple(node for item in inside for node in item.nodes)
        yield block if end == start + 1 else Item(block.name, nodes, (*block.items, *inside[1:]))
        start = end


def _is_unit(nodes: Sequence[Node]) -> bool:
    chained = all(after.inputs == (before.name,) for before, after in pairwise(nodes))
    return len(nodes) <= CHAINED and chained and sum(_is_main(node) for node in nodes) <= 1


def _is_main(node: Node) -> bool:
    """Whether a box of it is called after it: it computes with a kernel."""
    return node.macs != 0
