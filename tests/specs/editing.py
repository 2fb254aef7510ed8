"""An editor in small: makes the edits of `zoo validate --json` in a text, from what stands in the JSON alone."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml


def applied(text: str, edits: Sequence[Mapping[str, Any]]) -> str:
    """The text with all edits made, the last in the text first, so that the places of the others stay."""
    for edit in sorted(edits, key=lambda each: (each["line"], each["column"]), reverse=True):
        text = _ACTIONS[edit["action"]](text, edit)
    return text


def _is_at(node: yaml.Node, line: int, column: int) -> bool:
    return bool((node.start_mark.line + 1, node.start_mark.column + 1) == (line, column))


def _places(node: yaml.Node | None) -> Iterator[tuple[yaml.Node | None, yaml.Node]]:
    """Every key with its value, and every item of a list."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key, value
            yield from _places(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield None, item
            yield from _places(item)


def _found(text: str, edit: Mapping[str, Any]) -> tuple[yaml.Node, yaml.Node | None]:
    """The key or value at the place of an edit, and the value of the key."""
    for key, value in _places(yaml.compose(text, Loader=yaml.SafeLoader)):
        if key is not None and _is_at(key, edit["line"], edit["column"]):
            return key, value
    for _, value in _places(yaml.compose(text, Loader=yaml.SafeLoader)):
        if not isinstance(value, yaml.MappingNode) and _is_at(value, edit["line"], edit["column"]):
            return value, None
    raise AssertionError(f"nothing stands at the place of {edit}")


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _replace(text: str, edit: Mapping[str, Any]) -> str:
    node, _ = _found(text, edit)
    return _put(text, node.start_mark.index, node.end_mark.index, _written(edit["value"]))


def _set(text: str, edit: Mapping[str, Any]) -> str:
    node, value = _found(text, edit)
    name = edit["path"].rpartition(".")[2]
    argument = f"{name}: {_written(edit['value'])}"
    if value is None:
        return _put(text, node.end_mark.index, node.end_mark.index, f": {{{argument}}}")
    if not isinstance(value, yaml.MappingNode):
        return _put(text, value.start_mark.index, value.end_mark.index, f" {{{argument}}}")
    for key, old in value.value:
        if key.value == name:
            return _put(text, old.start_mark.index, old.end_mark.index, _written(edit["value"]))
    if value.flow_style:
        start = text.index("{", value.start_mark.index) + 1
        return _put(text, start, start, argument + (", " if value.value else ""))
    first = value.value[0][0].start_mark
    return _put(text, first.index, first.index, f"{argument}\n{' ' * first.column}")


def _remove(text: str, edit: Mapping[str, Any]) -> str:
    node, value = _found(text, edit)
    assert value is not None
    start, end = node.start_mark.index, value.end_mark.index
    if text[end : end + 2] == ", ":
        end += 2
    elif text[start - 2 : start] == ", ":
        start -= 2
    return _put(text, start, end, "")


def _written(value: Any) -> str:
    if isinstance(value, str):
        plain = yaml.safe_dump(value, default_flow_style=True, width=10_000).removesuffix("...\n").strip()
        return json.dumps(value) if any(letter in value for letter in ",[]{}:#") else plain
    return json.dumps(value)


_ACTIONS = {"replace": _replace, "set": _set, "remove": _remove}
