"""Memory of one training step: weights, their gradients, the optimizer's slots, and what the backward pass needs.

The model, in the pure policy of one dtype (all variables and values of that type):

- weights: every weight, trainable or not;
- gradients: one number for each trainable weight, all alive at once before the optimizer acts;
- optimizer: its slots for each trainable weight, of the variables' type, and a counter and a rate beside them;
- activations: every tensor of the forward pass that the backward pass reads, once, for the whole batch: the input of a
  layer with weights and of a normalisation, the output of an activation (of those that are not read off their output,
  the input), both sides of a maximum, the mask of a dropout at one byte a value, and what recurrent layers and
  attention keep inside (`memory_kinds`). What only moves values (Flatten, Reshape) shares its input's memory; sums,
  means, concatenations and padding keep nothing.

Not counted: what lives within one operation (workspaces of convolutions), the data, the framework itself, tensors
between the parts of one layer, and what a compiler saves by computing again. So it is what the algorithm needs, a floor
for what a device takes. In TensorFlow 2.21's traced gradients it is exact for the digits models and for most layers,
unrolled LSTMs and multi-head attention among them; tests/zoo/test_memory.py has the part of their bytes by layer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from specs.analysis.memory_kinds import (
    INSIDE,
    KEEP_INPUT,
    KEEP_OUTPUT,
    MASKED,
    NOISY,
    VIEWS,
    numbers_inside,
    unwrapped,
)
from specs.analysis.slots import scalars, slots
from specs.graph import Graph, Node
from specs.infer.base import product
from specs.recipe import largest_batch
from specs.sections import Train

Dtype = Literal["float32", "float16", "bfloat16"]
DTYPES: tuple[str, ...] = get_args(Dtype)
BYTES: Mapping[str, int] = {"float32": 4, "float16": 2, "bfloat16": 2}
"""Bytes of one number."""

FROM_OUTPUT = frozenset(("relu", "relu6", "elu", "selu", "sigmoid", "tanh", "softmax", "softplus", "exponential"))
"""Activations whose slope is read off their output; that of the others needs their input."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a node, a block or a model. `activations` is None where a size is known only at run time."""

    weights: int = 0
    gradients: int = 0
    optimizer: int = 0
    activations: int | None = 0

    @property
    def total(self) -> int | None:
        """All of it, None where the activations are unknown."""
        return None if self.activations is None else self.weights + self.gradients + self.optimizer + self.activations

    def __add__(self, other: "Memory") -> "Memory":
        known = self.activations is not None and other.activations is not None
        return Memory(
            self.weights + other.weights,
            self.gradients + other.gradients,
            self.optimizer + other.optimizer,
            (self.activations or 0) + (other.activations or 0) if known else None,
        )


def memory(graph: Graph, train: Train | None = None, batch_size: int | None = None, dtype: str = "float32") -> Memory:
    """The memory of one training step with the optimizer and the batch size of `train`, or its defaults.

    >>> from specs import load, lower
    >>> memory(lower(load("digits_mlp")), batch_size=32)
    Memory(weights=104488, gradients=104488, optimizer=208988, activations=83200)
    """
    train = train or Train()
    total = sum(node_memory(graph, train, batch_size, dtype).values(), Memory())
    return total + Memory(optimizer=scalars(train.optimizer))


def node_memory(
    graph: Graph, train: Train | None = None, batch_size: int | None = None, dtype: str = "float32"
) -> dict[str, Memory]:
    """The memory of every node by its name; a tensor belongs to the node that computes it."""
    train = train or Train()
    size, count, batch = BYTES[dtype], slots(train.optimizer), batch_size or largest_batch(train)
    kept = _kept(graph)
    found = {}
    for node in graph.nodes:
        values = _numbers(node, kept, product(node.output_shape))
        masks = product(node.output_shape) if node.name in kept.masks else 0
        activations = None if values is None or masks is None else (values * size + masks) * batch
        trainable = node.trainable * size
        found[node.name] = Memory(node.params * size, trainable, trainable * count, activations)
    return found


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the backward pass reads, by node: its output, its value before the activation, its mask, and how many
    numbers more that lie inside it."""

    outputs: set[str] = field(default_factory=set)
    before: set[str] = field(default_factory=set)
    masks: set[str] = field(default_factory=set)
    inside: dict[str, int | None] = field(default_factory=dict)


def _numbers(node: Node, kept: _Kept, values: int | None) -> int | None:
    """Numbers of one example that are kept of a node."""
    times, inside = (node.name in kept.outputs) + (node.name in kept.before), kept.inside.get(node.name, 0)
    if inside is None or (times and values is None):
        return None
    return inside + times * (values or 0)


def _kept(graph: Graph) -> _Kept:
    """What is kept of a graph; the backward pass goes no further back than to the first weights."""
    own = {node.name: node.trainable for node in graph.nodes}
    shapes = {node.name: node.output_shape for node in graph.nodes}
    lies: dict[str, str] = {}
    trained: set[str] = set()
    kept = _Kept()
    for node in graph.nodes:
        op, args, inputs = unwrapped(node.op, node.args, [shapes[name] for name in node.inputs])
        lies[node.name] = lies[node.inputs[0]] if op in VIEWS else node.name
        if not own[node.shares or node.name] and not any(name in trained for name in node.inputs):
            continue
        trained.add(node.name)
        activation = "linear" if op in INSIDE else getattr(args, "activation", "linear")
        needs_input = activation not in FROM_OUTPUT and activation != "linear"
        if op in KEEP_INPUT or op in INSIDE or (op == "Activation" and needs_input):
            kept.outputs.update(lies[name] for name in node.inputs)
        if op in KEEP_OUTPUT or activation in FROM_OUTPUT:
            kept.outputs.add(node.name)
        if (op != "Activation" and needs_input) or op in NOISY:
            kept.before.add(node.name)
        if op in MASKED and getattr(args, "noise_shape", None) is None:
            # The other masks have one value for many.
            kept.masks.add(node.name)
        if op in INSIDE:
            kept.inside[node.name] = numbers_inside(node.op, node.args, inputs)
    return kept


def bytes_text(value: int | None) -> str:
    """Bytes as a person reads them.

    >>> bytes_text(640), bytes_text(1536), bytes_text(8 * 2**30), bytes_text(None)
    ('640 B', '1.5 KiB', '8.0 GiB', 'unknown')
    """
    if value is None:
        return "unknown"
    if value < 1024:
        return f"{value} B"
    number = float(value)
    for unit in ("KiB", "MiB", "GiB"):
        number /= 1024
        if number < 1024:
            return f"{number:.1f} {unit}"
    return f"{number / 1024:,.1f} TiB"
