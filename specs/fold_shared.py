"""What most units of a folded model share → the document's defaults; shortcuts that only fit shapes → `projection`."""

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

from specs.combinators import Conv
from specs.fold_steps import Folded

OWN = ("filters", "kernel_size", "strides", "kind", "groups", "dilation_rate")
"""What a unit says by itself, however many units say the same."""
BODIES = ("body", "shortcut", "branches")
"""Arguments that hold steps."""
DEFAULTS = {name: field.default for name, field in Conv.model_fields.items()}
PROJECTED = {"kernel_size": 1, "activation": "linear", "order": "conv-norm-act", "padding": "valid", "kind": "standard"}
"""What a projection is, whatever the defaults say."""


def shared(steps: list[Folded], norm: dict[str, Any], fixed: bool) -> tuple[list[Folded], dict[str, Any]]:
    """The steps without what most units and batch norms share, and the document's defaults that say it.

    `norm` are the defaults of batch norms, on which the units rely; `fixed` says that every size is known.

    >>> units = [Folded({"conv": {"filters": n, "kernel_size": 3, "use_bias": False}}, ("a",)) for n in (1, 2, 3)]
    >>> shared(units, {}, True)[1]
    {'conv': {'use_bias': False}}
    """
    units = [step.args for step in everywhere(steps) if step.kind == "conv"]
    usual: dict[str, Any] = {}
    for key in (name for name in DEFAULTS if name not in OWN):
        values = [args.get(key, DEFAULTS[key]) for args in units]
        value = next((each for each in values if 2 * values.count(each) > len(values)), DEFAULTS[key])
        if value != DEFAULTS[key] and len(units) > 2:
            usual[key] = value
    steps = changed(steps, lambda step: _without(_beside(step, usual), norm))
    defaults = {kind: args for kind, args in (("conv", usual), ("BatchNormalization", norm)) if args}
    return changed(steps, lambda step: _projecting(step, usual, fixed)), defaults


def everywhere(steps: list[Folded]) -> Iterator[Folded]:
    """The steps and all inside them."""
    for step in steps:
        yield step
        for body in bodies(step):
            yield from everywhere(body)


def bodies(step: Folded) -> Iterator[list[Folded]]:
    """The lists of steps in a step."""
    for key in BODIES:
        found = step.args.get(key)
        if isinstance(found, list):
            yield from found if key == "branches" else [found]


def changed(steps: list[Folded], change: Callable[[Folded], Folded]) -> list[Folded]:
    """The steps with a change made to each, from the inside out."""
    found = []
    for step in steps:
        args = step.args
        for key in BODIES:
            if isinstance(args.get(key), list):
                inner = args[key]
                args[key] = [changed(each, change) for each in inner] if key == "branches" else changed(inner, change)
        found.append(change(replace(step, step={**step.step, step.kind: args})))
    return found


def _beside(step: Folded, usual: dict[str, Any]) -> Folded:
    """A unit as it is written beside the defaults, its arguments in the order of the model."""
    if step.kind != "conv":
        return step
    given = {**{key: DEFAULTS[key] for key in usual}, **step.args}
    args = {key: given[key] for key in DEFAULTS if key in given and (key not in usual or given[key] != usual[key])}
    return replace(step, step={**step.step, "conv": args})


def _without(step: Folded, norm: dict[str, Any]) -> Folded:
    """A batch norm without what the defaults say; one that differs has every argument written out."""
    if step.kind != "BatchNormalization":
        return step
    args = {key: value for key, value in step.args.items() if key not in norm or norm[key] != value}
    return replace(step, step={**step.step, step.kind: args})


def _projecting(step: Folded, usual: dict[str, Any], fixed: bool) -> Folded:
    """A residual whose shortcut is a convolution of size 1 that only fits the shapes."""
    short, body = step.args.get("shortcut"), step.args.get("body")
    if step.kind != "residual" or not isinstance(short, list) or len(short) != 1 or not body:
        return step
    unit, end = short[0], body[-1]
    if unit.kind != "conv" or not unit.alone or end.args.get("filters") != unit.args.get("filters"):
        return step
    strides = unit.args.get("strides", 1)
    # Strides of 1 and 2 follow from the two shapes, larger ones need not.
    if strides not in (1, 2) or (strides == 2 and not fixed):
        return step
    meant = {**DEFAULTS, **usual, **unit.args}
    if any(meant[key] != value for key, value in PROJECTED.items()):
        return step
    if set(unit.args) - {*PROJECTED, "filters", "strides"}:
        return step
    return replace(step, step={**step.step, "residual": {**step.args, "shortcut": "projection"}})


def usual_value(values: list[Any]) -> Any:
    """The value that more than half have, at least two; None where there is none.

    >>> usual_value([1, 1, 2]), usual_value([1, 2])
    (1, None)
    """
    text, count = Counter(map(repr, values)).most_common(1)[0]
    return next(each for each in values if repr(each) == text) if count > 1 and 2 * count > len(values) else None


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or its stem with the first number that is not taken.

    >>> free_name("filters", ["units"]), free_name("filters", ["filters", "filters2"]), free_name("l2", ["l2"])
    ('filters', 'filters3', 'l3')
    """
    names = (f"{name.rstrip('0123456789')}{number}" for number in itertools.count(2))
    return name if name not in taken else next(each for each in names if each not in taken)
