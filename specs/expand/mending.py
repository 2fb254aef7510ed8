"""What may mend a graph that cannot be built: names that may be meant, and branches brought to equal sizes.

Only asked where something is wrong. Everything here is a proposal: `specs.repairs` tries each before it is offered.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice, product
from typing import TYPE_CHECKING, Any

from specs.graph import Node, Shape
from specs.repairs import Edit, Repair, spelled, yaml
from specs.step import Step

if TYPE_CHECKING:
    from specs.expand.builder import Builder, Tensor

MAX_REPAIRS = 4
"""Ways to mend one merge."""

MAX_MISNAMED = 100
"""Names that no step has, of which it is asked what they mean: far more than are shown."""

Change = tuple[Node, str, Any]
"""A node whose step gets an argument of that name and value."""


def names_meant(
    builder: "Builder", name: str, prefix: str, step: Step, argument: str
) -> tuple[str, tuple[Repair, ...]]:
    """The hint for a name that no step above has, and the names that it may be."""
    if name == step.name:
        return ("a step cannot take its own output" if argument == "from" else "a step cannot share with itself"), ()
    if f"{prefix}{name}_1" in builder.names:
        passes = next(number for number in count(1) if f"{prefix}{name}_{number + 1}" not in builder.names)
        return f"it is carried out {passes} times: the last is named {name}_{passes}", ()
    if name in builder.later:
        return "the step of this name comes below: only what stands above can be used", ()
    hint = "a step gets a name by name: beside its layer"
    if builder.misnamed > MAX_MISNAMED:
        return hint, ()
    known = (each.removeprefix(prefix) for each in reversed(builder.names))
    mark, _ = builder.place(step, argument, name)
    return hint, spelled(mark, name, known)


def branches_made_equal(builder: "Builder", inputs: Sequence["Tensor"], *, channels: bool) -> tuple[Repair, ...]:
    """Arguments of the steps that lead to the inputs of a merge and may bring them to equal sizes.

    `channels` says whether the last axis has to agree as well, as it has for all but a concatenation.
    """
    shapes = [builder.shape(each) for each in inputs]
    if len({len(shape) for shape in shapes}) > 1:
        return ()
    own = [*_own_nodes(builder, inputs)]
    sizes = [*_sizes_made_equal(own, shapes)] if _differ([shape[:-1] for shape in shapes]) else [()]
    widths = [*_channels_made_equal(own, shapes)] if channels and _differ([shape[-1:] for shape in shapes]) else [()]
    ways = dict.fromkeys((*one, *other) for one, other in product(sizes, widths) if one or other)
    return tuple(_repair(each) for each in islice(ways, MAX_REPAIRS))


def _differ(shapes: Sequence[Shape]) -> bool:
    return any(len({*sizes} - {None}) > 1 for sizes in zip(*shapes, strict=True))


def _own_nodes(builder: "Builder", inputs: Sequence["Tensor"]) -> Iterator[list[Node]]:
    """For each input the nodes that lead to it and not to all of them, in order."""
    above = [_above(builder, each) for each in inputs]
    shared = set.intersection(*above)
    for each in above:
        yield [node for node in builder.nodes.values() if node.name in each and node.name not in shared]


def _above(builder: "Builder", tensor: "Tensor") -> "set[Tensor]":
    found: set[Tensor] = set()
    waiting = [tensor]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += builder.nodes[name].inputs
    return found


def _size(shape: Shape) -> int:
    return max((size for size in shape[:-1] if size is not None), default=0)


def _sizes_made_equal(own: Sequence[Sequence[Node]], shapes: Sequence[Shape]) -> Iterator[tuple[Change, ...]]:
    """Padding, or strides of 1, in the branches that end smaller; both; strides in those that end larger."""
    largest, smallest = max(map(_size, shapes)), min(map(_size, shapes))
    smaller = [node for nodes, shape in zip(own, shapes, strict=True) if _size(shape) < largest for node in nodes]
    larger = [nodes for nodes, shape in zip(own, shapes, strict=True) if _size(shape) > smallest]
    padded = _changes(smaller, "padding", "same", _shrinks)
    slower = _changes(smaller, "strides", 1, _strides)
    first = [next(filter(_slides, nodes), None) for nodes in larger]
    faster = [(node, "strides", -(-largest // smallest)) for node in first if node is not None and smallest]
    for ways in (padded, slower, [*padded, *slower], faster):
        if ways:
            yield tuple(ways)


def _changes(nodes: Iterable[Node], key: str, value: Any, needs: Callable[[Node], bool]) -> list[Change]:
    return [(node, key, value) for node in nodes if needs(node)]


def _slides(node: Node) -> bool:
    return hasattr(node.args, "strides")


def _shrinks(node: Node) -> bool:
    return getattr(node.args, "padding", None) == "valid" and _slides(node)


def _strides(node: Node) -> bool:
    window = getattr(node.args, "pool_size", (1,))
    return _slides(node) and max(getattr(node.args, "strides", None) or window) > 1


def _channels_made_equal(own: Sequence[Sequence[Node]], shapes: Sequence[Shape]) -> Iterator[tuple[Change, ...]]:
    """The last layer of a branch that sets the channels gives as many as another branch has."""
    for nodes, shape in zip(own, shapes, strict=True):
        for node in reversed(nodes):
            key = next((name for name in ("filters", "units") if hasattr(node.args, name)), None)
            other = next((each[-1] for each in shapes if each[-1] != shape[-1]), None)
            if key and other is not None:
                yield ((node, key, other),)
                break


def _repair(changes: Iterable[Change]) -> Repair:
    edits = dict.fromkeys(Edit("set", node.mark, value, key) for node, key, value in changes)
    lines: dict[str, list[int]] = {}
    for edit in edits:
        lines.setdefault(f"{edit.key}: {yaml(edit.value)}", []).append(edit.mark.line)
    whats: dict[str, list[str]] = {}
    for what, where in lines.items():
        whats.setdefault(_in_lines(where), []).append(what)
    texts = (f"{' and '.join(what)} in {where}" for where, what in whats.items())
    return Repair("use " + " and ".join(texts), tuple(edits))


def _in_lines(lines: Sequence[int]) -> str:
    *rest, last = sorted(set(lines))
    return f"lines {', '.join(map(str, rest))} and {last}" if rest else f"line {last}"
