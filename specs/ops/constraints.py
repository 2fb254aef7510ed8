"""Arguments of constraints, with the names and defaults of keras.constraints."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from specs.ops.frozen import Frozen, NonNegative, Positive, Rate, is_int, refuse

MAX_RANK = 8
"""No weight has more axes."""

WeightAxis = Annotated[int, Field(ge=-MAX_RANK, lt=MAX_RANK)]


def _axes(value: object) -> object:
    if is_int(value):
        return (value,)
    if isinstance(value, tuple) and value:
        return value
    raise refuse("must be an integer or a list of integers")


Axes = Annotated[
    tuple[WeightAxis, ...],
    BeforeValidator(_axes),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}, "minItems": 1}]}),
]


class UnitNorm(Frozen):
    """Norm 1 along the axes."""

    axis: Axes = (0,)
    """Axes of the weight, not of the input: 0 for a dense kernel, [0, 1, 2] for each filter of a Conv2D."""


class MaxNorm(UnitNorm):
    """Norms along the axes of at most max_value."""

    max_value: Positive = 2.0


class MinMaxNorm(UnitNorm):
    """Norms along the axes between min_value and max_value, moved there by a fraction a step."""

    min_value: NonNegative = 0.0
    max_value: Positive = 1.0
    rate: Rate = 1.0
    """Fraction of the way, in [0, 1], that a norm outside is moved at each step."""

    @model_validator(mode="after")
    def _is_range(self) -> Self:
        if self.min_value > self.max_value:
            raise ValueError(f"min_value must not exceed max_value (got {self.min_value:g} and {self.max_value:g})")
        return self
