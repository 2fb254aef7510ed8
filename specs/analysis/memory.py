"""Memory of one training step: weights, their gradients, the optimizer's slots, and what the backward pass needs.

The model, in the pure policy of one dtype (all variables and values of that type):

- weights: every weight, trainable or not;
- gradients: one number for each trainable weight, all alive at once before the optimizer acts;
- optimizer: SLOTS numbers for each trainable weight, of the variables' type, and a counter and a rate beside them;
- activations: every tensor of the forward pass that the backward pass reads, once, for the whole batch: the input of a
  layer with weights and of a normalisation, the output of an activation (of those that are not read off their output,
  the input), both sides of a maximum, the mask of a dropout at one byte a value. What only moves values (Flatten,
  Reshape) shares its input's memory; sums, means, concatenations and padding keep nothing.

Not counted: what lives within one operation (workspaces of convolutions), the data, the framework itself, tensors
between the parts of one layer, and what a compiler saves by computing again. So it is what the algorithm needs, a floor
for what a device takes. In TensorFlow 2.21's traced gradients it is exact for the digits models; around a gelu, a layer
norm, a PReLU and a separable convolution they keep 1.6, 1.5, 1.3 and 1.2 times as much (tests/zoo/test_memory.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from specs.graph import Graph
from specs.infer.base import product
from specs.sections import Train
from specs.sections.train import OptimizerChoice

Dtype = Literal["float32", "float16", "bfloat16"]
DTYPES: tuple[str, ...] = get_args(Dtype)
BYTES: Mapping[str, int] = {"float32": 4, "float16": 2, "bfloat16": 2}
"""Bytes of one number."""

VIEWS = frozenset(("Flatten", "Reshape"))
"""Layers whose output lies where their input lies."""
KEEP_INPUT = frozenset(
    {
        *("Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D", "Dense"),
        *("BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization"),
        *("MaxPooling2D", "GlobalMaxPooling2D", "PReLU", "LeakyReLU", "Multiply", "Maximum"),
    }
)
KEEP_OUTPUT = frozenset(("MaxPooling2D", "GlobalMaxPooling2D", "Softmax", "ELU", "ReLU"))
FROM_OUTPUT = frozenset(("relu", "relu6", "elu", "selu", "sigmoid", "tanh", "softmax", "softplus", "exponential"))
"""Activations whose slope is read off their output; that of the others needs their input."""

SCALARS = 12
"""Bytes beside the slots: the optimizer's counter (int64) and its learning rate (float32)."""


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


def slots(optimizer: OptimizerChoice) -> int:
    """Numbers that an optimizer of Keras keeps for each trainable weight.

    >>> slots(OptimizerChoice.model_validate({"SGD": {"momentum": 0.9}})), slots(OptimizerChoice.model_validate("Adam"))
    (1, 2)
    >>> slots(OptimizerChoice.model_validate({"RMSprop": {"momentum": 0.9, "centered": True}}))
    3
    """
    args: Any = optimizer.args
    match optimizer.kind:
        case "SGD":
            return int(args.momentum > 0)
        case "RMSprop":
            return 1 + int(args.momentum > 0) + int(args.centered)
        case _:
            return 2 + int(args.amsgrad)


def memory(graph: Graph, train: Train | None = None, batch_size: int | None = None, dtype: str = "float32") -> Memory:
    """The memory of one training step with the optimizer and the batch size of `train`, or its defaults.

    >>> from specs import load, lower
    >>> memory(lower(load("digits_mlp")), batch_size=32)
    Memory(weights=104488, gradients=104488, optimizer=208988, activations=83200)
    """
    total = sum(node_memory(graph, train, batch_size, dtype).values(), Memory())
    return total + Memory(optimizer=SCALARS)


def node_memory(
    graph: Graph, train: Train | None = None, batch_size: int | None = None, dtype: str = "float32"
) -> dict[str, Memory]:
    """The memory of every node by its name; a tensor belongs to the node that computes it."""
    train = train or Train()
    size, count, batch = BYTES[dtype], slots(train.optimizer), batch_size or train.batch_size
    kept, inside, masks = _kept(graph)
    found = {}
    for node in graph.nodes:
        values = product(node.output_shape)
        bytes_each = size * ((node.name in kept) + (node.name in inside)) + (node.name in masks)
        activations = 0 if not bytes_each else None if values is None else values * bytes_each * batch
        trainable = node.trainable * size
        found[node.name] = Memory(node.params * size, trainable, trainable * count, activations)
    return found


def _kept(graph: Graph) -> tuple[set[str], set[str], set[str]]:
    """What the backward pass reads: names of nodes whose output, whose value before the activation, whose mask it is.

    The backward pass goes no further back than to the first weights.
    """
    lies: dict[str, str] = {}
    trained: set[str] = set()
    kept: set[str] = set()
    inside: set[str] = set()
    masks: set[str] = set()
    for node in graph.nodes:
        lies[node.name] = lies[node.inputs[0]] if node.op in VIEWS else node.name
        behind = any(name in trained for name in node.inputs)
        if not node.trainable and not behind:
            continue
        trained.add(node.name)
        activation = getattr(node.args, "activation", "linear")
        needs_input = activation not in FROM_OUTPUT and activation != "linear"
        if node.op in KEEP_INPUT or (node.op == "Activation" and needs_input):
            kept |= {lies[name] for name in node.inputs}
        if node.op in KEEP_OUTPUT or activation in FROM_OUTPUT:
            kept.add(node.name)
        if node.op != "Activation" and needs_input:
            inside.add(node.name)
        if node.op == "Dropout" and getattr(node.args, "noise_shape", None) is None:
            # The other masks have one value for many.
            masks.add(node.name)
    return kept, inside, masks


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
