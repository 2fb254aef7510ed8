"""What `zoo show` prints beside shapes and params: receptive fields and memory, by layer or by block."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from specs.analysis.blocks import Block, blocks
from specs.analysis.memory import Memory, bytes_text, memory, node_memory
from specs.analysis.receptive import Field, Receptive, receptive_fields
from specs.document import Document
from specs.graph import Graph, Shape
from specs.infer.base import text
from specs.lower import lower
from specs.recipe import largest_batch
from specs.render.json import graph_json
from specs.render.shares import by_need, share_text
from specs.render.table import columns, graph_table
from specs.sections import Train


@dataclass(frozen=True, slots=True)
class View:
    """What to show, by `layer` or by `block` so many deep, in which order, and the memory of which training step."""

    by: str = "layer"
    depth: int = 1
    receptive_field: bool = False
    memory: bool = False
    sort: str | None = None
    """One of specs.render.shares.NEEDS, from the largest on; None for the order in the model."""
    batch_size: int | None = None
    dtype: str = "float32"


def shown(document: Document, view: View) -> str:
    """What `zoo show` prints."""
    graph = lower(document)
    asked = view.by == "block" or view.receptive_field or view.memory or view.sort
    return needs_table(graph, document.train, view) if asked else graph_table(graph)


def shown_json(document: Document, view: View) -> dict[str, Any]:
    """What `zoo show --json` prints."""
    graph = lower(document)
    return with_needs(graph, graph_json(graph), document.train, view)


def needs_table(graph: Graph, train: Train | None, view: View) -> str:
    """Blocks or layers with shape, receptive field, params, MACs, their shares and memory, and the totals below."""
    each = node_memory(graph, train, view.batch_size, view.dtype)
    fields, rows, with_memory = receptive_fields(graph), [], view.memory or view.sort == "memory"
    needs = memory(graph, train, view.batch_size, view.dtype)
    for block in _rows(graph, each, view):
        rows.append([_name(block), _kind(block), text(block.output_shape), field_text(fields[block.last.name])])
        rows[-1] += [f"{block.params:,}", share_text(block.params, graph.params)]
        rows[-1] += ["unknown" if block.macs is None else f"{block.macs:,}", share_text(block.macs, graph.macs)]
        rows[-1] += [*_memory_cells(block.memory), share_text(block.memory.total, needs.total)] if with_memory else []
    header = ["name", view.by, "output shape", "receptive field", "params", "", "MACs", ""]
    header += ["weights", "gradients", "optimizer", "activations", "memory"] if with_memory else []
    table = columns(header, rows, right=[4, 6, 8, 9, 10, 11])
    macs = "unknown" if graph.macs is None else f"{graph.macs:,}"
    split = f"{graph.trainable:,} trainable, {graph.non_trainable:,} not"
    lines = [f"{table}\n", f"{graph.name}: {graph.params:,} params ({split}), {macs} MACs"]
    return "\n".join([*lines, _memory_line(graph, train, view)] if with_memory else lines)


def _rows(graph: Graph, each: Mapping[str, Memory], view: View) -> Sequence[Block]:
    if view.by == "block":
        return by_need(blocks(graph, each, view.depth), view.sort)
    layers = [Block(node.name, node.op, 1, (node,), node.params, node.macs, each[node.name]) for node in graph.nodes]
    return by_need(layers, view.sort)


def _name(block: Block) -> str:
    return f"{block.name} ×{block.count}" if block.count > 1 else block.name


def _kind(block: Block) -> str:
    layers = len(block.nodes) // block.count
    return block.kind if block.kind != "block" else f"{layers} layer{'s' if layers > 1 else ''}"


def field_text(field: Receptive) -> str:
    """A receptive field and its stride in places of the input, by axis where they differ.

    >>> field_text("global"), field_text(None)
    ('global', 'unknown')
    """
    if not isinstance(field, Field):
        return field or "unknown"
    sizes, strides = ([getattr(axis, name) for axis in field.windows] for name in ("size", "stride"))
    return f"{_sizes(sizes)} /{_sizes(strides)}"


def _sizes(sizes: Sequence[int]) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else "×".join(map(str, sizes))


def _memory_cells(needs: Memory) -> list[str]:
    return [bytes_text(each) for each in (needs.weights, needs.gradients, needs.optimizer, needs.activations)]


def _memory_line(graph: Graph, train: Train | None, view: View) -> str:
    needs, train = memory(graph, train, view.batch_size, view.dtype), train or Train()
    names = ("weights", "gradients", "optimizer", "activations")
    parts = ", ".join(f"{name} {cell}" for name, cell in zip(names, _memory_cells(needs), strict=True))
    step = f"batch {view.batch_size or largest_batch(train)}, {train.optimizer.kind}, {view.dtype}"
    return f"memory of a training step ({step}): {bytes_text(needs.total)} ({parts})"


def with_needs(graph: Graph, found: dict[str, Any], train: Train | None, view: View) -> dict[str, Any]:
    """The JSON of a graph with `receptive_field` and `memory` for every layer, and `blocks` if asked for.

    What is asked for, layers or blocks, is in the view's order; layers else in the model's.
    """
    each, fields = node_memory(graph, train, view.batch_size, view.dtype), receptive_fields(graph)
    layers = [
        {**layer, "receptive_field": field_json(fields[layer["name"]]), "memory": memory_json(each[layer["name"]])}
        for layer in found["layers"]
    ]
    train = train or Train()
    needs = memory_json(memory(graph, train, view.batch_size, view.dtype))
    step = {
        "batch_size": view.batch_size or largest_batch(train),
        "optimizer": train.optimizer.kind,
        "dtype": view.dtype,
    }
    found = {**found, "memory": {"step": step, **needs}, "layers": layers}
    if view.by == "block":
        return {**found, "blocks": [_block_json(block, fields) for block in _rows(graph, each, view)]}
    by_name = {layer["name"]: layer for layer in layers}
    return {**found, "layers": [by_name[row.name] for row in _rows(graph, each, view)]}


def _block_json(block: Block, fields: Mapping[str, Receptive]) -> dict[str, Any]:
    return {
        "name": block.name,
        "count": block.count,
        "layers": [node.name for node in block.nodes],
        "output_shape": _listed(block.output_shape),
        "params": block.params,
        "macs": block.macs,
        "receptive_field": field_json(fields[block.last.name]),
        "memory": memory_json(block.memory),
    }


def _listed(shape: Shape) -> list[int | None]:
    return list(shape)


def memory_json(needs: Memory) -> dict[str, int | None]:
    """Bytes by what they are for, and their sum.

    >>> memory_json(Memory(8, 8, 16, None))
    {'weights': 8, 'gradients': 8, 'optimizer': 16, 'activations': None, 'total': None}
    """
    names = ("weights", "gradients", "optimizer", "activations", "total")
    return {name: getattr(needs, name) for name in names}


def field_json(field: Receptive) -> Any:
    """Size, stride and start along each axis ([height, width]); the word global; null where it is unknown."""
    if not isinstance(field, Field):
        return field
    axes = field.windows
    return {
        "input": field.source,
        "size": [axis.size for axis in axes],
        "stride": [axis.stride for axis in axes],
        "start": [axis.start for axis in axes],
    }
