"""A layer that is pretrained as a spec of its own: an autoencoder with one hidden layer, of which that one is kept."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from specs.checks import no_such_step
from specs.document import Document
from specs.dump import dump_tree
from specs.errors import Mark, Problem, SpecError
from specs.graph import Graph, Node
from specs.sections import Train
from specs.tree import MappingNode, SequenceNode, TreeNode

BACK: Mapping[str, str] = {"Dense": "Dense", **{f"Conv{n}D": f"Conv{n}DTranspose" for n in (1, 2, 3)}}
"""By layer that can be pretrained: the layer that draws its inputs again."""
DRAWN = "drawn_again"
"""Name of that layer."""
KEPT = ("precision", "jit_compile", "batch_size", "seed", "deterministic")
"""What holds for the training of a layer as for that of the whole."""


def layer_document(graph: Graph, train: Train, name: str) -> Document:
    """The spec of the autoencoder that a layer is trained in; `SpecError` where its inputs cannot be drawn again.

    What draws is affine and held to the squared error, as for any real values (Vincent et al. 2010, section 2.2).

    >>> from specs import load, lower
    >>> document = load("digits_pretrained")
    >>> alone = layer_document(lower(document), document.train, "hidden2")
    >>> [node.name for node in lower(alone).nodes]
    ['input', 'dropout1', 'hidden2', 'drawn_again']
    """
    from specs import loads

    assert train.pretrain is not None
    node = graph.node(name)
    corruption = train.pretrain.corruption
    spoilt = [] if corruption is None else [{corruption.kind: _written(corruption.args)}]
    drawing = {BACK[node.op]: _back(node, graph.node(node.inputs[0])), "name": DRAWN}
    tree = {
        "name": f"{name}_alone",
        "input": {"shape": list(graph.node(node.inputs[0]).output_shape)},
        "body": [*spoilt, {node.op: _written(node.args), "name": name}, drawing],
        "outputs": {"output": {"from": DRAWN, "reconstructs": "input"}},
        "train": {
            **{key: getattr(train, key) for key in KEPT},
            "loss": "MeanSquaredError",
            "optimizer": {"Adam": {"learning_rate": train.pretrain.learning_rate}},
            "epochs": train.pretrain.epochs,
        },
    }
    return replace(loads(dump_tree(tree), graph.name), file=graph.name)


def _written(args: Any) -> dict[str, Any]:
    written: dict[str, Any] = args.model_dump(exclude_defaults=True, by_alias=True)
    return written


def _back(node: Node, source: Node) -> dict[str, Any]:
    """The arguments of the layer that gives the shape of the inputs again."""
    size = source.output_shape[-1]
    if node.op == "Dense":
        return {"units": size}
    args: Any = node.args
    same = {"kernel_size": args.kernel_size, "strides": args.strides, "padding": args.padding}
    return {"filters": size, **same}


def in_order(graph: Graph, train: Train) -> Iterator[str]:
    """The layers that are pretrained, in the order of the model."""
    wanted = train.pretrain.layers if train.pretrain is not None else ()
    return (node.name for node in graph.nodes if node.name in wanted)


def problems_of(document: Document, train: Train, graph: Graph) -> Iterator[Problem]:
    """Every named step is a layer that can be pretrained, and nothing else says where its weights come from."""
    assert train.pretrain is not None
    for index, name in enumerate(train.pretrain.layers):
        mark, path = _place(document, index)
        yield from _problems(graph, train, name, mark, path)
    if document.weights:
        mark, path = _place(document, None)
        rule = f"pretrains layers whose weights come from {document.weights!r} already"
        yield Problem(mark, path, rule, "take out one of the two")


def _problems(graph: Graph, train: Train, name: str, mark: Mark, path: str) -> Iterator[Problem]:
    nodes = {node.name: node for node in graph.nodes}
    if name not in nodes:
        yield no_such_step(mark, path, name, [each for each, node in nodes.items() if node.op in BACK])
        return
    node = nodes[name]
    if node.op not in BACK or node.shares is not None:
        what = "shares the weights of another step" if node.shares else f"is {node.op}"
        yield Problem(mark, path, f"{name!r} {what}; {', '.join(BACK)} can be pretrained")
    elif node.output_shape and nodes[node.inputs[0]].output_shape != _drawn(graph, train, name):
        rule = f"what {name!r} reads cannot be drawn again from what it gives"
        yield Problem(mark, path, rule, "sizes must be known, and strides must divide them")


def _drawn(graph: Graph, train: Train, name: str) -> tuple[int | None, ...] | None:
    """The shape that the layer's autoencoder gives; None where it fits nothing."""
    from specs.lower import lower

    try:
        shape = lower(layer_document(graph, train, name)).output_shapes()["output"]
    except SpecError:
        return None
    return shape


def _place(document: Document, index: int | None) -> tuple[Mark, str]:
    """Where a layer's name stands; the section where it has no place of its own."""
    node: TreeNode | None = document.tree.get("train")
    for key in ("pretrain", "layers"):
        entry = node.entry(key) if isinstance(node, MappingNode) else None
        if entry is None:
            break
        mark, path, node = entry.key_mark, entry.value.path, entry.value
        if key == "pretrain" and index is None:
            return mark, path
    if isinstance(node, SequenceNode) and index is not None and index < len(node.items):
        return node.items[index].mark, node.items[index].path
    return document.tree.mark, "train.pretrain"
