"""The overview of a model: a row for each layer, block or stage, and the plans of the blocks, by letters."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase

from specs.drawing.folding import Plan, folded, is_stage, plan_of
from specs.drawing.labels import kind_of, label_of, size_of
from specs.drawing.tree import Item, tree
from specs.graph import Graph


@dataclass(frozen=True)
class Row:
    """A line of the overview. `level` says how deep it stands; `letter` names the plan by which it is built."""

    name: str
    says: str
    kind: str
    level: int
    items: tuple[Item, ...]
    """One, or the repeats that it stands for."""
    letter: str = ""
    is_stage: bool = False

    @property
    def size(self) -> str:
        """The shape of what it gives."""
        return size_of(self.items[-1].nodes[-1])

    @property
    def params(self) -> int:
        """All weights of all repeats."""
        return sum(item.params for item in self.items)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of all repeats for one input."""
        return sum(item.macs for item in self.items)


@dataclass(frozen=True)
class Overview:
    """The rows of a model, and its plans in the order of their letters, each with the items that it was met with."""

    rows: tuple[Row, ...]
    plans: tuple[tuple[Item, ...], ...]


@dataclass
class _Letters:
    """Plans as they are met; each has one letter."""

    known: dict[Plan, list[Item]] = field(default_factory=dict)

    def of(self, *blocks: Item) -> str:
        """The letter of blocks that are built alike."""
        plan = plan_of(blocks[0])
        self.known.setdefault(plan, []).extend(blocks)
        return letter(list(self.known).index(plan))


def letter(number: int) -> str:
    """A, B, …, Z, A1, B1, …

    >>> letter(0), letter(27)
    ('A', 'B1')
    """
    return ascii_uppercase[number % 26] + (str(number // 26) if number > 25 else "")


def overview(graph: Graph) -> Overview:
    """The overview of a graph.

    >>> from specs import check
    >>> found = overview(check("inception_v3").graph)
    >>> [(row.name, row.letter, len(row.items)) for row in found.rows][8:12], len(found.plans)
    ([('mixed0…2', 'A', 3), ('mixed3', 'B', 1), ('mixed4…7', 'C', 4), ('mixed8', 'D', 1)], 5)
    """
    letters = _Letters()
    rows = tuple(_rows(tree(graph), 0, letters))
    return Overview(rows, tuple(tuple(items) for items in letters.known.values()))


def _rows(items: Sequence[Item], level: int, letters: _Letters, inside: str = "") -> Iterator[Row]:
    for run in folded(items):
        first, name = run[0], together([item.name.removeprefix(inside) for item in run])
        if is_stage(first):
            yield Row(name, "", "stage", level, run, is_stage=True)
            yield from _rows(first.items, level + 1, letters, f"{first.name}_")
        elif first.items:
            yield Row(name, "", "block", level, run, letters.of(*run))
        else:
            yield Row(name, label_of(first), kind_of(first), level, run)


def together(names: Iterable[str]) -> str:
    """The name of repeats: the first with the number of the last.

    >>> together(["block2", "block3"])
    'block2…3'
    """
    first, *others = names
    if not others:
        return first
    stem = re.sub(r"\d+$", "", first)
    return f"{first}…{others[-1].removeprefix(stem)}"
