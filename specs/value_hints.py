"""What is likely meant by a value of the wrong type; only asked where one is wrong."""

import re
from collections.abc import Iterator
from typing import Any

from specs.scalars import core_scalar, is_number
from specs.tree import ScalarNode, SequenceNode, TreeNode, plain

_TRUTHS = (
    (("yes", "on", "y", "true", "1"), True),
    (("no", "off", "n", "false", "0", "none"), False),
)
"""Words and numbers that people write for true and false."""
_CALCULATION = re.compile(r"[0-9.]+(?: ?[-+*/] ?[0-9.]+)+")


def values_meant(kind: str, place: TreeNode) -> Iterator[Any]:
    """What is likely meant by a value of the wrong type, or beyond a bound."""
    if isinstance(place, SequenceNode) and len(place.items) == 1:
        yield plain(place.items[0])
    if not isinstance(place, ScalarNode):
        return
    value = place.value
    if kind == "tuple_type" and isinstance(value, int) and not isinstance(value, bool):
        yield [value]
    if kind.startswith("bool") and isinstance(value, (str, int)):
        yield from (meant for words, meant in _TRUTHS if str(value).lower() in words)
    if isinstance(value, str) and is_number(value.replace("_", "")):
        yield core_scalar(value.replace("_", ""))
    if isinstance(value, float) and kind.startswith("int") and value.is_integer():
        yield int(value)
    if isinstance(value, str) and _CALCULATION.fullmatch(value):
        yield f"$({value})"
