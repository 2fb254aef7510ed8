"""Folded steps that recur with other arguments → blocks with params of their own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import Any

from specs.blocks import REQUIRED
from specs.combinators import COMBINATORS
from specs.fold_shared import BODIES, bodies, changed, free_name, usual_value
from specs.fold_steps import Folded, repeated, written
from specs.ops import OPS

LONGEST = 6
"""Steps in a row that are looked at as one block."""
MOST_PARAMS = 4
"""A block with more params than that, or than half its arguments, says no more than what it stands for."""
LEAST_STEPS = 2
"""Layers and units that a block stands for at least."""
GAIN = 40
"""Characters that a block has to save."""

KINDS = ("residual", "parallel", "dense", "conv")
"""What a block is named after, the first of them that it has."""
BESIDE = "beside"
"""The part of a path that stands for the keys beside a step's layer."""

Path = tuple[Any, ...]
Window = list[Folded]
Defaults = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Family:
    """Windows of one structure, and for each argument that is not the same in all of them its values."""

    windows: list[Window]
    columns: Mapping[Path, list[Any]]

    def params(self) -> dict[str, list[Any]]:
        """Values by the names that the block's params get."""
        found: dict[str, list[Any]] = {}
        # The smallest numbers first: the others may be multiples of them.
        for path, column in sorted(self.columns.items(), key=lambda each: _size(each[1])):
            if not any(_factor(column, other) for other in found.values()):
                found[free_name(str(path[-1]), found)] = column
        order = list(self.columns.values())
        return dict(sorted(found.items(), key=lambda each: order.index(each[1])))

    def reference(self, path: Path, params: Mapping[str, list[Any]]) -> str:
        """What stands in the block in the place of an argument."""
        column = self.columns[path]
        for name, values in params.items():
            if factor := _factor(column, values):
                return f"${name}" if factor == 1 else f"$({factor} * {name})"
        raise AssertionError("every column has a param")


def with_blocks(steps: list[Folded], defaults: Defaults) -> tuple[list[Folded], dict[str, Any]]:
    """The steps with blocks in the place of what recurs, and the blocks by name; as long as they make it shorter.

    `defaults` are the document's.

    >>> def unit(n): return Folded({"residual": {"body": [Folded({"conv": {"filters": n}}, ("a",))] * 3}}, ("b",))
    >>> steps, blocks = with_blocks([unit(n) for n in range(1, 9)], {})
    >>> steps[0].step, blocks["residual_block"]["params"]
    ({'residual_block': {'filters': 1}}, {'filters': 'required'})
    """
    blocks: dict[str, Any] = {}
    # A step is told by which object it is: no object may stand in two places.
    steps = changed(steps, lambda step: step)
    while True:
        found = [_replaced(steps, family, blocks) for family in _families(steps, defaults)]
        best = min(found, key=lambda each: _length(*each), default=(steps, blocks))
        if _length(*best) > _length(steps, blocks) - GAIN:
            return steps, blocks
        steps, blocks = best


def _replaced(steps: list[Folded], family: Family, blocks: Mapping[str, Any]) -> tuple[list[Folded], dict[str, Any]]:
    """The steps with a block in the place of each window, and the blocks with this one."""
    params = family.params()
    usual = {name: usual_value(values) for name, values in params.items()}
    name = _name([step.kind for step in family.windows[0]], blocks)
    header = {each: REQUIRED if usual[each] is None else usual[each] for each in params}
    references = {path: family.reference(path, params) for path in family.columns}
    body = written(_filled(family.windows[0], references))
    uses = {}
    for number, window in enumerate(family.windows):
        args = {each: values[number] for each, values in params.items() if values[number] != usual[each]}
        beside = {"repeat": window[0].step["repeat"]} if len(window) == 1 and "repeat" in window[0].step else {}
        layers = tuple(layer for step in window for layer in step.layers)
        uses[id(window[0])] = len(window), Folded({name: args, **beside}, layers)
    return _with_uses(steps, uses), {**blocks, name: {"params": header, "body": body}}


def _name(kinds: Sequence[str], blocks: Mapping[str, Any]) -> str:
    """residual_block, residual_block_b, …: no number at its end, which the names of its nodes get."""
    kind = next((each for each in KINDS if each in kinds), "layer")
    name = f"{kind}_block"
    taken = sum(each == name or each.startswith(f"{name}_") for each in blocks)
    return f"{name}_{ascii_lowercase[taken % 26] * (1 + taken // 26)}" if taken else name


def _with_uses(steps: list[Folded], uses: Mapping[int, tuple[int, Folded]]) -> list[Folded]:
    found, place = [], 0
    while place < len(steps):
        length, use = uses.get(id(steps[place]), (1, None))
        found.append(use or _inside(steps[place], lambda body: _with_uses(body, uses)))
        place += length
    return repeated(found)


def _inside(step: Folded, change: Callable[[list[Folded]], list[Folded]]) -> Folded:
    args = step.args
    for key in BODIES:
        if isinstance(args.get(key), list):
            args[key] = [change(each) for each in args[key]] if key == "branches" else change(args[key])
    return replace(step, step={**step.step, step.kind: args})


