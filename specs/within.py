"""From where the place of a mistake was come to: the block that it stands in and its use, a turn, an extending file."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specs.errors import Mark

if TYPE_CHECKING:
    from specs.step import Step, Use

Turn = tuple["Step", int, int]
"""A step that is carried out several times, which turn it is in, from 0, and how many there are."""


def _line(mark: Mark, file: str) -> str:
    return f"line {mark.line}" if mark.file == file else f"line {mark.line} of {mark.file}"


@dataclass(frozen=True, slots=True)
class InBlock:
    """A block, where it is declared, and where it was used; None for one that no step uses.

    >>> InBlock("pair", Mark("a.yaml", 5, 3), Mark("a.yaml", 12, 5)).text("a.yaml")
    "in block 'pair' (line 5), used at line 12"
    """

    block: str
    declared: Mark
    used: Mark | None

    def text(self, file: str) -> str:
        """As it stands in a message about a place in the file."""
        use = f"used at {_line(self.used, file)}" if self.used else "which no step uses"
        return f"in block {self.block!r} ({_line(self.declared, file)}), {use}"

    def as_dict(self) -> dict[str, object]:
        """The form that `zoo validate --json` prints."""
        place = {"file": self.used.file, "line": self.used.line, "column": self.used.column} if self.used else None
        return {"block": self.block, "declared": self.declared.line, "used": place}


@dataclass(frozen=True, slots=True)
class InTurn:
    """A turn of a step that is repeated.

    >>> InTurn(3, 5, Mark("a.yaml", 12, 5)).text("a.yaml")
    'in turn 3 of 5 (line 12)'
    """

    turn: int
    turns: int
    mark: Mark

    def text(self, file: str) -> str:
        """As it stands in a message about a place in the file."""
        return f"in turn {self.turn} of {self.turns} ({_line(self.mark, file)})"

    def as_dict(self) -> dict[str, object]:
        """The form that `zoo validate --json` prints."""
        return {"turn": self.turn, "turns": self.turns, "line": self.mark.line, "file": self.mark.file}


@dataclass(frozen=True, slots=True)
class Extended:
    """The spec that extends the one with the mistake.

    >>> Extended(Mark("b.yaml", 2, 10)).text("a.yaml")
    'in what b.yaml extends (line 2)'
    """

    by: Mark

    def text(self, file: str) -> str:
        """As it stands in a message about a place in the file."""
        return f"in what {self.by.file} extends (line {self.by.line})"

    def as_dict(self) -> dict[str, object]:
        """The form that `zoo validate --json` prints."""
        return {"extended_by": self.by.file, "line": self.by.line, "column": self.by.column}


Frame = InBlock | InTurn | Extended


def frames(used: "tuple[Use, ...]", turns: Iterable[Turn] = ()) -> tuple[Frame, ...]:
    """From the innermost outwards: at each depth of blocks the turns there, then the block."""
    running = [(len(step.used), InTurn(turn + 1, count, step.mark)) for step, turn, count in turns]
    found: list[Frame] = []
    for depth in range(len(used), -1, -1):
        found += [frame for at, frame in reversed(running) if at == depth]
        if depth:
            name, declared, use = used[depth - 1]
            found.append(InBlock(name, declared, None if use == declared else use))
    return tuple(found)
