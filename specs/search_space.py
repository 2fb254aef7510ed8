"""What can be said of a search without running it: its params exist and act, and every point of its space fits."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from specs.errors import Problem, SpecError, did_you_mean, in_order, yaml_text
from specs.lower import Proof
from specs.points import Point, infeasible, space_of
from specs.reach import Reach, reach
from specs.regions import Interval, Region
from specs.tree import MappingNode, ScalarNode, SequenceNode, TreeNode

MAX_COMBINATIONS = 5
"""Combinations of several params that are told."""

Check = Callable[[Mapping[str, Any]], Proof]
"""Proves a spec with other values of its params."""


def check_search(proof: Proof, check: Check) -> Proof:
    """The proof with the problems of its search added."""
    search, space = proof.document.search, _space(proof.document.tree)
    found = _reach(proof)
    problems = list(_unknown_params(proof, space, found))
    if search is not None and not problems and not proof.problems:
        problems = list(_told(infeasible_regions(proof, check, found), space))
    return replace(proof, problems=in_order([*proof.problems, *problems]))


def infeasible_regions(proof: Proof, check: Check, found: Reach | None = None) -> tuple[Region, ...]:
    """The parts of the search space where the spec does not fit; none where it has no search."""
    search, graph = proof.document.search, proof.graph
    if search is None or graph is None:
        return ()
    known: dict[tuple[tuple[str, Any], ...], Problem | None] = {}

    def attempt(point: Point) -> Problem | None:
        key = tuple(sorted(point.items()))
        if key not in known:
            known[key] = _first_problem(point, check)
        return known[key]

    space = space_of(search.space, (found or _reach(proof)).structural)
    return infeasible(space, len(graph.nodes), attempt)


def _first_problem(point: Point, check: Check) -> Problem | None:
    try:
        found = check(point).problems
    except SpecError as error:
        found = error.problems
    return min(found, key=lambda each: (each.mark.line, each.mark.column), default=None)


def _reach(proof: Proof) -> Reach:
    document = proof.document
    weighed = document.limits is not None and document.limits.memory is not None
    return reach(document.tree, document.search.space if document.search else (), weighed=weighed)


def _space(tree: MappingNode) -> TreeNode | None:
    search = tree.get("search")
    return search.get("space") if isinstance(search, MappingNode) else None


def _unknown_params(proof: Proof, space: TreeNode | None, found: Reach) -> Iterator[Problem]:
    params = proof.document.params
    for entry in space.entries if isinstance(space, MappingNode) else ():
        if entry.key not in params:
            hint = did_you_mean(entry.key, params) or "declare it under params: and refer to it where it acts"
            yield Problem(entry.key_mark, entry.value.path, f"no param is named {entry.key!r}", hint)
        elif proof.document.search is not None and entry.key not in found.used:
            message = f"nothing refers to {entry.key!r}, so that searching it changes nothing"
            yield Problem(entry.key_mark, entry.value.path, message, f"write ${entry.key} where it acts")


def _told(found: Iterable[Region], space: TreeNode | None) -> Iterator[Problem]:
    """The regions as problems: of one param's values at each of them, of several at the first param's place."""
    several: list[Region] = []
    for region in found:
        if len(region.values) > 1:
            several.append(region)
        else:
            yield from _of_values(region, space)
    hidden = len(several) - MAX_COMBINATIONS
    for number, region in enumerate(several[:MAX_COMBINATIONS], 1):
        first = region.problem
        name = next(each for each in _order(space) if each in region.values)
        entry = space.entry(name) if isinstance(space, MappingNode) else None
        more = f" (and {hidden} more combinations)" if number == MAX_COMBINATIONS and hidden > 0 else ""
        if entry is not None:
            file = f" of {first.mark.file}" if first.mark.file != entry.key_mark.file else ""
            message = f"with {region} {first.path} (line {first.mark.line}{file}): {first.message}{more}"
            yield Problem(entry.key_mark, entry.value.path, message, first.hint)


def _order(space: TreeNode | None) -> Iterator[str]:
    return (entry.key for entry in space.entries) if isinstance(space, MappingNode) else iter(())


def _of_values(region: Region, space: TreeNode | None) -> Iterator[Problem]:
    """One problem for each listed value, and one for a part of a range, at the end where it lies."""
    ((name, values),) = region.values.items()
    axis = space.get(name) if isinstance(space, MappingNode) else None
    first = region.problem
    for node, text in _places(axis, values):
        file = f" of {first.mark.file}" if first.mark.file != node.mark.file else ""
        reason = f"{text} does not fit line {first.mark.line}{file}: {first.path}: {first.message}"
        yield Problem(node.mark, node.path, reason, first.hint)


def _places(axis: TreeNode | None, values: "tuple[Any, ...] | Interval") -> Iterator[tuple[TreeNode, str]]:
    listed = axis.get("values") if isinstance(axis, MappingNode) else None
    if isinstance(listed, SequenceNode):
        for item in listed.items:
            if isinstance(item, ScalarNode) and item.value in values:
                yield item, yaml_text(item.value)
    elif isinstance(axis, MappingNode):
        low, high = (values.low, values.high) if isinstance(values, Interval) else (min(values), max(values))
        edges = [axis.get(key) for key in ("min_value", "max_value")]
        place = next((each for each in edges if isinstance(each, ScalarNode) and each.value in values), axis)
        yield place, yaml_text(low) if low == high else f"{yaml_text(low)} to {yaml_text(high)}"
