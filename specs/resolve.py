"""Params and references: a raw tree with `$name` and `$(expression)` → the same tree with their values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from specs.errors import Mark, Problem, did_you_mean, got
from specs.expressions import REFERENCE, ExpressionError, Number, evaluate
from specs.tree import Entry, MappingNode, ScalarNode, SequenceNode, TreeNode, UnknownNode, from_plain, kind_of

Report = Callable[[Problem], None]
"""Where a problem is handed in; reading goes on."""

RESERVED = ("required", "true", "false")


@dataclass(frozen=True, slots=True)
class Scope:
    """The params that are visible at a place, with their values as trees."""

    values: Mapping[str, TreeNode]

    def inner(self, values: Mapping[str, TreeNode]) -> "Scope":
        """This scope with more names, which hide those of the same name."""
        return Scope({**self.values, **values})


def resolve(node: TreeNode, scope: Scope, report: Report) -> TreeNode:
    """The tree with every reference replaced; an UnknownNode, and a problem, where one cannot be."""
    if isinstance(node, ScalarNode):
        is_reference = isinstance(node.value, str) and node.value.startswith("$") and node.via is None
        return _reference(node, scope, report) if is_reference else node
    if isinstance(node, SequenceNode):
        return replace(node, items=tuple(resolve(item, scope, report) for item in node.items))
    if isinstance(node, MappingNode):
        entries = (Entry(each.key, each.key_mark, resolve(each.value, scope, report)) for each in node.entries)
        return replace(node, entries=tuple(entries))
    return node


def _reference(node: ScalarNode, scope: Scope, report: Report) -> TreeNode:
    text = str(node.value)
    match = REFERENCE.fullmatch(text.strip())
    if match is None:
        message = f"neither a reference $name nor an expression $(…) {got(text)}"
        report(Problem(node.mark, node.path, message))
        return UnknownNode(node.mark, node.path)
    name, expression = match.groups()
    if name is None:
        return _expression(node, text, expression, scope, report)
    if name not in scope.values:
        report(Problem(node.mark, node.path, f"no param is named {name!r}", _names_hint(name, scope)))
        return UnknownNode(node.mark, node.path)
    return _placed(scope.values[name], node, text)


def _placed(value: TreeNode, node: ScalarNode, text: str) -> TreeNode:
    """A param's value as it stands at the place that refers to it."""
    if isinstance(value, ScalarNode):
        return ScalarNode(value.value, node.mark, node.path, text, value.via_mark or value.mark)
    return UnknownNode(node.mark, node.path) if isinstance(value, UnknownNode) else value


def _expression(node: ScalarNode, text: str, expression: str, scope: Scope, report: Report) -> TreeNode:
    asked: list[TreeNode] = []

    def lookup(name: str) -> Number:
        if name not in scope.values:
            raise ExpressionError(f"no param is named {name!r}", name)
        asked.append(scope.values[name])
        return _number(name, scope.values[name])

    try:
        value = evaluate(expression, lookup)
    except ExpressionError as error:
        if not any(isinstance(each, UnknownNode) for each in asked):
            hint = _names_hint(error.name, scope) if error.name else None
            report(Problem(node.mark, node.path, f"{text.strip()} {error}" if not error.name else str(error), hint))
        return UnknownNode(node.mark, node.path)
    return ScalarNode(value, node.mark, node.path, text)


def _number(name: str, node: TreeNode) -> Number:
    if isinstance(node, UnknownNode):
        raise ExpressionError("uses a param without a value")
    if not isinstance(node, ScalarNode) or node.value is None:
        kind = "null" if isinstance(node, ScalarNode) else kind_of(node)
        raise ExpressionError(f"calculates with {name!r}, which is {kind}")
    return node.value


def _names_hint(name: str, scope: Scope) -> str | None:
    return did_you_mean(name, scope.values) or "params are declared under params:"


def params_scope(section: TreeNode | None, overrides: Mapping[str, Any], mark: Mark, report: Report) -> Scope:
    """The document's params with their values, those given from outside put in first.

    Params may refer to each other in any order; a circle is a problem.
    """
    declared = {entry.key: entry for entry in section.entries} if isinstance(section, MappingNode) else {}
    if section is not None and not isinstance(section, MappingNode):
        report(Problem(section.mark, section.path, f"must be a mapping of names to values (got {kind_of(section)})"))
    _check_overrides(overrides, declared, mark, report)
    given = {name: from_plain(value, mark, f"params.{name}") for name, value in overrides.items() if name in declared}
    written = {name: given.get(name, entry.value) for name, entry in declared.items()}
    for entry in declared.values():
        check_param_name(entry, report)
    return Scope(resolve_together(written, Scope({}), report))


def _check_overrides(overrides: Mapping[str, Any], declared: Iterable[str], mark: Mark, report: Report) -> None:
    for name, value in overrides.items():
        if name not in declared:
            known = list(declared)
            hint = did_you_mean(name, known) or (f"it has {', '.join(known)}" if known else "it has no params")
            report(Problem(mark, "params", f"no param is named {name!r}, so it cannot be set to {value!r}", hint))


def check_param_name(entry: Entry, report: Report) -> None:
    """Reports a param whose name could not be referred to."""
    if not entry.key.isidentifier() or not entry.key.isascii() or entry.key in RESERVED:
        message = f"{entry.key!r} cannot be a param's name"
        report(Problem(entry.key_mark, entry.value.path, message, "use letters, digits and underscores"))


def resolve_together(written: Mapping[str, TreeNode], outer: Scope, report: Report) -> dict[str, TreeNode]:
    """Values that may refer to each other, each resolved after those it needs."""
    done: dict[str, TreeNode] = {}
    running: list[str] = []

    class Lazy(dict[str, TreeNode]):
        def __missing__(self, name: str) -> TreeNode:
            if name in outer.values:
                return outer.values[name]
            if name in running:
                node = written[name]
                circle = " → ".join([*running[running.index(name) :], name])
                report(Problem(node.mark, node.path, f"refers to itself: {circle}"))
                return UnknownNode(node.mark, node.path)
            running.append(name)
            self[name] = done[name] = resolve(written[name], scope, report)
            running.pop()
            return self[name]

        def __contains__(self, name: object) -> bool:
            return name in written or name in outer.values

        def __iter__(self) -> Any:
            return iter([*written, *outer.values])

    scope = Scope(Lazy())
    for name in written:
        scope.values[name]
    return {name: done[name] for name in written}
