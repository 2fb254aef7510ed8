"""How an expression goes with one of its params: whether it goes up, or down, throughout."""

import ast

from specs.expressions import REFERENCE
from specs.tree import ScalarNode, TreeNode

ROUNDINGS = frozenset(("min", "max", "round", "int", "floor", "ceil"))
"""Functions that never go down where an argument goes up."""


def is_plain(node: TreeNode) -> bool:
    """Whether a node is `$name` and nothing else."""
    match = REFERENCE.fullmatch(str(node.value).strip()) if isinstance(node, ScalarNode) else None
    return match is not None and match.group(1) is not None


def goes_one_way(node: TreeNode, name: str) -> bool:
    """Whether a reference or an expression goes up throughout, or down, where one param does and the others stand.

    >>> from specs.errors import Mark
    >>> ways = ("$rate", "$(1 - rate / 2)", "$(-rate)", "$(2 * rate // 3)", "$(max(rate, low))", "$(low + (1 + rate))",
    ...         "$(rate if low < 1 else 0)")
    >>> turns = ("$(rate * (1 - rate))", "$(rate if rate < 1 else 0)", "$(rate % 2)", "$(1 / rate)", "$(2 ** rate)")
    >>> others = ("$(abs(rate - 1))", "$(rate % 2 + low)", "$(low + 1)", "$(rate +)", "text")
    >>> [
    ...     {goes_one_way(ScalarNode(text, Mark("a.yaml", 1, 1), ""), "rate") for text in texts}
    ...     for texts in (ways, turns, others)
    ... ]
    [{True}, {False}, {False}]
    """
    if is_plain(node):
        return True
    match = REFERENCE.fullmatch(str(node.value).strip()) if isinstance(node, ScalarNode) else None
    if match is None:
        return False
    try:
        tree = ast.parse(match.group(2).strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    once = sum(isinstance(each, ast.Name) and each.id == name for each in ast.walk(tree)) == 1
    return once and _one_way(tree.body, name)


def _one_way(node: ast.expr, name: str) -> bool:
    match node:
        case ast.Name(id=found):
            return found == name
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _one_way(operand, name)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            return _one_way(left, name) or _one_way(right, name)
        case ast.BinOp(left=left, op=ast.Div() | ast.FloorDiv()):
            return _one_way(left, name)
        case ast.Call(func=ast.Name(id=function), args=arguments) if function in ROUNDINGS:
            return any(_one_way(each, name) for each in arguments)
        case ast.IfExp(body=body, orelse=otherwise):
            # It stands once, so not in the test: which of both is taken, it does not decide.
            return _one_way(body, name) or _one_way(otherwise, name)
    return False
