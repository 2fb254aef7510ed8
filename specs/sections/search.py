"""`search:`, which params are searched and how. Argument names are keras-tuner's."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from specs.errors import got
from specs.ops.base import Frozen, Positive, PositiveInt, Size, refuse
from specs.sections.pruners import PrunerChoice
from specs.sections.reported import COUNTED, Counted, Reported

OracleName = Literal["random", "bayesian", "hyperband", "grid", "tpe", "cma_es"]
Value = bool | int | float | str


def _value(value: Any) -> Any:
    if isinstance(value, (bool, str)):
        return value
    return _number(value, "a number, text, true or false")


def _number(value: Any, kind: str = "a number") -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise refuse(f"must be {kind}")
    if not math.isfinite(value):
        raise refuse("must be a finite number")
    return value


_VALUE_SCHEMA = {"type": ["boolean", "number", "string"]}
OneValue = Annotated[Value, PlainValidator(_value), WithJsonSchema(_VALUE_SCHEMA)]
Values = tuple[OneValue, ...]
Point = Annotated[dict[str, OneValue], Field(min_length=1)]
Number = Annotated[int | float, PlainValidator(_number), WithJsonSchema({"type": "number"})]

Goal = Literal[Reported, Counted]


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Goals = Annotated[
    tuple[Goal, ...],
    BeforeValidator(_listed, json_schema_input_type=Goal | Annotated[tuple[Goal, ...], Field(min_length=1)]),
]
"""One objective or several."""


class Axis(Frozen):
    """The values of one searched param: `values`, or a range from `min_value` to `max_value`.

    A range whose two ends are integers holds integers.
    """

    values: Annotated[Values, Field(min_length=1)] | None = None
    """The values themselves."""
    min_value: Number | None = None
    """Smallest value of the range."""
    max_value: Number | None = None
    """Largest value of the range, included."""
    step: Positive | None = None
    """Distance between values; for sampling log the factor between them."""
    sampling: Literal["linear", "log", "reverse_log"] = "linear"
    """How a range is drawn from: evenly, or evenly in its logarithm."""

    @model_validator(mode="after")
    def _values_or_range(self) -> Self:
        ranged = {"min_value", "max_value", "step", "sampling"} & self.model_fields_set
        if self.values is not None:
            return self._checked_values(ranged)
        if self.min_value is None or self.max_value is None:
            raise ValueError("needs values, or min_value and max_value")
        if self.min_value >= self.max_value:
            raise ValueError(f"min_value must be below max_value (got {self.min_value} and {self.max_value})")
        if self.sampling != "linear" and self.min_value <= 0:
            raise ValueError(f"sampling {self.sampling} needs a min_value above 0 (got {self.min_value})")
        if self.sampling == "log" and self.step is not None and self.step <= 1:
            raise ValueError(f"sampling log needs a step above 1, the factor between values (got {self.step})")
        if self.is_integer and self.step is not None and self.step != int(self.step):
            raise ValueError(f"a range of integers needs an integer step (got {self.step})")
        return self

    def _checked_values(self, ranged: set[str]) -> Self:
        assert self.values is not None
        if ranged:
            raise ValueError(f"values and {min(ranged)} exclude each other")
        if len({(type(value), value) for value in self.values}) < len(self.values):
            raise ValueError(f"values must differ {got(self.values)}")
        kinds = {"number" if type(value) in (int, float) else type(value).__name__ for value in self.values}
        if len(kinds) > 1:
            raise ValueError(f"values must be of one type {got(self.values)}")
        return self

    @property
    def is_integer(self) -> bool:
        """Whether the range holds integers."""
        return isinstance(self.min_value, int) and isinstance(self.max_value, int)


class Confirm(Frozen):
    """The best trials and the spec's own values, trained again over several seeds and held against the test part."""

    trials: PositiveInt = 3
    """So many of the best trials; of these that with the best mean of the objective is the winner."""
    seeds: Annotated[int, Field(ge=2, le=99)] = 5
    """Trainings of each, with seeds that the search did not use."""


class Budget(Frozen):
    """What a search may use in all its sessions together; it ends with the first that is used up."""

    seconds: Positive | None = None
    """By the clock, with the confirmation that follows. What runs at the end is kept at its last epoch."""
    epochs: PositiveInt | None = None
    """Epochs of all trials; none begins that could go beyond."""
    gpu_seconds: Positive | None = None
    """Seconds of all trials and of the confirmation added up; each trial has a GPU of its own where there is one."""

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("needs seconds, epochs or gpu_seconds")
        return self


