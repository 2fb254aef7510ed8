"""Which column or array each output of a model learns."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from specs.ops.base import refuse

_NAME = {"type": "string", "minLength": 1}


def _target(value: Any) -> Any:
    names = list(value.values()) if isinstance(value, dict) else [value]
    if names and all(isinstance(name, str) and name for name in names):
        return value
    raise refuse("must be a name, or a mapping of outputs to names")


Target = Annotated[
    str | Mapping[str, str],
    PlainValidator(_target),
    WithJsonSchema({"anyOf": [_NAME, {"type": "object", "additionalProperties": _NAME, "minProperties": 1}]}),
]


def named_by_output(target: str | Mapping[str, str], outputs: tuple[str, ...]) -> dict[str, str]:
    """What every output learns, where a single name is for all of them.

    >>> named_by_output("y", ("kind", "size")), named_by_output({"kind": "a", "size": "b"}, ("kind", "size"))
    ({'kind': 'y', 'size': 'y'}, {'kind': 'a', 'size': 'b'})
    """
    return dict(target) if isinstance(target, Mapping) else dict.fromkeys(outputs, target)
