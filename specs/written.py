"""Where the values of sections stand in a text."""

from specs.document import Document
from specs.errors import Mark
from specs.tree import MappingNode, SequenceNode, TreeNode


def written(document: Document, *keys: str | int) -> tuple[Mark, str]:
    """Where a value was written, or the innermost around it that was."""
    node: TreeNode = document.tree
    mark, path = node.mark, str(keys[0])
    for key in keys:
        if isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.items):
            node = node.items[key]
        else:
            entry = node.entry(str(key)) if isinstance(node, MappingNode) else None
            if entry is None:
                break
            node = entry.value
        mark, path = node.mark, node.path
    return mark, path
