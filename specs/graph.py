"""The flat graph that a document means: frozen data, complete enough that the builder decides nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from specs.errors import Mark
from specs.ops.base import Op

if TYPE_CHECKING:
    from specs.sections.judging import LossChoice

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
    shares: str | None = None
    """The node whose layer, with its weights, this one computes with; they are counted there."""

    @property
    def has_weights(self) -> bool:
        """Whether it computes with weights, its own or shared ones."""
        return self.params > 0 or self.shares is not None

    @property
    def params(self) -> int:
        """Number of weights, trainable and not."""
        return self.trainable + self.non_trainable


@dataclass(frozen=True, slots=True)
class Output:
    """A named output of the model: the node that computes it, its weight in the training loss, and what it is for."""

    node: str
    loss_weight: float = 1.0
    auxiliary: bool = False
    """Whether it only helps training and is no part of what is exported."""
    loss: "LossChoice | None" = None
    """Its own loss; None for that of `train`."""
    reconstructs: str | None = None
    """The node whose values it learns; None for labels."""


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
    scopes: Mapping[str, str] = field(default_factory=dict)
    """Names of units, blocks and named combinators with the node at their end; what stands inside one is called by its
    name and an underscore."""
    adapted: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What was measured on training examples, by the node's name: arguments that the node itself leaves out."""

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

    def served(self) -> "Graph":
        """The graph without auxiliary outputs and the nodes that only these need."""
        return self.ending_in({name: output for name, output in self.outputs.items() if not output.auxiliary})

    def ending_in(self, outputs: Mapping[str, Output]) -> "Graph":
        """The graph with other outputs, without the nodes that they do not need; every input stays."""
        needed = self.upstream(output.node for output in outputs.values()) | set(self.inputs)
        return replace(self, nodes=tuple(node for node in self.nodes if node.name in needed), outputs=outputs)

    def upstream(self, ends: Iterable[str]) -> set[str]:
        """The names of all nodes that the nodes of these names depend on, and of these."""
        needed = set(ends)
        for node in reversed(self.nodes):
            if node.name in needed:
                needed.update(node.inputs)
        return needed

    @property
    def labelled(self) -> tuple[str, ...]:
        """The names of the outputs that learn labels, and not what the model itself computes."""
        return tuple(name for name, output in self.outputs.items() if output.reconstructs is None)

    def input_shapes(self) -> dict[str, Shape]:
        """Shape of every input by its name."""
        return {name: self.node(name).output_shape for name in self.inputs}

    def output_shapes(self) -> dict[str, Shape]:
        """Shape of every output by its public name."""
        return {name: self.node(output.node).output_shape for name, output in self.outputs.items()}
