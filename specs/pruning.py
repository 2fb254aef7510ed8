"""Whether a search's pruner can stop anything: it has to judge before the last epoch of a trial."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from specs.errors import Problem, got
from specs.sections.pruners import first_stop
from specs.tree import MappingNode, TreeNode

if TYPE_CHECKING:
    from specs.document import Document

FIELDS = {"Median": "warmup_epochs", "SuccessiveHalving": "min_epochs"}
"""Which argument says when a pruner first judges."""


def too_late(document: "Document") -> Iterator[Problem]:
    """A pruner that first judges when there is nothing left to stop."""
    search = document.search
    if search is None or search.pruner is None:
        return
    from specs.sections.train import Train

    epochs, kind = search.epochs or (document.train or Train()).epochs, search.pruner.kind
    most = epochs - 1 - first_stop(search.pruner) + getattr(search.pruner.args, FIELDS[kind])
    if first_stop(search.pruner) < epochs:
        return
    node = _place(document.tree, "search", "pruner", kind, FIELDS[kind])
    value = getattr(search.pruner.args, FIELDS[kind])
    message = f"{FIELDS[kind]} leaves no epoch to stop at: trials train {epochs} epochs {got(value)}"
    least = 0 if kind == "Median" else 1
    if most < least or not node.path.endswith(FIELDS[kind]):
        yield Problem(node.mark, node.path, message, "train longer, or take the pruner out")
        return
    from specs.repairs import Edit, Repair

    repair = Repair(f"write {most}", (Edit("replace", node.mark, most),))
    yield Problem(node.mark, node.path, message, repairs=(repair,))


def _place(node: TreeNode, *keys: str) -> TreeNode:
    """Where a value is written, or the innermost around it that is."""
    for key in keys:
        inner = node.get(key) if isinstance(node, MappingNode) else None
        if inner is None:
            break
        node = inner
    return node
