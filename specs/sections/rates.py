"""`learning_rate`: a number, or a schedule by its name."""

import math
from typing import Annotated, Any

from pydantic import Field, PlainValidator
from pydantic_core import PydanticKnownError

from specs.ops.base import refuse
from specs.sections import schedules
from specs.sections.base import OneOf

RATES = ("initial_learning_rate", "max_learning_rate", "warmup_target", "end_learning_rate", "values")
"""Arguments of schedules that are learning rates."""


class ScheduleChoice(OneOf):
    """How the learning rate changes with the steps taken, by Keras' class name, or one cycle."""

    CosineDecay: schedules.CosineDecay | None = None
    CosineDecayRestarts: schedules.CosineDecayRestarts | None = None
    ExponentialDecay: schedules.ExponentialDecay | None = None
    InverseTimeDecay: schedules.InverseTimeDecay | None = None
    OneCycle: schedules.OneCycle | None = None
    PiecewiseConstantDecay: schedules.PiecewiseConstantDecay | None = None
    PolynomialDecay: schedules.PolynomialDecay | None = None


def _rate(value: Any) -> Any:
    if isinstance(value, (dict, ScheduleChoice)):
        return ScheduleChoice.model_validate(value)
    if isinstance(value, str) and value in ScheduleChoice.model_fields:
        raise refuse("needs its arguments: {" + value + ": {…}}")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PydanticKnownError("float_type")
    if not math.isfinite(value):
        raise PydanticKnownError("finite_number")
    if value <= 0:
        raise PydanticKnownError("greater_than", {"gt": 0})
    return float(value)


LearningRate = Annotated[
    float | ScheduleChoice,
    PlainValidator(_rate, json_schema_input_type=Annotated[float, Field(gt=0)] | ScheduleChoice),
]
"""A positive number, or a schedule written {Name: {arguments}}."""


def peak(rate: float | ScheduleChoice) -> float:
    """The highest learning rate of a training.

    >>> half = {"initial_learning_rate": 0.2, "decay_rate": 0.5}
    >>> peak(0.1), peak(ScheduleChoice.model_validate({"ExponentialDecay": {**half, "decay_steps": 9}}))
    (0.1, 0.2)
    """
    if isinstance(rate, float):
        return rate
    args: Any = rate.args
    if isinstance(args, schedules.PiecewiseConstantDecay):
        return max(args.values)
    names = ("initial_learning_rate", "warmup_target", "max_learning_rate")
    return max(getattr(args, name, None) or 0.0 for name in names)
