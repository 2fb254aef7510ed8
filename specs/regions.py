"""Parts of a search space: sets of values for a few params, whatever the others are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from specs.errors import Problem, yaml_text

MAX_LISTED = 4
"""Values that a message names one by one."""


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from `low` to `high`, both included."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        return isinstance(value, (int, float)) and self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Region:
    """Points that do not fit: every point whose params have these values. `problem` is that of one of them."""

    values: Mapping[str, "tuple[Any, ...] | Interval"]
    problem: Problem

    def holds(self, point: Mapping[str, Any]) -> bool:
        """Whether a point lies in the region.

        >>> region = Region({"width": (64, 96), "depth": (5,)}, None)
        >>> region.holds({"width": 96, "depth": 5, "rate": 0.1}), region.holds({"width": 96, "depth": 4})
        (True, False)
        """
        return all(name in point and point[name] in values for name, values in self.values.items())

    def __str__(self) -> str:
        return " and ".join(f"{name} {_listed(values)}" for name, values in self.values.items())


def _listed(values: "tuple[Any, ...] | Interval") -> str:
    if isinstance(values, Interval):
        return f"{yaml_text(values.low)} to {yaml_text(values.high)}"
    if len(values) > MAX_LISTED:
        return f"{yaml_text(values[0])} to {yaml_text(values[-1])} ({len(values)} values)"
    return " or ".join(value if isinstance(value, str) else yaml_text(value) for value in values)


def regions(axes: Mapping[str, Sequence[Any]], failing: Mapping[tuple[Any, ...], Problem]) -> list[Region]:
    """Few regions that together are the failing points of a grid.

    Each names no param that does not matter: with every value of a left-out one the points of the grid fail as well.

    >>> bad = {(8, 1): None, (8, 2): None, (16, 2): None}
    >>> [str(each) for each in regions({"width": (8, 16), "depth": (1, 2)}, bad)]
    ['width 8', 'depth 2']
    """
    found: list[tuple[dict[str, Any], Problem]] = []
    for point, problem in failing.items():
        given = dict(zip(axes, point, strict=True))
        if not any(all(given[name] == value for name, value in kept.items()) for kept, _ in found):
            found.append((_minimal(given, axes, lambda each: each in failing), problem))
    return _merged(found)


def _minimal(
    given: dict[str, Any], axes: Mapping[str, Sequence[Any]], fails: Callable[[tuple[Any, ...]], bool]
) -> dict[str, Any]:
    """The point without the params that do not matter, the last ones left out first."""
    kept = dict(given)
    for name in reversed(axes):  # type: ignore[call-overload]  # a dict
        fewer = {key: value for key, value in kept.items() if key != name}
        choices = [(fewer[key],) if key in fewer else axes[key] for key in axes]
        if all(fails(point) for point in product(*choices)):
            kept = fewer
    return kept


def _merged(found: Iterable[tuple[dict[str, Any], Problem]]) -> list[Region]:
    """Regions that differ in the value of one param, as one."""
    boxes = [({name: (value,) for name, value in kept.items()}, problem) for kept, problem in found]
    for name in dict.fromkeys(name for box, _ in boxes for name in box):
        together: dict[Any, tuple[dict[str, tuple[Any, ...]], Problem]] = {}
        for box, problem in boxes:
            rest = tuple(sorted((key, values) for key, values in box.items() if key != name))
            same = (name in box, rest)
            if name in box and same in together:
                together[same][0][name] += box[name]
            else:
                together[same] = (dict(box), problem)
        boxes = list(together.values())
    return [Region(box, problem) for box, problem in boxes]
