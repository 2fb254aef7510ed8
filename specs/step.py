"""A step of a body as it was read, and what reading it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from specs.blocks import Block
from specs.errors import Mark, Problem
from specs.ops import OPS
from specs.ops.base import Frozen
from specs.resolve import Report, Scope
from specs.tree import MappingNode

if TYPE_CHECKING:
    from specs.repairs import Repair

MAX_STEPS = 3_500
"""Steps of a model after blocks and repeats are put in; the largest shipped one has 574, ResNet-1202 has 3,006."""
MAX_NESTING = 40
"""Steps inside steps, with blocks put in."""

Use = tuple[str, Mark, Mark]
"""A block's name, where it is declared, and where it is used."""

LAYERS = [op for op in OPS if op != "InputLayer"]
"""The layers that can be a step; `specs.registering` adds those of one's own."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a body. `args` is None where a problem was reported about them.

    `kind` is a layer's, unit's, combinator's or block's name, empty for a plain list. `bodies` are the steps inside:
    of a list, block, residual or dense its body (a residual's listed shortcut follows it), of parallel its branches.
    `places` are those of the arguments written at the step and of its `from:`, with their paths; `used` leads from the
    document inwards to the block in whose definition the step stands. `given` are the resolved arguments of a layer,
    those from `defaults` among them. `share` names the step whose weights it takes; a step that says nothing else has
    no kind and no bodies.
    """

    kind: str
    args: Frozen | None
    mark: Mark
    path: str
    name: str | None = None
    source: tuple[str, ...] | None = None
    repeat: int = 1
    bodies: "tuple[tuple[Step, ...], ...]" = ()
    places: Mapping[str, tuple[Mark, str]] = field(default_factory=dict)
    used: tuple[Use, ...] = ()
    given: MappingNode | None = field(default=None, repr=False, compare=False)
    share: str | None = None


class NoArguments(Frozen):
    """What a plain list or an expanded block has."""


NO_ARGUMENTS = NoArguments()


@dataclass(slots=True)
class Context:
    """What reading a body needs besides the text."""

    scope: Scope
    blocks: dict[str, Block | None]
    defaults: dict[str, MappingNode]
    report: Report
    active: tuple[str, ...] = ()
    used: tuple[Use, ...] = ()
    count: int = 0
    depth: int = 0
    seen: set[str] = field(default_factory=set)

    def refuse(
        self, mark: Mark, path: str, message: str, hint: str | None = None, repairs: "tuple[Repair, ...]" = ()
    ) -> None:
        """Reports a problem."""
        self.report(Problem(mark, path, message, hint, repairs))
