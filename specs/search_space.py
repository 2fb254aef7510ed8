"""What can be said of a search without running it: its params exist, and its values fit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from specs.errors import Mark, Problem, SpecError, did_you_mean, in_order, yaml_text
from specs.lower import Proof
from specs.resolve import names_used
from specs.sections import Axis
from specs.tree import MappingNode, ScalarNode, SequenceNode, TreeNode

MAX_CHECKS = 40
"""Values that are tried; of longer lists these many, spread evenly."""

Item = TypeVar("Item")


def check_search(proof: Proof, check: Callable[[Mapping[str, Any]], Proof]) -> Proof:
    """The proof with the problems of its search added. `check` proves the spec with other values of its params."""
    search, space = proof.document.search, _space(proof.document.tree)
    problems = list(_unknown_params(proof, space))
    if search is not None and not problems and not proof.problems:
        edges = {name: tuple(_edges(axis, space, name)) for name, axis in search.space.items()}
        most = max(2, MAX_CHECKS // len(edges))
        for name, values in edges.items():
            for value, node in _spread(values, most):
                problems += _misfits(name, value, node, check)
    return replace(proof, problems=in_order([*proof.problems, *problems]))


def _spread(values: Sequence[Item], most: int) -> Sequence[Item]:
    """At most so many of the values, the first and the last among them.

    >>> _spread("abcdefgh", 3), _spread("ab", 3)
    (['a', 'e', 'h'], 'ab')
    """
    if len(values) <= most:
        return values
    return [values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)]


def _space(tree: MappingNode) -> TreeNode | None:
    search = tree.get("search")
    return search.get("space") if isinstance(search, MappingNode) else None


def _unknown_params(proof: Proof, space: TreeNode | None) -> Iterator[Problem]:
    params, used = proof.document.params, names_used(proof.document.tree)
    for entry in space.entries if isinstance(space, MappingNode) else ():
        if entry.key not in params:
            hint = did_you_mean(entry.key, params) or "declare it under params: and refer to it where it acts"
            yield Problem(entry.key_mark, entry.value.path, f"no param is named {entry.key!r}", hint)
        elif entry.key not in used:
            message = f"nothing refers to {entry.key!r}, so that searching it changes nothing"
            yield Problem(entry.key_mark, entry.value.path, message, f"write ${entry.key} where it acts")


def _edges(axis: Axis, space: TreeNode | None, name: str) -> Iterator[tuple[Any, TreeNode | None]]:
    """The values at the ends of a range, or all listed values, each with its place."""
    node = space.get(name) if isinstance(space, MappingNode) else None
    places = node if isinstance(node, MappingNode) else MappingNode((), Mark("", 1, 1), "")
    if axis.values is None:
        yield axis.min_value, places.get("min_value")
        yield axis.max_value, places.get("max_value")
        return
    listed = places.get("values")
    items = listed.items if isinstance(listed, SequenceNode) else ()
    for index, value in enumerate(axis.values):
        yield value, items[index] if index < len(items) else listed


def _misfits(
    name: str, value: Any, node: TreeNode | None, check: Callable[[Mapping[str, Any]], Proof]
) -> Iterator[Problem]:
    """The first problem that the spec has with a searched value while the other params keep theirs."""
    try:
        found = check({name: value}).problems
    except SpecError as error:
        found = error.problems
    if found and isinstance(node, ScalarNode):
        first = min(found, key=lambda each: (each.mark.line, each.mark.column))
        reason = f"{yaml_text(value)} does not fit line {first.mark.line}: {first.path}: {first.message}"
        yield Problem(node.mark, node.path, reason, first.hint)
