"""A value of a Keras layer's config → the same value as a spec has it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from pydantic.fields import FieldInfo

from specs.ops.arguments import INITIALIZERS, Lazily
from specs.ops.frozen import Frozen, OneOf
from specs.ops.penalties import Penalty
from zoo.backend import keras

SIZES = ("kernel_size", "strides", "dilation_rate", "pool_size", "size", "padding", "cropping", "output_padding")
"""Arguments for which a number may stand for every axis."""


def said(name: str, value: Any, field: FieldInfo) -> Any:
    """What an initialiser, a penalty or a constraint is called, in the one form that differs from no other.

    Any other value is left as it is, and so is one that the language cannot say.

    >>> from specs.ops.core import Dense
    >>> field = Dense.model_fields["kernel_initializer"]
    >>> said("kernel_initializer", {"class_name": "HeNormal", "config": {"seed": 1, "input_axes": None}}, field)
    {'HeNormal': {'seed': 1}}
    >>> said("kernel_initializer", {"class_name": "HeNormal", "config": {"seed": None}}, field)
    'he_normal'
    """
    reader = next((each for each in field.metadata if isinstance(each, Lazily)), None)
    if reader is None or not isinstance(value, Mapping) or "class_name" not in value:
        return value
    kind, config = value["class_name"], {key: each for key, each in value["config"].items() if each is not None}
    try:
        if kind in ("L1", "L2", "L1L2"):
            return _different(reader.read(config)) or None
        read = reader.read(tuples({kind: config}))
    except ValueError:
        return value
    args = read.args if isinstance(read, OneOf) else getattr(read, kind)
    written = _different(args)
    if written:
        return {kind: written}
    if reader.names:
        return _names().get(kind, {kind: {}})
    return {kind: {}} if isinstance(read, Penalty) else kind


def _different(args: Frozen) -> dict[str, Any]:
    """The arguments that are not the default; axes as one number where there is one."""
    fields = type(args).model_fields.items()
    values = {name: _decimal(getattr(args, name)) for name, _ in fields}
    found = {name: values[name] for name, field in fields if values[name] != field.default}
    return {name: _axes(value) if isinstance(value, tuple) else value for name, value in found.items()}


def _decimal(value: Any) -> Any:
    """A number that Keras held in 32 bits as it was written; it is the same in 32 bits.

    >>> _decimal(0.009999999776482582), _decimal(0.3)
    (0.01, 0.3)
    """
    if not isinstance(value, float) or float(np.float32(value)) != value:
        return value
    return float(str(np.float32(value)))


def _axes(value: tuple[int, ...]) -> Any:
    return list(value) if len(value) > 1 else value[0]


@cache
def _names() -> dict[str, str]:
    """The language's names of initialisers with Keras' defaults, by class name."""
    return {type(keras.initializers.get(name)).__name__: name for name in INITIALIZERS}


def tuples(value: Any) -> Any:
    """Lists as tuples, at any depth: the models are strict.

    >>> tuples({"a": [1, [2]]})
    {'a': (1, (2,))}
    """
    if isinstance(value, dict):
        return {key: tuples(each) for key, each in value.items()}
    return tuple(tuples(each) for each in value) if isinstance(value, list) else value


def short(name: str, value: Any) -> Any:
    """Sizes as one number where it stands for all of them.

    >>> short("strides", [2, 2]), short("padding", [[1, 1], [1, 1]]), short("padding", [[0, 1], [0, 1]])
    (2, 1, [[0, 1], [0, 1]])
    >>> short("kernel_size", [3]), short("size", [2, 3, 2])
    (3, [2, 3, 2])
    """
    if name not in SIZES or not isinstance(value, list) or not value:
        return value
    sides = [short(name, each) for each in value]
    alike = all(each == sides[0] for each in sides) and not isinstance(sides[0], list)
    return sides[0] if alike else value
