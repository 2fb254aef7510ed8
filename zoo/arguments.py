"""Arguments of the language in the form that Keras takes."""

from typing import Any

from specs.ops.base import Frozen
from specs.ops.choices import ConstraintChoice, VectorInitializerChoice
from specs.ops.penalties import Penalty
from zoo.backend import keras
from zoo.penalties import NuclearNorm


def keras_value(value: Any) -> Any:
    """The value of one argument as a Keras layer takes it.

    >>> from specs.ops.penalties import Penalty
    >>> keras_value("relu"), keras_value(Penalty())
    ('relu', None)
    """
    if isinstance(value, VectorInitializerChoice):
        return getattr(keras.initializers, value.kind)(**_arguments(value.args))
    if isinstance(value, ConstraintChoice):
        return getattr(keras.constraints, value.kind)(**_arguments(value.args))
    return _penalty(value) if isinstance(value, Penalty) else value


def _arguments(args: Frozen) -> dict[str, Any]:
    return {name: getattr(args, name) for name in type(args).model_fields}


def _penalty(value: Penalty) -> Any:
    if value.NuclearNorm is not None:
        return NuclearNorm(value.NuclearNorm.factor)
    orthogonal = getattr(value, "OrthogonalRegularizer", None)
    if orthogonal is not None:
        return keras.regularizers.OrthogonalRegularizer(**_arguments(orthogonal))
    # A penalty of zero would still be computed at every step.
    return keras.regularizers.L1L2(value.l1, value.l2) if value.l1 or value.l2 else None
