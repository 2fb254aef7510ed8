"""Points that a search tries first: of params that are searched, with values that their axes hold, and that fit."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from specs.errors import Problem, got, yaml_text
from specs.tree import FROM_OUTSIDE, MappingNode, SequenceNode, TreeNode

if TYPE_CHECKING:
    from specs.document import Document
    from specs.repairs import Repair
    from specs.sections import Axis

CLOSE = 1e-6
"""Relative distance from a value of an axis that still is this value: a person rounds factors."""


def held(axis: "Axis", value: Any) -> Any:
    """The value of an axis that a written one stands for, None where there is none.

    >>> from specs.sections import Axis
    >>> rates = Axis(min_value=1e-4, max_value=1e-1, sampling="log", step=3)
    >>> [held(rates, value) for value in (0.0027, 0.00270000001, 0.002)], held(Axis(values=(True, False)), 1)
    ([0.0027, 0.0027, None], None)
    """
    if axis.values is not None:
        return next((each for each in axis.values if _same(each, value)), None)
    near = nearest(axis, value)
    return near if near is not None and math.isclose(near, value, rel_tol=CLOSE) else None


def nearest(axis: "Axis", value: Any) -> int | float | None:
    """The number of a range that is nearest to a written one; None for what is no number, and for no range.

    >>> from specs.sections import Axis
    >>> nearest(Axis(min_value=8, max_value=60, step=16), 99), nearest(Axis(min_value=0.0, max_value=0.5), -1)
    (56, 0.0)
    """
    low, high = axis.min_value, axis.max_value
    if low is None or high is None or isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    inside = min(max(value, low), high)
    if axis.step is not None:
        inside = _stepped(axis, low, high, inside, axis.step)
    return round(inside) if axis.is_integer else min(max(float(f"{inside:.12g}"), low), high)


def _stepped(axis: "Axis", low: float, high: float, value: float, step: float) -> float:
    """As tuner.space lists them: the small addend lets rounding keep the last one."""
    if axis.sampling == "linear":
        return low + step * min(round((value - low) / step), int((high - low) / step + 1e-9))
    turned = high + low - value if axis.sampling == "reverse_log" else value
    power = min(round(math.log(turned / low, step)), int(math.log(high / low, step) + 1e-9))
    distance: float = low * step**power
    return high + low - distance if axis.sampling == "reverse_log" else distance


def _same(known: Any, value: Any) -> bool:
    return isinstance(known, bool) == isinstance(value, bool) and bool(known == value)


def misnamed(document: "Document") -> Iterator[Problem]:
    """What is wrong with the points as they are written: params, values, and points that stand there twice."""
    seen: dict[tuple[Any, ...], str] = {}
    for number, (point, node) in enumerate(_points(document)):
        key = tuple(sorted((name, isinstance(value, bool), value) for name, value in point.items()))
        if key in seen:
            yield Problem(node.mark, node.path, f"is the same point as {seen[key]}", "take one of them out")
        seen.setdefault(key, f"try_first[{number}]")
        for name, value in point.items():
            yield from _of_value(document, node, name, value)


def misfits(document: "Document", attempt: Callable[[Mapping[str, Any]], Problem | None]) -> Iterator[Problem]:
    """The points at which the spec does not hold, each with what breaks there first."""
    for point, node in _points(document):
        first = attempt(point)
        if first is not None:
            file = f" of {first.mark.file}" if first.mark.file != node.mark.file else ""
            message = f"does not fit line {first.mark.line}{file}: {first.path}: {first.rule.replace(FROM_OUTSIDE, '')}"
            yield Problem(node.mark, node.path, message, first.hint)


def without_points(document: "Document") -> "Document":
    """The spec with no points to try first: with other values of its own, those that leave some out would be others."""
    section = document.tree.get("search")
    if not isinstance(section, MappingNode) or section.get("try_first") is None:
        return document
    search = replace(section, entries=tuple(each for each in section.entries if each.key != "try_first"))
    entries = (replace(each, value=search) if each.key == "search" else each for each in document.tree.entries)
    return replace(document, tree=replace(document.tree, entries=tuple(entries)))


def _points(document: "Document") -> Iterator[tuple[Mapping[str, Any], TreeNode]]:
    """The points and where each is written."""
    section = document.tree.get("search")
    listed = section.get("try_first") if isinstance(section, MappingNode) else None
    if document.search is not None and isinstance(listed, SequenceNode):
        yield from zip(document.search.try_first, listed.items, strict=True)


def _of_value(document: "Document", node: TreeNode, name: str, value: Any) -> Iterator[Problem]:
    from specs.repairs import replaced, spelled, yaml

    entry = node.entry(name) if isinstance(node, MappingNode) else None
    if entry is None or document.search is None:
        return
    axes = document.search.space
    if name not in axes:
        known = name in document.params
        message = f"{name!r} is not searched" if known else f"no param is named {name!r}"
        hint = f"name params of search.space: {', '.join(axes)}"
        yield Problem(entry.key_mark, entry.value.path, message, hint, spelled(entry.key_mark, name, axes))
    elif held(axes[name], value) is None:
        near = nearest(axes[name], value)
        repairs: tuple[Repair, ...] = () if near is None else replaced(entry.value, near, f"write {yaml(near)}")
        message = f"search.space.{name} does not hold it {got(value)}"
        yield Problem(entry.value.mark, entry.value.path, message, f"it holds {_told(axes[name])}", repairs)


def _told(axis: "Axis") -> str:
    if axis.values is not None:
        return ", ".join(map(yaml_text, axis.values))
    kind = "integers" if axis.is_integer else "numbers"
    return f"{kind} from {yaml_text(axis.min_value)} to {yaml_text(axis.max_value)}"
