"""What differs between two models: nodes, parameters, MACs and memory by stage, and which weights carry over."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from specs.analysis.memory import node_memory
from specs.analysis.slots import scalars
from specs.document import Document
from specs.graph import Graph, Node
from specs.lower import lower
from specs.sections import Train
from specs.step import Step

REST = "(others)"
"""The stage of layers that stand in no scope of their own."""
BRANCHES = ("branch", "shortcut")
"""Scopes that combinators open."""

SHAPELESS = ("strides", "padding", "dilation_rate", "activation", "momentum", "epsilon", "seed")
"""Arguments that no weight's shape depends on, besides initializers and regularizers."""
WHOLE_INPUT = frozenset({"LayerNormalization", "PReLU"})
"""Layers whose weights depend on more axes of the input than the last."""

Pair = tuple[Any, Any]
"""The same thing before and after."""


@dataclass(frozen=True, slots=True)
class Change:
    """A node of the same name in both; `arguments` are those that differ, as (before, after)."""

    before: Node
    after: Node
    arguments: Mapping[str, Pair]


@dataclass(frozen=True, slots=True)
class Stage:
    """Layers, parameters, multiply-accumulates and memory of one scope, as (before, after).

    Memory is bytes of a training step in float32 with the document's optimizer and batch size; the total has the
    optimizer's own scalars as well, which are of no stage. MACs and memory are None where a size is unknown.
    """

    name: str
    layers: tuple[int, int]
    params: tuple[int, int]
    macs: tuple[int | None, int | None]
    memory: tuple[int | None, int | None]

    @property
    def changed(self) -> bool:
        """Whether anything counted differs."""
        return any(before != after for before, after in (self.layers, self.params, self.macs, self.memory))


@dataclass(frozen=True, slots=True)
class Difference:
    """Two models side by side.

    `values` are the params whose values differ; None stands for one that there is not. `by_name` are layers whose
    weights have the same name and shapes in both; `by_position` those of other names that stand in the same order.
    """

    graphs: tuple[Graph, Graph]
    values: Mapping[str, Pair]
    added: tuple[Node, ...]
    removed: tuple[Node, ...]
    changed: tuple[Change, ...]
    stages: tuple[Stage, ...]
    total: Stage
    by_name: tuple[Node, ...]
    by_position: tuple[tuple[Node, Node], ...]

    @property
    def equal(self) -> bool:
        """Whether both have the same layers with the same arguments, connected alike, and the same outputs."""
        return not (self.added or self.removed or self.changed or self.outputs)

    @property
    def outputs(self) -> dict[str, Pair]:
        """The outputs that are computed by another node or weigh otherwise in the loss, as (before, after)."""
        return _different(self.graphs[0].outputs, self.graphs[1].outputs)


def compare(before: Document, after: Document) -> Difference:
    """What differs from the first model to the second; layers are the same where their names are.

    >>> from specs import load
    >>> found = compare(load("digits_mlp"), load("digits_mlp", units=64))
    >>> found.values, [change.after.name for change in found.changed], found.total.params
    ({'units': (128, 64)}, ['dense1', 'dropout1', 'dense2', 'dropout2'], (26122, 8970))
    """
    graphs = lower(before), lower(after)
    old, new = ({node.name: node for node in graph.nodes} for graph in graphs)
    by_name, by_position = _carried(*graphs)
    changes = (_change(node, new[name]) for name, node in old.items() if name in new)
    stages, total = _stages((before, after), graphs)
    return Difference(
        graphs=graphs,
        values=_different(before.params, after.params),
        added=tuple(node for name, node in new.items() if name not in old),
        removed=tuple(node for name, node in old.items() if name not in new),
        changed=tuple(change for change in changes if change is not None),
        stages=stages,
        total=total,
        by_name=by_name,
        by_position=by_position,
    )


def _different(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Pair]:
    pairs = {key: (before.get(key), after.get(key)) for key in {**before, **after}}
    return {key: (old, new) for key, (old, new) in pairs.items() if (type(old), old) != (type(new), new)}


def arguments(node: Node) -> dict[str, Any]:
    """The arguments of a node as plain data."""
    return node.args.model_dump()


def _change(before: Node, after: Node) -> Change | None:
    if before.op != after.op:
        return Change(before, after, {})
    found = _different(arguments(before), arguments(after))
    found |= _different({"share": before.shares}, {"share": after.shares})
    same = (before.inputs, before.output_shape) == (after.inputs, after.output_shape)
    return None if same and not found else Change(before, after, found)


