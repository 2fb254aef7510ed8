"""Repairs that are tried before they are offered: small edits of a spec, after which it is checked again.

Where a mistake is found stands what may mend it, as Repairs. Once all mistakes are known, each repair is made in the
tree and the spec is checked with it: it is offered only if the mistake is gone and no other one has come in its place.
A valid spec never comes here; of a wrong one the work is bounded by MAX_WORK. What is left then is tried together, in
one check more.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from specs.edits import Edit as Edit
from specs.edits import edited
from specs.edits import path_at as path_at
from specs.errors import MAX_SHOWN, Mark, Problem, yaml_text
from specs.names import near
from specs.shipped import shipped
from specs.tree import GIVEN, MappingNode, ScalarNode, TreeNode

if TYPE_CHECKING:
    from specs.step import Step

MAX_WORK = 400
"""Steps that are checked again for the repairs of one spec, about: a tenth of a second."""
MAX_SIZE = 3_000
"""Steps of a spec that is checked once more, with the repairs together that there was no time for one by one."""
MAX_TRIED = 4
"""Repairs of one mistake that are tried."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What may mend a mistake: the hint that says so, and the edits that do it."""

    text: str
    edits: tuple[Edit, ...]


def renamed(mark: Mark, names: Iterable[str]) -> tuple[Repair, ...]:
    """Repairs of a misspelt name at a place, by the names that may be meant."""
    return tuple(Repair(f"did you mean {name}?", (Edit("replace", mark, name),)) for name in names)


def spelled(mark: Mark, word: str, known: Iterable[str]) -> tuple[Repair, ...]:
    """Repairs of a name at a place that is none of the known ones."""
    return renamed(mark, near(word, known))


def removed(mark: Mark, text: str) -> tuple[Repair, ...]:
    """The repair that takes a key out with its value."""
    return (Repair(text, (Edit("remove", mark),)),)


def value_mark(node: TreeNode) -> Mark | None:
    """Where a value is written: at its place, or where the param of that name has it; None where no file does."""
    if not isinstance(node, ScalarNode) or node.via is None:
        return node.mark
    named = node.via[1:].isidentifier()
    return node.via_mark if named and node.via_mark != GIVEN else None


def replaced(node: TreeNode, value: Any, text: str) -> tuple[Repair, ...]:
    """The repair that puts another value in the place of one."""
    mark = value_mark(node)
    return (Repair(text, (Edit("replace", mark, value),)),) if mark else ()


def named(node: TreeNode) -> tuple[Repair, ...]:
    """The repair of a text that is no name: underscores for what no name holds."""
    text = str(node.value) if isinstance(node, ScalarNode) and isinstance(node.value, str) else ""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text.strip())
    return replaced(node, name, f"write {name}") if name.isidentifier() else ()


def at_step(step: "Step", given: Iterable[tuple[str, Any]]) -> tuple[Repair, ...]:
    """Repairs that give a step's argument another value, one each."""
    return tuple(Repair(f"use {key}: {yaml(value)}", (Edit("set", step.mark, value, key),)) for key, value in given)


def yaml(value: Any) -> str:
    """A value as one would write it."""
    return value if isinstance(value, str) else yaml_text(value)


def size_of(steps: "Iterable[Step]") -> int:
    """How many steps a body means with its repeats, and its blocks put in."""
    return sum(step.repeat * (1 + sum(map(size_of, step.bodies))) for step in steps)


Recheck = Callable[[MappingNode], tuple[Sequence[Problem], int]]
"""Checks a changed tree: its problems, and the number of steps that this took."""


def tried(problems: Sequence[Problem], tree: MappingNode, size: int, recheck: Recheck) -> tuple[Problem, ...]:
    """The problems, each with those of its repairs that mend it as its hint; `size` is what one check takes, about."""
    # A mistake costs about as much as a step to be found again.
    size += len(problems)
    work, known, left = MAX_WORK, frozenset(problems), []
    found: dict[Problem, list[tuple[int, Repair]]] = {problem: [] for problem in problems}
    for problem in problems[:MAX_SHOWN]:
        mending: list[tuple[int, Repair]] = []
        for repair in _own(problem.repairs[:MAX_TRIED], tree):
            if work < size:
                left += [(problem, repair)] if repair == problem.repairs[0] else []
                break
            needless = any(all(edit in repair.edits for edit in each.edits) for _, each in mending)
            changed = None if needless else edited(tree, repair.edits)
            if changed is not None:
                after, took = recheck(changed)
                work -= max(took, size)
                mending += _mends(problem, repair, after, known)
        found[problem] = mending
    if left and size < MAX_SIZE:
        found.update(_tried_together(left, tree, recheck, known))
    return tuple(_mended(problem, mending, tree) for problem, mending in found.items())


def _tried_together(
    left: Sequence[tuple[Problem, Repair]], tree: MappingNode, recheck: Recheck, known: frozenset[Problem]
) -> dict[Problem, list[tuple[int, Repair]]]:
    """What is mended by all repairs at once for which there is no time one by one."""
    made = []
    for problem, repair in left:
        changed = edited(tree, repair.edits)
        if changed is not None:
            tree = changed
            made.append((problem, repair))
    after, _ = recheck(tree)
    return {problem: _mends(problem, repair, after, known) for problem, repair in made}


def _mends(
    problem: Problem, repair: Repair, after: Sequence[Problem], known: frozenset[Problem]
) -> list[tuple[int, Repair]]:
    """The repair with the number of problems that show after it, if it mends a problem."""
    new = set(after) - known
    gone = problem not in after and not any(_comes_instead(each, problem, repair) for each in new)
    return [(len(new), repair)] if gone else []


def _own(repairs: Iterable[Repair], tree: MappingNode) -> Iterator[Repair]:
    """The repairs that change files of the user alone, and no shipped model that they extend."""
    others = {path.name for path in shipped().values()} - {tree.mark.file}
    return (repair for repair in repairs if not {edit.mark.file for edit in repair.edits} & others)


def _comes_instead(other: Problem, problem: Problem, repair: Repair) -> bool:
    """Whether a repair only puts another problem in the place of one.

    A key that was misspelt may well have mistakes below it, which show once it is known.
    """
    if other.mark == problem.mark and other.path in (problem.path, problem.path.rpartition(".")[0]):
        return True
    return other.path.startswith(f"{problem.path}.") and not repair.text.startswith("did you mean")


def _mended(problem: Problem, mending: Sequence[tuple[int, Repair]], tree: MappingNode) -> Problem:
    """The problem with those repairs as its hint after which the fewest new problems show elsewhere."""
    if not mending:
        return replace(problem, repairs=())
    fewest = min(new for new, _ in mending)
    first, *others = [repair for new, repair in mending if new == fewest]
    # Of two names that both fit the likelier one is meant; of two ways to mend both are said.
    texts = [first.text, *(each.text.removeprefix("use ") for each in others)]
    text = first.text if first.text.startswith("did you mean") else ", or ".join(texts)
    edits = tuple(replace(each, path=_path_of(each, tree)) for each in first.edits)
    return replace(problem, hint=text, edits=edits, repairs=())


def _path_of(edit: Edit, tree: TreeNode) -> str:
    path = path_at(tree, edit.mark)
    return f"{path}.{edit.key}" if edit.action == "set" else path
