"""A value put into the text of a spec at a path; comments, layout and all else stay as they are."""

from collections.abc import Sequence
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from specs.errors import UserError

Place = tuple[str | int, ...]
"""Keys and positions that lead to a value from the top of a spec."""


def with_value(text: str, place: Place, value: str) -> str:
    """The text of a spec that is read without problems, with another value, itself YAML, at a place.

    A value that is there is replaced, and where one is missing it is added behind what stands beside it. UserError
    where an anchor is in the way.

    >>> with_value("train:\\n  epochs: 20  # long\\n", ("train", "epochs"), "30")
    'train:\\n  epochs: 30  # long\\n'
    >>> with_value("train: {epochs: 20}\\n", ("train", "optimizer", "SGD", "learning_rate"), "0.1")
    'train: {epochs: 20, optimizer: {SGD: {learning_rate: 0.1}}}\\n'
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    # The reader of specs has bounded and judged the text; here only the ends of its values are wanted as well.
    start, end, new = _change(text, yaml.compose(text, Loader=yaml.SafeLoader), place, value)
    return f"{mark}{text[:start]}{new}{text[end:]}"


def _change(text: str, node: Any, place: Place, value: str) -> tuple[int, int, str]:
    """Where to cut the text, from and to, and what goes there."""
    for depth, key in enumerate(place):
        rest = place[depth:]
        _refuse_anchor(text, node)
        if isinstance(node, ScalarNode):
            # Nothing, or a name alone, which is short for a mapping: Adam for {Adam: {}}.
            return _over(text, node, _nested(rest, value))
        child = _child(node, key)
        if child is None:
            return _added(text, node, rest, value)
        node = child
    _refuse_anchor(text, node)
    return _over(text, node, value)


def _refuse_anchor(text: str, node: Node) -> None:
    """What has an anchor may stand in other places too, and an alias is a node whose text stands elsewhere."""
    if text.startswith("&", node.start_mark.index):
        raise UserError(f"an anchor is in the way in line {node.start_mark.line + 1}")


def _child(node: CollectionNode, key: str | int) -> Node | None:
    if isinstance(node, SequenceNode):
        assert isinstance(key, int)
        found: Node = node.value[key]
        return found
    return next((child for name, child in node.value if name.value == key), None)


def _nested(keys: Sequence[str | int], value: str) -> str:
    """The keys, each in the braces of the one before.

    >>> _nested(("Adam", "learning_rate"), "0.1")
    '{Adam: {learning_rate: 0.1}}'
    """
    return value if not keys else f"{{{keys[0]}: {_nested(keys[1:], value)}}}"


def _over(text: str, node: Node, value: str) -> tuple[int, int, str]:
    start, end = node.start_mark.index, _end(node)
    # Nothing may stand behind its colon at once, or, in braces, have none.
    gap = "" if start < end else " " if text[start - 1] == ":" else "" if text[:start].rstrip()[-1] == ":" else ": "
    return start, end, f"{gap}{value}"


def _added(text: str, node: CollectionNode, keys: Sequence[str | int], value: str) -> tuple[int, int, str]:
    """One entry more behind the last of a mapping."""
    assert isinstance(node, MappingNode)
    entry = f"{keys[0]}: {_nested(keys[1:], value)}"
    if not node.value:
        place = node.start_mark.index + 1
        return place, place, entry
    place = len(text[: _end(node.value[-1][1])].rstrip())
    if node.flow_style:
        return place, place, f", {entry}"
    # A comment behind the last entry stays with it.
    found = text.find("\n", place)
    place = len(text) if found < 0 else found
    if text[place - 1] == "\r":
        return place - 1, place - 1, f"\r\n{' ' * node.start_mark.column}{entry}"
    return place, place, f"\n{' ' * node.start_mark.column}{entry}"


def _end(node: Node) -> int:
    """Where the text of a node ends; PyYAML takes what stands in lines of its own to end with the lines after it."""
    if isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(node, MappingNode) else last)
    end: int = node.end_mark.index
    return end
