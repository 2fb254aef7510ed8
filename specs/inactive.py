"""Searched params that do nothing at a point: with the others as they are there, nothing that is built changes."""

from collections.abc import Callable, Mapping
from typing import Any

from specs.errors import Problem, SpecError
from specs.idle import same
from specs.lower import Proof
from specs.points import ends
from specs.reach import SIZES, Reach
from specs.search_space import Check, reach_of
from specs.sections import Axis

Settle = Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]
"""A point, with the values of a second one in place of its inactive params."""


def settling(proof: Proof, check: Check) -> Settle | None:
    """What gives inactive params one value wherever they are so; None where none decides on whether another acts.

    A param is inactive where the model and its training are the same with all its values, or with both ends of a range
    whose uses go one way. They are looked at one after the other, each with those before it settled, so that what is
    built at the settled point is what was built before. What was found is kept by the params that may decide.
    """
    search = proof.document.search
    if search is None:
        return None
    axes, found = search.space, reach_of(proof, search.space)
    deciding = {name: _deciding(name, axes, found) for name in axes}
    asked = {name: axis for name, axis in axes.items() if deciding[name] and _can_tell(name, axis, found)}
    if not asked:
        return None
    known: dict[tuple[Any, ...], bool] = {}

    def at(point: Mapping[str, Any]) -> Any:
        return _built(check, point)

    def settle(point: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
        settled = dict(point)
        for name, axis in asked.items():
            key = (name, *((type(settled[each]), settled[each]) for each in deciding[name]))
            if key not in known:
                others = {each: value for each, value in settled.items() if each != name}
                known[key] = same(name, ends(axis), others, at)
            if known[key]:
                settled[name] = rest[name]
        return settled

    return settle


def _built(check: Check, point: Mapping[str, Any]) -> tuple[tuple[Problem, ...], Any]:
    """The problems at a point, and what is built and trained there; nothing of it is kept, a graph is large."""
    try:
        proof = check(point)
    except SpecError as error:
        return error.problems, None
    return tuple(proof.problems), (proof.graph, proof.document.train)


def _deciding(name: str, axes: Mapping[str, Axis], found: Reach) -> tuple[str, ...]:
    """The other params that may decide whether it acts: words and switches, what steps depend on, what it meets."""
    return tuple(
        each
        for each in axes
        if each != name
        and (
            each in found.beside[name]
            or (each in found.structural and not found.arguments[each] <= SIZES)
            or any(isinstance(value, (bool, str)) for value in axes[each].values or ())
        )
    )


def _can_tell(name: str, axis: "Axis", found: Reach) -> bool:
    """Whether a param that gives the same at its ends does so in between."""
    return len(ends(axis)) > 1 and (axis.values is not None or name in found.one_way)
