"""Params and references: a raw tree with `$name` and `$(expression)` → the same tree with their values."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from keyword import iskeyword
from typing import Any

from specs.errors import MAX_VALUE_TEXT, Mark, Problem, did_you_mean, got, yaml_text
from specs.expressions import REFERENCE, ExpressionError, Number, evaluate
from specs.tree import (
    Entry,
    MappingNode,
    ScalarNode,
    SequenceNode,
    TreeNode,
    UnknownNode,
    from_plain,
    got_at,
    is_null,
    kind_of,
    plain,
    walk,
)

Report = Callable[[Problem], None]
"""Where a problem is handed in; reading goes on."""

NAME_HINT = "use letters, digits and underscores, no digit first"

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

RESERVED = ("required", "true", "false")


MAX_PLACED = 50_000
"""Keys and values that references to lists and mappings may put into one document."""
MAX_ASKED = 4
"""Params whose values a message about an expression gives."""
MAX_CHAIN = 32
"""Params that may refer to one another in a row."""


@dataclass(slots=True)
class Budget:
    """How much references may still put in, for one document."""

    left: int = MAX_PLACED


@dataclass(frozen=True, slots=True)
class Scope:
    """The params that are visible at a place, with their values as trees."""

    values: Mapping[str, TreeNode]
    budget: Budget = field(default_factory=Budget)

    def inner(self, values: Mapping[str, TreeNode]) -> "Scope":
        """This scope with more names, which hide those of the same name."""
        return Scope({**self.values, **values}, self.budget)


def resolve(node: TreeNode, scope: Scope, report: Report) -> TreeNode:
    """The tree with every reference replaced; an UnknownNode, and a problem, where one cannot be."""
    if isinstance(node, ScalarNode):
        is_reference = isinstance(node.value, str) and node.value.startswith("$") and node.via is None
        return _reference(node, scope, report) if is_reference else node
    # Most trees hold no reference, and stay what they are: there are thousands, and to copy them takes its time.
    if isinstance(node, SequenceNode):
        items = tuple(resolve(item, scope, report) for item in node.items)
        return node if _same(items, node.items) else SequenceNode(items, node.mark, node.path)
    if isinstance(node, MappingNode):
        entries = tuple(_resolved(each, scope, report) for each in node.entries)
        return node if _same(entries, node.entries) else MappingNode(entries, node.mark, node.path)
    return node


def _resolved(entry: Entry, scope: Scope, report: Report) -> Entry:
    value = resolve(entry.value, scope, report)
    return entry if value is entry.value else Entry(entry.key, entry.key_mark, value)


def _same(some: Sequence[object], others: Sequence[object]) -> bool:
    return all(one is other for one, other in zip(some, others, strict=True))


def _reference(node: ScalarNode, scope: Scope, report: Report) -> TreeNode:
    text = str(node.value)
    match = REFERENCE.fullmatch(text.strip())
    if match is None:
        from specs.reference_hints import no_reference

        report(no_reference(node, text.strip()))
        return UnknownNode(node.mark, node.path)
    name, expression = match.groups()
    if name is None:
        return _expression(node, text, expression, scope, report)
    if name not in scope.values:
        from specs.reference_hints import unknown_name

        report(unknown_name(node, name, name, scope.values))
        return UnknownNode(node.mark, node.path)
    return _placed(scope.values[name], node, text.strip(), scope.budget, report)


def _placed(value: TreeNode, node: ScalarNode, text: str, budget: Budget, report: Report) -> TreeNode:
    """A param's value as it stands at the place that refers to it."""
    if isinstance(value, ScalarNode):
        return ScalarNode(value.value, node.mark, node.path, text, value.via_mark or value.mark)
    if isinstance(value, UnknownNode):
        return UnknownNode(node.mark, node.path)
    if budget.left > 0:
        budget.left -= sum(1 for _ in islice(walk(value), budget.left))
        if budget.left > 0:
            return value
        report(Problem(node.mark, node.path, f"references put in more than {MAX_PLACED:,} keys and values"))
    return UnknownNode(node.mark, node.path)


def _expression(node: ScalarNode, text: str, expression: str, scope: Scope, report: Report) -> TreeNode:
    asked: list[tuple[str, TreeNode]] = []

    def lookup(name: str) -> Number:
        if name not in scope.values:
            raise ExpressionError(f"no param is named {name!r}", name)
        asked.append((name, scope.values[name]))
        return _number(name, scope.values[name])

    try:
        value = evaluate(expression, lookup)
    except ExpressionError as error:
        if not any(isinstance(each, UnknownNode) for _, each in asked):
            from specs.reference_hints import unknown_name

            written = text.strip()
            quoted = written if len(written) <= MAX_VALUE_TEXT else f"{written[: MAX_VALUE_TEXT - 1]}…"
            refused = Problem(node.mark, node.path, f"{quoted} {error}", error.hint)
            report(unknown_name(node, error.name, written[1:], scope.values) if error.name else refused)
        return UnknownNode(node.mark, node.path)
    return ScalarNode(value, node.mark, node.path, text.strip() + _with_values(asked), _written(asked))


