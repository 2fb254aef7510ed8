"""What flows through a model: mean, spread, saturation and histogram of each layer's activations and gradients."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from specs.graph import Graph, Node
from zoo.backend import keras
from zoo.data.dataset import Array
from zoo.diagnosing.taping import taped

BINS = 40
MAX_VALUES = 8_000_000
"""Values that layers give together of the examples that they are asked about at once."""

FLAT: Mapping[str, tuple[float, float]] = {
    "tanh": (-(0.9**0.5), 0.9**0.5),
    "sigmoid": ((1 - 0.9**0.5) / 2, (1 + 0.9**0.5) / 2),
    "softsign": (0.1**0.5 - 1, 1 - 0.1**0.5),
    "hard_tanh": (-1.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
}
"""By activation: the values from which on, outwards, its slope is below a tenth of the steepest."""
BOUNDS: Mapping[str, tuple[float, float]] = {
    "tanh": (-1, 1), "softsign": (-1, 1), "hard_tanh": (-1, 1), "sigmoid": (0, 1), "hard_sigmoid": (0, 1),
    "relu6": (0, 6),
}  # fmt: skip
"""Between which values an activation's outputs lie, so that its histograms have one axis."""
RECTIFIERS = ("relu", "relu6")
"""What gives 0, and lets no gradient through, for every input below 0."""
LAYERS = {"ReLU": "relu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ELU": "elu"}
"""Activations that are layers of their own."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values lie in each of equally wide bins from `low` to `high`; those beyond are in the first and last."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """Values in figures, of those that are finite numbers; NaN where none is."""

    mean: float
    std: float
    zero: float
    """Share of values that are exactly 0."""
    finite: float
    """Share of values that are finite numbers."""
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class Signal:
    """What a layer gives for a batch, and the gradient of the loss with respect to it.

    `saturated` is the share of outputs where the activation's slope is below a tenth of its steepest (tanh, sigmoid
    and their like), `dead` the share of units that give 0 for every example and at every place (ReLU, ReLU6); None
    where the activation has no such thing.
    """

    layer: str
    op: str
    activation: str
    line: int
    """Where the spec has it."""
    outputs: Spread
    gradients: Spread
    saturated: float | None = None
    dead: float | None = None


def signals_of(model: keras.Model, graph: Graph, batch: tuple[Any, ...]) -> tuple[float, tuple[Signal, ...]]:
    """The loss of a batch in training, and what it makes of each layer with an activation, from input to output.

    `model` was built from `graph` and compiled, `batch` is one of its Feed's: inputs, labels and perhaps weights. The
    batch is not learnt from, no weight changes but the moving statistics of batch norms are set back as well. Outputs
    of the model are left out. Of a model without activations the layers with weights are looked at.

    Raises `UserError` on a backend other than TensorFlow and JAX.

    Histograms and figures by layer as in Glorot and Bengio, Understanding the difficulty of training deep feedforward
    neural networks (AISTATS 2010), figures 2, 6 and 7.
    """
    nodes = looked_at(graph)
    loss, values, slopes = taped(model, [node.name for node in nodes], batch)
    return loss, tuple(signal(node, values[node.name], slopes[node.name]) for node in nodes)


def looked_at(graph: Graph) -> tuple[Node, ...]:
    """The nodes with an activation that are no outputs; where there are none, those with weights of their own."""
    ends = {output.node for output in graph.outputs.values()}
    inner = [node for node in graph.nodes if node.name not in ends and node.inputs and not node.shares]
    return tuple(node for node in inner if activation_of(node)) or tuple(node for node in inner if node.trainable)


def fitting(graph: Graph, names: Iterable[str], most: int) -> int:
    """For how many examples, from two up, what these nodes give together is not too much; sizes unknown count as 1."""
    values = sum(math.prod(size or 1 for size in graph.node(name).output_shape) for name in names)
    return max(2, min(most, MAX_VALUES // max(values, 1)))


def activation_of(node: Node) -> str:
    """The name of the node's activation; empty where it has none.

    >>> import specs
    >>> [activation_of(node) for node in specs.lower(specs.load("digits_mlp", units=8)).nodes][-2:]
    ['', 'softmax']
    """
    name = LAYERS.get(node.op) or getattr(node.args, "activation", "")
    return name if isinstance(name, str) and name != "linear" else ""


def signal(node: Node, outputs: Array, gradients: Array) -> Signal:
    """The figures of a node's outputs and of their gradients, both of shape (batch, …, units)."""
    activation = activation_of(node)
    low, high = FLAT.get(activation, (None, None))
    return Signal(
        layer=node.name,
        op=node.op,
        activation=activation,
        line=node.mark.line,
        outputs=spread(outputs, BOUNDS.get(activation)),
        gradients=spread(gradients),
        saturated=None if low is None else float(np.mean((outputs <= low) | (outputs >= high))),
        dead=float(np.mean(~outputs.any(axis=tuple(range(outputs.ndim - 1))))) if activation in RECTIFIERS else None,
    )


def spread(values: Array, bounds: tuple[float, float] | None = None) -> Spread:
    """The figures of values of any shape; the histogram's axis is `bounds`, or reaches where 99 % of the values lie.

    >>> found = spread(np.array([0.0, 1.0, 2.0, np.inf]))
    >>> found.mean, found.zero, found.finite, sum(found.histogram.counts)
    (1.0, 0.25, 0.75, 3)
    """
    flat = np.asarray(values, np.float64).ravel()
    finite = flat[np.isfinite(flat)]
    share = len(finite) / max(len(flat), 1)
    if not len(finite):
        return Spread(np.nan, np.nan, 0.0, share, Histogram(0.0, 1.0, (0,) * BINS))
    low, high = bounds or _axis(finite)
    counts, _ = np.histogram(np.clip(finite, low, high), BINS, (low, high))
    zero = float(np.mean(flat == 0))
    return Spread(float(finite.mean()), float(finite.std()), zero, share, Histogram(low, high, tuple(counts.tolist())))


def _axis(values: Array) -> tuple[float, float]:
    """Where all but half a percent on each side lie; never of no width."""
    low, high = (float(each) for each in np.quantile(values, (0.005, 0.995)))
    if low < high:
        return low, high
    reach = abs(low) or 1.0
    return low - reach, high + reach