def _stages(documents: tuple[Document, Document], graphs: tuple[Graph, Graph]) -> tuple[tuple[Stage, ...], Stage]:
    groups: dict[str, tuple[list[Node], list[Node]]] = {}
    needs = [node_memory(graph, document.train) for graph, document in zip(graphs, documents, strict=True)]
    for side, (document, graph) in enumerate(zip(documents, graphs, strict=True)):
        stage = stage_names(document)
        for node in graph.nodes:
            groups.setdefault(stage(node.name), ([], []))[side].append(node)

    def counted(name: str, nodes: tuple[Sequence[Node], Sequence[Node]], more: Iterable[int] = (0, 0)) -> Stage:
        sides = list(zip(nodes, needs, more, strict=True))
        return Stage(
            name,
            _pair(len(each) for each in nodes),
            _pair(sum(node.params for node in each) for each in nodes),
            _pair(_sum(node.macs for node in each) for each in nodes),
            _pair(_sum([beside, *(need[node.name].total for node in each)]) for each, need, beside in sides),
        )

    stages = tuple(counted(name, nodes) for name, nodes in groups.items())
    beside = [scalars((document.train or Train()).optimizer) for document in documents]
    return stages, counted("total", (graphs[0].nodes, graphs[1].nodes), beside)


def _pair(values: Iterable[Any]) -> Pair:
    before, after = values
    return before, after


def _sum(values: Iterable[int | None]) -> int | None:
    given = list(values)
    known = [each for each in given if each is not None]
    return sum(known) if len(known) == len(given) else None


def stage_names(document: Document) -> Callable[[str], str]:
    """From a node's name to the scope at the top of the document in which it lies.

    >>> from specs import load
    >>> stage = stage_names(load("resnet50"))
    >>> stage("stage4_bottleneck2_conv1_norm"), stage("global_average_pooling2d_1")
    ('stage4', '(others)')
    """
    named, kinds = set(), set(BRANCHES)
    for step in _at_the_top(document.body):
        # What the document names, and blocks, which are numbered; a layer or a unit alone is no stage.
        (named.add(step.name) if step.name else kinds.add(step.kind)) if step.bodies else None
    scopes = [rf"{re.escape(name)}(?:_\d+)?" for name in sorted(named, key=len, reverse=True)]
    scopes += [rf"{re.escape(kind)}\d+" for kind in sorted(kinds - {""}, key=len, reverse=True)]
    pattern = re.compile(rf"(?:{'|'.join(scopes)})(?=_|$)")

    def stage(name: str) -> str:
        found = pattern.match(name)
        return found[0] if found else REST

    return stage


def _at_the_top(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps that open scopes which stand in no other."""
    for step in steps:
        if step.name is None and step.kind in ("", "residual", "dense", "parallel"):
            for body in step.bodies:
                yield from _at_the_top(body)
        else:
            yield step


def _carried(before: Graph, after: Graph) -> tuple[tuple[Node, ...], tuple[tuple[Node, Node], ...]]:
    old, new = _weights(before), _weights(after)
    by_name = tuple(after.node(name) for name, weights in new.items() if old.get(name) == weights)
    taken = {node.name for node in by_name}
    left, right = ([name for name in each if name not in taken] for each in (old, new))
    matcher = SequenceMatcher(None, [old[name] for name in left], [new[name] for name in right], autojunk=False)
    by_position = tuple(
        (before.node(left[block.a + i]), after.node(right[block.b + i]))
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
    )
    return by_name, by_position


def _weights(graph: Graph) -> dict[str, tuple[Any, ...]]:
    """By name, for the nodes that have weights, what the shapes of these weights follow from."""
    shapes = {node.name: node.output_shape for node in graph.nodes}
    return {node.name: _weight_key(node, [shapes[each] for each in node.inputs]) for node in graph.nodes if node.params}


def _weight_key(node: Node, inputs: list[tuple[int | None, ...]]) -> tuple[Any, ...]:
    kept = {
        name: value
        for name, value in arguments(node).items()
        if name not in SHAPELESS and not name.endswith(("_initializer", "_regularizer"))
    }
    seen = tuple(shape if node.op in WHOLE_INPUT else shape[-1:] for shape in inputs)
    return node.op, repr(kept), seen, node.trainable, node.non_trainable