def _with_values(asked: Sequence[tuple[str, TreeNode]]) -> str:
    """The params of an expression with their values, for a message."""
    values = [f"{name} {yaml_text(plain(node))}" for name, node in dict(asked).items()]
    return f" with {', '.join(values)}" if 0 < len(values) <= MAX_ASKED else ""


def _written(asked: Sequence[tuple[str, TreeNode]]) -> Mark | None:
    """Where the value of an expression's only param was written."""
    nodes = list(dict(asked).values())
    return (nodes[0].via_mark or nodes[0].mark) if len(nodes) == 1 and isinstance(nodes[0], ScalarNode) else None


def _number(name: str, node: TreeNode) -> Number:
    if isinstance(node, UnknownNode):
        raise ExpressionError("uses a param without a value")
    if not isinstance(node, ScalarNode) or node.value is None:
        raise ExpressionError(f"calculates with {name!r} {kind_of(node)}")
    return node.value


def params_scope(section: TreeNode | None, overrides: Mapping[str, Any], mark: Mark, report: Report) -> Scope:
    """The document's params with their values, those given from outside put in first.

    Params may refer to each other in any order; a circle is a problem.
    """
    declared = {entry.key: entry for entry in section.entries} if isinstance(section, MappingNode) else {}
    if section is not None and not isinstance(section, MappingNode) and not is_null(section):
        report(Problem(section.mark, section.path, f"must be a mapping of names to values {kind_of(section)}"))
    _check_overrides(overrides, declared, mark, report)
    given = {name: from_plain(value, mark, f"params.{name}") for name, value in overrides.items() if name in declared}
    written = {name: given.get(name, entry.value) for name, entry in declared.items()}
    for entry in declared.values():
        check_param_name(entry, report)
    values = resolve_together(written, Scope({}), report)
    return Scope({name: _finite(value, report) for name, value in values.items()})


def _finite(value: TreeNode, report: Report) -> TreeNode:
    """The value of a param; no place in a model takes an infinity, and results kept as JSON cannot hold one."""
    for node in walk(value):
        if isinstance(node, ScalarNode) and isinstance(node.value, float) and not math.isfinite(node.value):
            report(Problem(node.mark, node.path, f"must be a finite number {got_at(node)}"))
            return UnknownNode(value.mark, value.path)
    return value


def _check_overrides(overrides: Mapping[str, Any], declared: Iterable[str], mark: Mark, report: Report) -> None:
    for name, value in overrides.items():
        if name not in declared:
            known = list(declared)
            hint = did_you_mean(name, known) or (f"it has {', '.join(known)}" if known else "it has no params")
            report(Problem(mark, "params", f"no param is named {name!r}, so it cannot be set {got(value)}", hint))


def names_used(tree: TreeNode) -> frozenset[str]:
    """Every name that a reference or an expression in the tree speaks of."""
    texts = (node.value for node in walk(tree) if isinstance(node, ScalarNode) and isinstance(node.value, str))
    return frozenset(word for text in texts if text.startswith("$") for word in _WORD.findall(text))


def check_param_name(entry: Entry, report: Report) -> None:
    """Reports a param whose name could not be referred to."""
    if not entry.key.isidentifier() or not entry.key.isascii() or entry.key in RESERVED or iskeyword(entry.key):
        reserved = entry.key in RESERVED or iskeyword(entry.key)
        hint = "the word has a meaning of its own" if reserved else NAME_HINT
        report(Problem(entry.key_mark, entry.value.path, f"{entry.key[:100]!r} cannot be a param's name", hint))


class _Together(dict[str, TreeNode]):
    """Values that may refer to each other, each resolved when it is first asked for; they hide outer ones."""

    def __init__(self, written: Mapping[str, TreeNode], outer: Scope, report: Report) -> None:
        super().__init__()
        self.written, self.outer, self.report = written, outer, report
        self.scope = Scope(self, outer.budget)
        self.running: list[str] = []

    def __missing__(self, name: str) -> TreeNode:
        if name not in self.written:
            return self.outer.values[name]
        node, running = self.written[name], self.running
        if len(running) > MAX_CHAIN:
            message = f"more than {MAX_CHAIN} params refer to one another in a row"
            self.report(Problem(node.mark, node.path, message))
            return UnknownNode(node.mark, node.path)
        if name in running:
            circle = " → ".join([*running[running.index(name) :], name])
            self.report(Problem(node.mark, node.path, f"refers to itself: {circle}"))
            return UnknownNode(node.mark, node.path)
        running.append(name)
        self[name] = resolve(node, self.scope, self.report)
        running.pop()
        return self[name]

    def __contains__(self, name: object) -> bool:
        return name in self.written or name in self.outer.values

    def __iter__(self) -> Any:
        return iter([*self.written, *self.outer.values])


def resolve_together(written: Mapping[str, TreeNode], outer: Scope, report: Report) -> dict[str, TreeNode]:
    """Values that may refer to each other, each resolved after those it needs."""
    values = _Together(written, outer, report)
    return {name: values[name] for name in written}
