"""What stands beside a step's layer: its name, where its input comes from, how often, and whether at all."""

from typing import TYPE_CHECKING

from specs.ops.base import MAX_SIZE, is_int
from specs.step import Context
from specs.tree import TreeNode, UnknownNode, got_at, plain

if TYPE_CHECKING:
    from specs.repairs import Repair


def when_of(node: TreeNode, context: Context) -> bool:
    """Whether the step is there at all."""
    value = plain(node)
    if not isinstance(value, bool) and not isinstance(node, UnknownNode):
        context.refuse(node.mark, node.path, f"must be true or false {got_at(node)}")
    return value is True


def name_of(node: TreeNode | None, context: Context) -> str | None:
    """The step's own name."""
    if node is None or isinstance(node, UnknownNode):
        return None
    value = plain(node)
    if isinstance(value, str) and value.isascii() and value.isidentifier() and len(value) <= 100:
        return value
    rule = "a name is made of letters, digits and underscores and does not begin with a digit"
    context.refuse(node.mark, node.path, f"{rule} {got_at(node)}", None, _as_name(node))
    return None


def _as_name(node: TreeNode) -> "tuple[Repair, ...]":
    from specs.repairs import named

    return named(node)


def source_of(node: TreeNode | None, context: Context) -> tuple[str, ...] | None:
    """The names of the steps it takes its inputs from."""
    if node is None or isinstance(node, UnknownNode):
        return None
    value = plain(node)
    names = (value,) if isinstance(value, str) else value
    if isinstance(names, tuple) and names and all(isinstance(name, str) for name in names):
        return names
    context.refuse(node.mark, node.path, f"must be the name of a step, or a list of names {got_at(node)}")
    return None


def share_of(node: TreeNode | None, context: Context) -> str | None:
    """The name of the step whose weights it takes."""
    if node is None or isinstance(node, UnknownNode):
        return None
    value = plain(node)
    if isinstance(value, str):
        return value
    context.refuse(node.mark, node.path, f"must be the name of a step {got_at(node)}")
    return None


def repeat_of(node: TreeNode | None, context: Context) -> int:
    """How often it is carried out."""
    if node is None or isinstance(node, UnknownNode):
        return 1
    value = plain(node)
    if is_int(value) and 0 <= value <= MAX_SIZE:
        return value
    rule = f"must be at most {MAX_SIZE}" if is_int(value) and value > 0 else "must be an integer of at least 0"
    context.refuse(node.mark, node.path, f"{rule} {got_at(node)}")
    return 1