def _filled(window: Window, references: Mapping[Path, str], path: Path = ()) -> Window:
    """A window with references in the place of what differs."""
    found = []
    for number, step in enumerate(window):
        args = step.args
        for key in BODIES:
            if isinstance(args.get(key), list):
                branches = args[key] if key == "branches" else [args[key]]
                inner = [_filled(each, references, (*path, number, key, i)) for i, each in enumerate(branches)]
                args[key] = inner if key == "branches" else inner[0]
        args |= {each[-1]: text for each, text in references.items() if each[:-1] == (*path, number)}
        beside = {"repeat": references.get((*path, number, BESIDE, "repeat"), step.step.get("repeat"))}
        alone = (len(window) == 1 and not path) or "repeat" not in step.step
        found.append(replace(step, step={step.kind: args, **({} if alone else beside)}))
    return found


def _length(steps: list[Folded], blocks: Mapping[str, Any]) -> int:
    return len(repr(written(steps))) + len(repr(blocks))


def _families(steps: list[Folded], defaults: Defaults) -> Iterator[Family]:
    groups: dict[Any, list[tuple[tuple[int, int], Window]]] = {}
    for number, each in enumerate(_lists(steps)):
        for length in range(1, min(LONGEST, len(each)) + 1):
            for start in range(len(each) - length + 1):
                window = each[start : start + length]
                if _worth(window):
                    # Beside a window of one step its repeat stays where it is.
                    key = tuple(_structure(step, defaults, inside=length > 1) for step in window)
                    groups.setdefault(key, []).append(((number, start), window))
    for found in groups.values():
        windows = _apart(found)
        if len(windows) > 1:
            family = Family(windows, dict(_columns(windows, defaults)))
            written_out = sum(1 for _ in _arguments(windows[0]))
            if family.columns and len(family.params()) < min(written_out / 2, MOST_PARAMS + 1):
                yield family


def _lists(steps: list[Folded]) -> Iterator[list[Folded]]:
    yield steps
    for step in steps:
        for body in bodies(step):
            yield from _lists(body)


def _worth(window: Window) -> bool:
    """Whether a window may become a block: named steps and uses of blocks stay what they are."""
    plain = all(not {"name", "from"} & set(step.step) for step in window)
    return plain and sum(_leaves(step) for step in window) >= LEAST_STEPS


def _leaves(step: Folded) -> int:
    inner = list(bodies(step))
    return sum(_leaves(each) for body in inner for each in body) if inner else step.kind in OPS or step.kind == "conv"


def _apart(found: list[tuple[tuple[int, int], Window]]) -> list[Window]:
    """The windows that share no step, the first first."""
    windows, end = [], (-1, 0)
    for (number, start), window in found:
        if (number, start) >= end:
            windows.append(window)
            end = number, start + len(window)
    return windows


def _size(column: Sequence[Any]) -> float:
    return sum(column) if all(type(each) is int for each in column) else 0


def _structure(step: Folded, defaults: Defaults, inside: bool = True) -> Any:
    """What two steps must have alike for one block to stand for both."""
    parts: list[Any] = [step.kind, "repeat" in step.step and inside]
    for key, value in sorted(step.args.items()):
        if key in BODIES and isinstance(value, list):
            branches = value if key == "branches" else [value]
            parts.append((key, tuple(tuple(_structure(each, defaults) for each in branch) for branch in branches)))
        elif _default(step.kind, key, defaults) is None:
            parts.append(key)
    return tuple(parts)


def _default(kind: str, key: str, defaults: Defaults) -> Any:
    """The value of an argument that is not given, as it is written; None where there is none."""
    if key in defaults.get(kind, {}):
        return defaults[kind][key]
    models: dict[str, Any] = {**COMBINATORS} if kind in COMBINATORS else {kind: OPS[kind]} if kind in OPS else {}
    value = models[kind].model_fields[key].default if kind in models else None
    if isinstance(value, tuple) and value and all(each == value[0] for each in value):
        return value[0]
    return value if isinstance(value, (bool, int, float, str)) else None


def _arguments(window: Window, path: Path = ()) -> Iterator[tuple[Path, str, Any]]:
    """Every argument in a window: its path, the kind of its step, its value."""
    for number, step in enumerate(window):
        if "repeat" in step.step and (path or len(window) > 1):
            yield (*path, number, BESIDE, "repeat"), step.kind, step.step["repeat"]
        for key, value in step.args.items():
            if key in BODIES and isinstance(value, list):
                for place, branch in enumerate(value if key == "branches" else [value]):
                    yield from _arguments(branch, (*path, number, key, place))
            else:
                yield (*path, number, key), step.kind, value


def _columns(windows: list[Window], defaults: Defaults) -> Iterator[tuple[Path, list[Any]]]:
    """The arguments that differ, with their value in each window."""
    given = [{path: (kind, value) for path, kind, value in _arguments(window)} for window in windows]
    for path in {path: None for each in given for path in each}:
        kind = next(each[path][0] for each in given if path in each)
        column = [each[path][1] if path in each else _default(kind, path[-1], defaults) for each in given]
        if any(value != column[0] or type(value) is not type(column[0]) for value in column):
            yield path, column


def _factor(column: Sequence[Any], base: Sequence[Any]) -> int | None:
    """By which whole number a column is another one, 1 where they are equal."""
    if list(column) == list(base):
        return 1
    if not all(type(each) is int and each > 0 for each in (*column, *base)) or column[0] % base[0]:
        return None
    factor: int = column[0] // base[0]
    return factor if all(a == factor * b for a, b in zip(column, base, strict=True)) else None
