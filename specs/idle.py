"""Searched params that change nothing: overwritten by what a step says itself, or of steps that are never there."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice, product
from math import prod
from typing import TYPE_CHECKING, Any

from specs.points import ends, every_value, is_listed
from specs.reach import SIZES, Reach

if TYPE_CHECKING:
    from specs.sections import Axis

MAX_TRIED = 200
"""Combinations of the other params that are looked at for one that seems to do nothing; of more nothing is said."""

At = Callable[[Mapping[str, Any]], tuple[tuple[Any, ...], Any]]
"""The problems at a point, and what is built there."""


def idle(axes: "Mapping[str, Axis]", found: Reach, start: Mapping[str, Any], at: At) -> Iterator[str]:
    """Names of the params with whose values, whatever the others are, neither the model nor its training changes.

    Two values of each are compared beside the spec's own; only where they make no difference the other params come in:
    those that may decide whether a step is there, which those of SIZES alone do not.
    """
    for name, axis in axes.items():
        if len(ends(axis)) < 2 or not same(name, ends(axis), {}, at):
            continue
        if axis.values is None and name not in found.one_way:
            # It may act between two ends that give the same.
            continue
        deciding = [each for each in axes if each != name and each in found.structural]
        deciding = [each for each in deciding if not found.arguments[each] <= SIZES or each in found.beside[name]]
        others = {each: every_value(axes[each]) for each in deciding}
        if all(is_listed(axes[each]) for each in deciding) and prod(map(len, others.values())) <= MAX_TRIED:
            points = (dict(zip(others, each, strict=True)) for each in product(*others.values()))
            if all(same(name, ends(axis), point, at) for point in islice(points, MAX_TRIED)):
                yield name


def same(name: str, values: tuple[Any, ...], point: Mapping[str, Any], at: At) -> bool:
    """Whether all values give the same; of a long list the first few are compared."""
    first = at({**point, name: values[0]})
    return all(at({**point, name: value}) == first for value in values[1:])
