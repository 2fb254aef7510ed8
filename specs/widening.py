"""Ranges of floats of which an end fails: from where on they do."""

from collections.abc import Callable, Mapping
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from specs.errors import Problem
from specs.regions import Interval, Region

if TYPE_CHECKING:
    from specs.points import Point, Space, Try

STEPS = 12
"""Bisections of a range of floats."""
MOST = 60
"""Combinations of the other params for which a range is looked at."""


def widened(region: Region, space: "Space", attempt: "Try") -> Region:
    """The region with a range of floats, of which an end was tried, bisected to where it begins to fail."""
    for name, values in region.values.items():
        axis = space.axes[name]
        if space.lists(name) or not isinstance(values, tuple) or len(values) != 1:
            continue
        others = {each: found for each, found in region.values.items() if each != name}
        (bad,) = values
        good = axis.max_value if bad == axis.min_value else axis.min_value
        first = {each: found[0] for each, found in others.items()}  # type: ignore[index]

        def fails(value: Any, name: str = name, first: "Point" = first) -> bool:
            return attempt({**first, name: value}) is not None

        if name not in space.direct | space.monotone or fails(good):
            continue
        start = _bisected(good, bad, axis.is_integer, fails)
        if _holds_between(name, start, bad, good, space, attempt, others):
            return Region({**region.values, name: Interval(min(start, bad), max(start, bad))}, region.problem)
    return region


def _holds_between(
    name: str, start: Any, bad: Any, good: Any, space: "Space", attempt: "Try", others: Mapping[str, Any]
) -> bool:
    """Whether all values from `start` to `bad` fail where both do.

    What a rate, a strength or a momentum may be is one interval, and holds what lies between 0 and 1. So a param that
    stands there itself fails from any value outside on. One that is calculated with does where the same goes for each
    combination of the others: the values that fit are one interval again, and `good` is one of them; or something else
    is wrong, whatever this param is.
    """
    if name in space.direct and (bad >= start >= 1 or bad <= start <= 0):
        return True
    rest = {each: others.get(each, values) for each, values in space.structural.items() if each != name}
    if prod(map(len, rest.values())) > MOST:
        return False
    points = [dict(zip(rest, each, strict=True)) for each in product(*rest.values())]
    own = space.arguments.get(name, frozenset())
    for point in points:
        problem = attempt({**point, name: good})
        if problem is not None and argument_of(problem) in own:
            return False
        if problem is None and any(attempt({**point, name: value}) is None for value in (start, bad)):
            return False
    return True


def _bisected(good: Any, bad: Any, whole: bool, fails: Callable[[Any], bool]) -> Any:
    """The value nearest to `good` that fails."""
    for _ in range(64 if whole else STEPS):
        middle = (good + bad) // 2 if whole else (good + bad) / 2
        if middle in (good, bad):
            # Of two neighbours the mean is the lower one; the other was tried already.
            break
        good, bad = (good, middle) if fails(middle) else (middle, bad)
    return bad


def argument_of(problem: Problem) -> str:
    """The last word of a problem's path.

    >>> from specs.errors import Mark
    >>> argument_of(Problem(Mark("a.yaml", 1, 1), "body[2].conv.kernel_size[0]", ""))
    'kernel_size'
    """
    return problem.path.rpartition(".")[2].partition("[")[0]
