"""The flat graph that a document means: frozen data, complete enough that the builder decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from specs.errors import Mark
from specs.ops.base import Op

Shape = tuple[int | None, ...]
"""Sizes without the batch axis; None where a size is known only at run time."""


@dataclass(frozen=True, slots=True)
class Node:
    """One layer call: what is computed, from which nodes, and what was inferred about it.

    `inputs` are names of other nodes. `trainable` and `non_trainable` count weights; `macs` counts the
    multiply-accumulates of convolutions and dense layers for one input, None where a size is unknown.
    """

    name: str
    op: str
    args: Op
    inputs: tuple[str, ...]
    output_shape: Shape
    trainable: int
    non_trainable: int
    macs: int | None
    mark: Mark

    @property
    def params(self) -> int:
        """Number of weights, trainable and not."""
        return self.trainable + self.non_trainable


@dataclass(frozen=True, slots=True)
class Output:
    """A named output of the model: the node that computes it and its weight in the training loss."""

    node: str
    loss_weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Graph:
    """A model as nodes in an order in which every node follows its inputs.

    `inputs` are the names of the InputLayer nodes in the order in which the document gives them, `outputs` maps
    the output's public name to its node.
    """

    name: str
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: Mapping[str, Output]
    scopes: tuple[str, ...] = ()
    """Names of units, blocks and named combinators: what stands inside one is called by its name and an underscore."""

    @property
    def trainable(self) -> int:
        """Weights that training changes."""
        return sum(node.trainable for node in self.nodes)

    @property
    def non_trainable(self) -> int:
        """Weights that training does not change by gradient: moving means and variances."""
        return sum(node.non_trainable for node in self.nodes)

    @property
    def params(self) -> int:
        """All weights, as `keras.Model.count_params()` counts them."""
        return self.trainable + self.non_trainable

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates for one input, None where a size is unknown."""
        each = [node.macs for node in self.nodes]
        return None if None in each else sum(macs for macs in each if macs is not None)

    def node(self, name: str) -> Node:
        """The node of that name; KeyError where there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    def input_shapes(self) -> dict[str, Shape]:
        """Shape of every input by its name."""
        return {name: self.node(name).output_shape for name in self.inputs}

    def output_shapes(self) -> dict[str, Shape]:
        """Shape of every output by its public name."""
        return {name: self.node(output.node).output_shape for name, output in self.outputs.items()}
