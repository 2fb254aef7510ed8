"""Two models side by side, as text and as plain data."""

from collections.abc import Callable, Sequence
from typing import Any

from specs.analysis.memory import bytes_text
from specs.diff import Change, Difference, Pair, Stage
from specs.errors import yaml_text
from specs.graph import Node, Output
from specs.infer.base import text
from specs.render.table import columns

MAX_LISTED = 40
"""Layers of one list that are printed; `--json` has all."""


def difference_text(found: Difference) -> str:
    """What `zoo diff` prints: totals first, then every layer that is not the same.

    >>> from specs import load
    >>> from specs.diff import compare
    >>> print(difference_text(compare(load("digits_mlp"), load("digits_mlp"))).splitlines()[2])
    the same layers
    """
    before, after = found.graphs
    head = f"{before.name} → {after.name}"
    values = [f"  {name}: {_arrow(pair)}" for name, pair in found.values.items()]
    parts = [head, *(["params that differ\n" + "\n".join(values)] if values else [])]
    if found.equal:
        parts.append("the same layers")
    if not found.equal or any(stage.changed for stage in found.stages):
        parts.append(_table(found))
    outputs = [f"{name} {' → '.join(_output(each) for each in pair)}" for name, pair in found.outputs.items()]
    parts += [
        _listed(f"added: {len(found.added)}", "+", [_line(node) for node in found.added]),
        _listed(f"removed: {len(found.removed)}", "-", [_line(node) for node in found.removed]),
        _listed(f"changed: {len(found.changed)}", "~", [_change(each) for each in found.changed]),
        _listed("outputs that differ", "~", outputs),
        _weights(found),
    ]
    return "\n\n".join(part for part in parts if part)


def _output(output: Output | None) -> str:
    return "none" if output is None else f"{output.node} (loss weight {output.loss_weight:g})"


def _table(found: Difference) -> str:
    rows = [_row(stage) for stage in (*(each for each in found.stages if each.changed), found.total)]
    heads = ["stage", "layers", "", "params", "", "MACs", "", "memory", ""]
    return columns(heads, rows, right=list(range(1, len(heads))))


def _row(stage: Stage) -> list[str]:
    counted = (cell for pair in (stage.layers, stage.params, stage.macs) for cell in _cells(pair, "{:,}".format))
    return [stage.name, *counted, *_cells(stage.memory, bytes_text)]


def _cells(pair: Pair, figure: Callable[[int], str]) -> list[str]:
    """Both values, and how far apart they are."""
    before, after = pair
    old, new = ("unknown" if each is None else figure(each) for each in pair)
    if before == after or before is None or after is None:
        return [old if old == new else f"{old} → {new}", ""]
    return [f"{old} → {new}", ("+" if after > before else "-") + figure(abs(after - before))]


def _listed(title: str, sign: str, lines: Sequence[str]) -> str:
    hidden = len(lines) - MAX_LISTED
    shown = [f"  {sign} {line}" for line in lines[:MAX_LISTED]]
    more = [f"  … and {hidden} more; --json has all"] if hidden > 0 else []
    return "\n".join([title, *shown, *more]) if lines else ""


def _line(node: Node) -> str:
    weights = f", {node.params:,} params" if node.params else ""
    return f"{node.name}: {node.op} {text(node.output_shape)}{weights}"


def _change(change: Change) -> str:
    before, after = change.before, change.after
    parts = [f"{name} {_arrow(pair)}" for name, pair in change.arguments.items()]
    parts += [f"{before.op} → {after.op}"] if before.op != after.op else []
    if before.output_shape != after.output_shape:
        parts.append(f"{text(before.output_shape)} → {text(after.output_shape)}")
    if before.params != after.params:
        parts.append(f"{before.params:,} → {after.params:,} params")
    if before.inputs != after.inputs:
        parts.append(f"from {', '.join(before.inputs)} → {', '.join(after.inputs)}")
    return f"{after.name}: {'; '.join(parts)}"


def _arrow(pair: Pair) -> str:
    return " → ".join("none" if value is None else yaml_text(value) for value in pair)


def _weights(found: Difference) -> str:
    layers = [node for node in found.graphs[1].nodes if node.params]
    carried = sum(node.params for node in found.by_name)
    lines = [
        f"weights that carry over by name: {len(found.by_name)} of {len(layers)} layers, "
        f"{carried:,} of {found.graphs[1].params:,} params"
    ]
    if found.by_position:
        moved = sum(after.params for _, after in found.by_position)
        pairs = [f"{old.name} → {new.name}" for old, new in found.by_position]
        more = f"by position, under other names: {len(pairs)} more layers, {moved:,} params"
        lines.append(_listed(more, "=", pairs))
    return "\n".join(lines)


def difference_json(found: Difference) -> dict[str, Any]:
    """What `zoo diff --json` prints; a pair is [before, after]."""
    return {
        "names": [graph.name for graph in found.graphs],
        "equal": found.equal,
        "values": {name: list(pair) for name, pair in found.values.items()},
        "total": _stage(found.total),
        "stages": [{"stage": stage.name, **_stage(stage)} for stage in found.stages],
        "outputs": {
            name: [None if each is None else each.node for each in pair] for name, pair in found.outputs.items()
        },
        "added": [_node(node) for node in found.added],
        "removed": [_node(node) for node in found.removed],
        "changed": [_changed(change) for change in found.changed],
        "weights": {
            "by_name": [node.name for node in found.by_name],
            "by_position": [[old.name, new.name] for old, new in found.by_position],
        },
    }


def _stage(stage: Stage) -> dict[str, Any]:
    pairs = {"layers": stage.layers, "params": stage.params, "macs": stage.macs, "memory": stage.memory}
    return {name: list(pair) for name, pair in pairs.items()}


def _node(node: Node) -> dict[str, Any]:
    return {"name": node.name, "op": node.op, "output_shape": list(node.output_shape), "params": node.params}


def _changed(change: Change) -> dict[str, Any]:
    both = (change.before, change.after)
    return {
        "name": change.after.name,
        "op": [node.op for node in both],
        "arguments": {name: list(pair) for name, pair in change.arguments.items()},
        "inputs": [list(node.inputs) for node in both],
        "output_shape": [list(node.output_shape) for node in both],
        "params": [node.params for node in both],
    }
