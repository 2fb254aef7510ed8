"""`defaults:`, arguments by kind of step."""

from pydantic import ValidationError

from specs.combinators import COMBINATORS
from specs.errors import Problem
from specs.ops import OPS
from specs.ops.base import Frozen
from specs.resolve import Report, Scope, resolve
from specs.step import LAYERS
from specs.tree import MappingNode, TreeNode, is_null, kind_of, plain
from specs.validate import problems_of


def read_defaults(section: TreeNode | None, scope: Scope, report: Report) -> dict[str, MappingNode]:
    """The defaults by kind of step, with values; those that fit nothing are reported and left out."""
    if section is None or is_null(section):
        return {}
    if not isinstance(section, MappingNode):
        report(Problem(section.mark, "defaults", f"must be a mapping of steps to arguments {kind_of(section)}"))
        return {}
    found = {}
    for entry in section.entries:
        model = COMBINATORS.get(entry.key) or (OPS[entry.key] if entry.key in LAYERS else None)
        node = resolve(entry.value, scope, report)
        if model is None:
            from specs.repairs import spelled

            hint, repairs = "a block has params instead", spelled(entry.key_mark, entry.key, [*COMBINATORS, *LAYERS])
            message = "no such layer, unit or combinator"
            report(Problem(entry.key_mark, entry.value.path, message, hint, repairs))
        elif not isinstance(node, MappingNode):
            report(Problem(node.mark, node.path, f"must be a mapping of arguments {kind_of(node)}"))
        else:
            found[entry.key] = _fitting(entry.key, model, node, report)
    return found


def _fitting(kind: str, model: type[Frozen], node: MappingNode, report: Report) -> MappingNode:
    """The defaults of one kind without those that its steps would refuse, each reported here, once."""
    bad = set()
    for entry in node.entries:
        alone = MappingNode((entry,), node.mark, node.path)
        for problem in _field_problems(model, alone, kind):
            report(problem)
            bad.add(entry.key)
    return MappingNode(tuple(entry for entry in node.entries if entry.key not in bad), node.mark, node.path)


def _field_problems(model: type[Frozen], node: MappingNode, kind: str) -> list[Problem]:
    """What is wrong with the given fields themselves; what depends on others is checked at each step."""
    try:
        model.model_validate(plain(node))
    except ValidationError as error:
        found = problems_of(error, model, node, kind)
        return [each for each in found if each.path != node.path and each.message != "is required"]
    return []
