"""Where a spec writes its learning rate, and its own text with another one."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.errors import SpecError, UserError
from specs.expressions import REFERENCE
from specs.files import text_of
from specs.reach import reach
from specs.resolve import names_used
from specs.rewriting import Place, with_value
from specs.sections.optimizers import Optimizer
from specs.sections.rates import RATES, ScheduleChoice, peak
from specs.shipped import shipped
from specs.tree import MappingNode, ScalarNode, SequenceNode, TreeNode, plain


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a learning rate is written, or where it can be where nothing is written yet."""

    place: Place
    value: Any = None
    """The number that stands there, or a list of numbers and references; None where nothing does."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A spec's text with another learning rate, and what has changed in it, a line each."""

    text: str
    changes: tuple[str, ...]


def with_learning_rate(document: Document, rate: float) -> Rewritten:
    """The text of the document's file, as it is now, with another highest learning rate.

    A rate that a param gives is changed at the param; what stands in a file that is extended is overridden. All rates
    of a schedule are multiplied alike, so that it keeps its shape. The new text is checked as a whole. UserError where
    the spec is a shipped one, its rate is calculated from more than rates, or the text cannot be read.

    >>> with_learning_rate(specs.load("lenet5"), 0.01)
    Traceback (most recent call last):
    specs.errors.UserError: lenet5 comes with speczoo and is not written to; copy it: zoo new NAME --from lenet5
    """
    if document.file in map(str, shipped().values()):
        copy = f"copy it: zoo new NAME --from {Path(document.file).stem}"
        raise UserError(f"{Path(document.file).stem} comes with speczoo and is not written to; {copy}")
    text = text_of(Path(document.file), document.file)
    now = specs.loads(text, document.file, **document.overrides)
    try:
        return _rewritten(text, now, rate)
    except UserError as error:
        hint = f"write {number(rate)} yourself"
        raise UserError(f"{document.file}: the learning rate cannot be put in: {error}; {hint}") from None


def _rewritten(text: str, document: Document, rate: float) -> Rewritten:
    sites = list(dict.fromkeys(_sites(document)))
    # A value from outside hides what the text says; it is what the text says that is changed.
    changed = {site.place[1] for site in sites if site.place[0] == "params"}
    overrides = {name: value for name, value in document.overrides.items() if name not in changed}
    factor = rate / _peak(specs.loads(text, document.file, **overrides))
    changes = []
    for site in sites:
        new = number(rate) if site.value is None else _scaled(site.value, factor)
        text = with_value(text, site.place, new)
        before = "" if site.value is None else f" (was {_scaled(site.value, 1.0)})"
        changes.append(f"{_path(site.place)}: {new}{before}")
    try:
        found = _peak(specs.loads(text, document.file, **overrides))
    except SpecError as error:
        raise UserError(f"the spec would be wrong with it: {error}") from None
    if not math.isclose(found, rate, rel_tol=0.01):
        raise UserError(f"it would become {number(found)}")
    return Rewritten(text, tuple(changes))


def _path(place: Place) -> str:
    """A place as problems name it.

    >>> _path(("params", "rates", 0))
    'params.rates[0]'
    """
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)[1:]


def number(value: float) -> str:
    """A learning rate as one writes it.

    >>> number(0.01), number(0.000025), number(2.0), number(0.123456)
    ('0.01', '2.5e-5', '2.0', '0.123')
    """
    text = f"{value:.3g}".replace("e-0", "e-")
    return text if set(text) & set(".e") else f"{text}.0"


def _scaled(value: Any, factor: float) -> str:
    """A number, or a list of numbers and references, as YAML; references lead to values that are scaled themselves."""
    if isinstance(value, tuple):
        return f"[{', '.join(_scaled(each, factor) for each in value)}]"
    return str(value) if isinstance(value, str) or value == 0 else number(value * factor)


def _peak(document: Document) -> float:
    return peak(_optimizer(document)[1].learning_rate)


def _optimizer(document: Document) -> tuple[str, Optimizer]:
    if document.train is None:
        raise UserError(f"{document.file}: has no train section; the shortest is `train: {{data: digits}}`")
    args: Any = document.train.optimizer.args
    return document.train.optimizer.kind, args


def _sites(document: Document) -> Iterator[Site]:
    """Every place that a rate of the document comes from; several where it has a schedule."""
    kind, args = _optimizer(document)
    place: Place = ("train", "optimizer", kind, "learning_rate")
    if not isinstance(args.learning_rate, ScheduleChoice):
        yield from _at(document.tree, place)
        return
    schedule, given = args.learning_rate.kind, args.learning_rate.args.model_fields_set
    for name in (name for name in RATES if name in given):
        yield from _at(document.tree, (*place, schedule, name))


def _at(tree: MappingNode, wanted: Place) -> Iterator[Site]:
    """The places from which the value at a place comes."""
    node, place, keys = _followed(tree, wanted)
    if node is None or keys or (isinstance(node, ScalarNode) and node.value is None):
        yield Site((*place, *keys))
    elif isinstance(node, SequenceNode):
        own = node.mark.file == tree.mark.file
        for index, item in enumerate(node.items):
            if own or (isinstance(item, ScalarNode) and isinstance(item.value, str)):
                yield from _at(tree, (*place, index))
        if not own:
            yield Site(place, plain(node))
    elif isinstance(node, ScalarNode) and isinstance(node.value, str):
        yield from _calculated(tree, node)
    elif isinstance(node, ScalarNode) and node.value:
        if place[0] == "params" and len(place) == 2 and not _is_rate(tree, str(place[1])):
            raise UserError(f"the param {place[1]} gives more than rates")
        yield Site(place, node.value)


def _followed(tree: MappingNode, wanted: Place) -> tuple[TreeNode | None, Place, Place]:
    """What stands at a place, the place where it is written, and the keys that there is nothing for.

    A param that is referred to as `$name` is where its value is written.
    """
    node: TreeNode | None = tree
    place: Place = ()
    for depth, key in enumerate(wanted):
        child = _child(node, key)
        if child is None:
            return node, place, wanted[depth:]
        node, place = child, (*place, key)
        while (name := _name(node)) is not None:
            place = ("params", name)
            node = _child(_child(tree, "params"), name)
    return node, place, ()


def _child(node: TreeNode | None, key: str | int) -> TreeNode | None:
    if isinstance(node, SequenceNode) and isinstance(key, int):
        return node.items[key]
    return node.get(str(key)) if isinstance(node, MappingNode) else None


def _name(node: TreeNode | None) -> str | None:
    """The param that a node refers to by its name alone."""
    text = node.value if isinstance(node, ScalarNode) else None
    match = REFERENCE.fullmatch(text.strip()) if isinstance(text, str) else None
    return match[1] if match else None


def _calculated(tree: MappingNode, node: ScalarNode) -> Iterator[Site]:
    """The place of the only param in an expression that is a learning rate and nothing else."""
    params = tree.get("params")
    known = [each.key for each in params.entries] if isinstance(params, MappingNode) else []
    rates = [name for name in known if name in names_used(node) and _is_rate(tree, name)]
    if len(rates) != 1:
        raise UserError(f"it is calculated at {node.mark}, {node.value}")
    yield from _at(tree, ("params", rates[0]))


def _is_rate(tree: MappingNode, name: str) -> bool:
    """Whether a param gives learning rates and nothing else."""
    return reach(tree, [name], weighed=False).arguments.get(name, frozenset()) <= {*RATES, "learning_rate"}
