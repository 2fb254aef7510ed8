"""Collects nodes: gives them names, infers each as it comes, and reports what cannot be."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from specs.errors import Mark, Problem
from specs.graph import Node, Shape
from specs.infer import INFER, MERGING, ShapeError
from specs.infer.base import text
from specs.infer.bounds import beyond_bounds
from specs.ops import OPS, Op
from specs.ops.inputs import INPUTS, PARTS
from specs.resolve import Report
from specs.step import Step
from specs.tree import from_plain
from specs.validate import problems_of

if TYPE_CHECKING:
    from specs.repairs import Repair
    from specs.within import Turn

Tensor = str
"""Name of the node that computes a value, or one of the two below."""
BROKEN: Tensor = "<broken>"
"""A value that cannot be computed, for a reason that is reported already."""
NOWHERE: Tensor = "<nowhere>"
"""No value yet: the model has several inputs, and the step has to say which."""

_VERBS = {
    "Add": "add",
    "Multiply": "multiply",
    "Average": "average",
    "Maximum": "take the maximum of",
    "Concatenate": "concatenate",
    "Subtract": "take the difference of",
    "Minimum": "take the minimum of",
    "Dot": "take the dot product of",
    "HashedCrossing": "cross",
}

Trace = Callable[[Step, Tensor, int, int], None]
"""Told of each step that was carried out, the tensor at its end, and the range of the nodes that it added."""

MAX_LISTED = 6
"""Inputs that a message lists."""
MAX_LAYERS = 5_000
"""Layers of a model: five times those of the largest shipped one; ResNet-1202 has 4,810."""


class TooManyLayersError(Exception):
    """The model has more layers than a model may have, which is reported."""


@dataclass(slots=True)
class Builder:
    """The graph as far as it is built.

    `defaults` are the document's, by layer; `later` are all names that the document gives its steps.
    """

    defaults: Mapping[str, Mapping[str, Any]]
    report: Report
    nodes: dict[str, Node] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    names: dict[str, tuple[Tensor, Mark]] = field(default_factory=dict)
    spans: dict[str, tuple[Step, int, int]] = field(default_factory=dict)
    """Of units, blocks and named combinators: the step, and the range of the nodes that it added."""
    counters: Counter[tuple[str, str]] = field(default_factory=Counter)
    trace: Trace | None = None
    turns: "list[Turn]" = field(default_factory=list)
    parts: dict[tuple[int, str], tuple[Mapping[str, Any], Op]] = field(default_factory=dict)
    """What a step's unit gave a layer last, and the arguments made of it: a repeated unit gives the same again."""
    misnamed: int = 0
    """Names that no step has, so far."""

    def refuse(
        self,
        step: Step,
        message: str,
        *,
        argument: str | None = None,
        named: str = "",
        hint: str | None = None,
        repairs: "tuple[Repair, ...]" = (),
    ) -> Tensor:
        """Reports a problem at a step, or at one of its arguments, and gives the broken tensor."""
        from specs.within import frames

        mark, path = self.place(step, argument or "", named)
        self.report(Problem(mark, path, message, hint, repairs, within=frames(step.used, self.turns)))
        return BROKEN

    def place(self, step: Step, argument: str, named: str = "") -> tuple[Mark, str]:
        """The place of an argument with its path, of one of the names under `from`; the step's where it has neither."""
        index = step.source.index(named) if step.source and named in step.source else -1
        whole = step.places.get(argument, (step.mark, step.path))
        return step.places.get(f"{argument}[{index}]", whole)

    def auto_name(self, prefix: str, kind: str) -> str:
        """The next free name of a kind in a scope: conv1, conv2, max_pooling2d_1."""
        while True:
            self.counters[prefix, kind] += 1
            number = self.counters[prefix, kind]
            name = f"{prefix}{kind}_{number}" if kind[-1].isdigit() else f"{prefix}{kind}{number}"
            if name not in self.names:
                return name

    def register(self, name: str, tensor: Tensor, step: Step) -> None:
        """Makes a name known for `from:`; no name twice."""
        if name in self.names:
            line = self.names[name][1].line
            self.refuse(step, f"a second step is named {name!r}; the first is in line {line}", argument="name")
        else:
            self.names[name] = (tensor, step.mark)

    def find(self, name: str, prefix: str, step: Step) -> Tensor:
        """The tensor of a name, looked for in the scope of the step and outwards."""
        found = self.full_name(name, prefix, step, "from")
        return BROKEN if found is None else self.names[found][0]

    def full_name(self, name: str, prefix: str, step: Step, argument: str) -> str | None:
        """The name with its scopes; None where there is none, which is reported at the step's argument."""
        scope = prefix
        while True:
            if scope + name in self.names:
                return scope + name
            if not scope:
                break
            scope = scope[: scope[:-1].rfind("_") + 1]
        from specs.expand.mending import names_meant

        self.misnamed += 1
        hint, repairs = names_meant(self, name, prefix, step, argument)
        self.refuse(step, f"no step above is named {name!r}", argument=argument, named=name, hint=hint, repairs=repairs)
        return None

    def scopes(self) -> dict[str, Tensor]:
        """The names that are known and are no node's, of units, blocks and named combinators, with their ends."""
        return {name: tensor for name, (tensor, _) in self.names.items() if name not in self.nodes}

    def shape(self, tensor: Tensor) -> Shape:
        """The shape of a tensor that is not broken."""
        return self.nodes[tensor].output_shape

    def part(self, op: str, given: Mapping[str, Any], step: Step) -> Op | None:
        """Arguments of a layer that a unit stands for: the document's defaults under what the unit gives."""
        before, made = self.parts.get((id(step), op), ({}, None))
        if made is not None and before.keys() == given.keys() and all(before[name] is given[name] for name in given):
            return made
        try:
            made = OPS[op].model_validate({**self.defaults.get(op, {}), **given})
        except ValidationError as error:
            written = {**self.defaults.get(op, {}), **given}
            plainly = {k: v.model_dump() if isinstance(v, BaseModel) else v for k, v in written.items()}
            node = from_plain(plainly, step.mark, step.path)
            for problem in problems_of(error, OPS[op], node, op):
                argument = problem.path.removeprefix(f"{step.path}.").partition(".")[0].partition("[")[0]
                self.refuse(step, problem.message, argument=argument, hint=problem.hint)
            return None
        self.parts[id(step), op] = given, made
        return made

    def add(self, op: str, args: Op | None, inputs: tuple[Tensor, ...], name: str, step: Step) -> Tensor:
        """Adds a node and infers it; the broken tensor where that fails or an input is broken."""
        tensor = self._added(op, args, inputs, name, step)
        self.register(name, tensor, step)
        return tensor

    def _added(self, op: str, args: Op | None, inputs: tuple[Tensor, ...], name: str, step: Step) -> Tensor:
        if args is None or BROKEN in inputs:
            return BROKEN
        if len(self.nodes) >= MAX_LAYERS:
            self.refuse(step, f"the model has more than {MAX_LAYERS:,} layers")
            raise TooManyLayersError
        least, most = INPUTS.get(op, (1, 1))
        if inputs and not least <= len(inputs) <= (most or len(inputs)):
            return self._refuse_count(op, len(inputs), step)
        try:
            found = INFER[op](args, *(self.shape(each) for each in inputs))
        except ShapeError as error:
            return self._refuse_shapes(op, inputs, error, step)
        beyond = beyond_bounds(found)
        if beyond is not None:
            return self.refuse(step, beyond)
        if name in self.names:
            # Refused when it is registered; the name may be that of a unit, which is no node.
            return BROKEN
        self.nodes[name] = Node(
            name=name,
            op=op,
            args=args,
            inputs=inputs,
            output_shape=found.output_shape,
            trainable=found.trainable,
            non_trainable=found.non_trainable,
            macs=found.macs,
            mark=step.mark,
        )
        return name

    def _refuse_count(self, op: str, count: int, step: Step) -> Tensor:
        if op in MERGING and count > 2:
            return self.refuse(step, f"{op} takes two inputs, not {count}", argument="from")
        if op in MERGING:
            return self.refuse(step, f"{op} merges at least two inputs", hint="name them: from: [one, other]")
        if op in PARTS:
            taken, named = PARTS[op]
            return self.refuse(step, f"{op} takes {taken}; not {count} inputs", hint=f"name them: from: [{named}]")
        return self.refuse(step, f"{op} takes one input, not {count}", hint="merge them first: Add, Concatenate")

    def _refuse_shapes(self, op: str, inputs: tuple[Tensor, ...], error: ShapeError, step: Step) -> Tensor:
        from specs.expand.mending import branches_made_equal
        from specs.repairs import at_step

        if op in MERGING and error.field is None:
            repairs = branches_made_equal(self, inputs, channels=op != "Concatenate") if op in _VERBS else ()
            return self.refuse(step, f"cannot {_VERBS[op]} {self.listed(inputs)}", hint=error.hint, repairs=repairs)
        source = f"; the {'input is' if len(inputs) == 1 else 'inputs are'} {self.listed(inputs)}" if inputs else ""
        repairs = at_step(step, error.repairs)
        return self.refuse(step, f"{error}{source}", argument=error.field, hint=error.hint, repairs=repairs)

    def listed(self, inputs: tuple[Tensor, ...]) -> str:
        """The shapes of tensors with their origins, for a message."""
        more = f" and {len(inputs) - MAX_LISTED} more" if len(inputs) > MAX_LISTED else ""
        shown = inputs[:MAX_LISTED]
        return " and ".join(f"{text(self.shape(each))} from {self.origin(each)}" for each in shown) + more

    def origin(self, tensor: Tensor) -> str:
        """A node's name and line, for a message."""
        return f"{tensor!r} (line {self.nodes[tensor].mark.line})"