class Search(Frozen):
    """What to search, with which oracle, for how long."""

    space: Annotated[dict[str, Axis], Field(min_length=1)]
    """For each searched param the values it may take."""
    objective: Goals = ("val_accuracy",)
    """What is best: losses, errors and what is counted of a model are minimised, the rest maximised; of each trial its
    best epoch counts. Of several in a list the first says which epoch that is, and the search has a front."""
    oracle: OracleName = "random"
    """Who proposes the next trial; tpe and cma_es need the extra `optuna`."""
    trials: PositiveInt = 10
    """Number of trials, at most."""
    epochs: PositiveInt | None = None
    """Epochs of a trial, at most; those of `train` where null. For hyperband, of the longest trials."""
    factor: Annotated[int, Field(ge=2, le=10)] = 3
    """hyperband: one trial in so many goes on to the next, longer round."""
    seed: Size = 0
    """Fixes the trials."""
    try_first: tuple[Point, ...] = ()
    """Points that are tried behind the spec's own values, which stand for what one leaves out."""
    trial_seconds: Positive | None = None
    """Seconds that one trial may take; a longer one is ended and failed."""
    budget: Budget | None = None
    """What the search may use, beside its number of trials."""
    folds: Annotated[int, Field(ge=2, le=100)] | None = None
    """Cross-validation: each trial is trained so often, validated on one fold of its training and validation part."""
    seeds: Annotated[int, Field(ge=1, le=99)] = 1
    """Each trial is trained so often, on each fold where there are some: with `train.seed` and the seeds after it."""
    pruner: PrunerChoice | None = None
    """Stops trials early that are not worth their last epochs; not beside hyperband, which has rounds of its own."""
    trials_per_step: PositiveInt = 1
    """Trials that train at once in one compiled step, those that differ in numbers alone; needs KERAS_BACKEND=jax."""
    confirm: Confirm | None = None
    """What follows the search, to say whether its best is better than the spec's own values or only luckier."""

    @property
    def trainings(self) -> int:
        """How many times a trial is trained."""
        return (self.folds or 1) * self.seeds

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (reason := self.refusal()) is not None:
            raise ValueError(reason)
        return self

    def refusal(self) -> str | None:
        """Why the settings do not go together, None where they do; also asked where a command replaces some."""
        if self.oracle == "hyperband" and self.trainings > 1:
            each = "folds" if self.folds else "seeds"
            return f"{each} train a trial {self.trainings} times, and hyperband goes on from the weights of one " + (
                "training; take them out, or use another oracle"
            )
        if self.pruner is not None and self.oracle == "hyperband":
            return "pruner and oracle hyperband exclude each other: both stop trials; take one of them out"
        if self.pruner is not None and self.trainings > 1:
            each = "folds" if self.folds else "seeds"
            return f"pruner judges one training, and {each} train a trial {self.trainings} times; take one of them out"
        if not self.objective:
            return "objective must not be empty"
        if self.objective[0] in COUNTED:
            return f"objective begins with {self.objective[0]}, which is the same in every epoch; " + (
                "write what training reports before it"
            )
        if len({*self.objective}) < len(self.objective):
            return f"objective names one twice {got(self.objective)}"
        if self.oracle in ("hyperband", "cma_es") and len(self.objective) > 1:
            return f"objective has several, and {self.oracle} goes by one; keep one, or use another oracle"
        if self.pruner is not None and len(self.objective) > 1:
            return "pruner judges by one objective, and there are several; take it out, or keep one of them"
        return self._at_once() if self.trials_per_step > 1 else None

    def _at_once(self) -> str | None:
        """Why trials cannot train at once."""
        must = f"trials_per_step must be 1 {{}} {got(self.trials_per_step)}"
        if self.oracle == "hyperband":
            return must.format("for hyperband, which goes on with trials")
        if self.trainings > 1:
            return must.format("where a trial is trained several times")
        if len(self.objective) > 1:
            return must.format("where a search has several objectives")
        if self.pruner is not None:
            return must.format("beside a pruner, which stops trials one by one")
        return must.format("where a trial has time of its own") if self.trial_seconds is not None else None
