"""What every model of the language is built from: strict frozen models, choices among names, bounded numbers."""

from typing import Annotated, Any, TypeGuard, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

MAX_NAMES = 8
"""Names of a choice that a message lists."""


class Frozen(BaseModel):
    """Strict, closed and immutable: `true` is no number, `inf` is no size, an unknown key is an error.

    The text under a field is its hover text in editors; `specs.schema` reads it, so that a check need not.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        # A command uses a few of the many models: each is compiled when it is first used.
        defer_build=True,
    )


class OneOf(Frozen):
    """A choice written as a bare name or as a single-key mapping {Name: {arguments}}, as steps are.

    Each field is a possible name; exactly one is set.
    """

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {value: {}}
        if isinstance(value, dict) and len(value) == 1:
            return {name: {} if arguments is None else arguments for name, arguments in value.items()}
        if isinstance(value, cls):
            return value
        names, more = [*cls.model_fields][:MAX_NAMES], ", …" if len(cls.model_fields) > MAX_NAMES else ""
        context = {"names": ", ".join(names) + more, "hint": "write its name, or {Name: {arguments}}"}
        raise PydanticCustomError("one_of", "must name one of {names}", context)

    @property
    def kind(self) -> str:
        """The name that was chosen."""
        return next(iter(self.model_fields_set))

    @property
    def args(self) -> Frozen:
        """The arguments of what was chosen."""
        return cast(Frozen, getattr(self, self.kind))


def is_int(value: object) -> TypeGuard[int]:
    """Whether a value is an integer; true and false are none.

    >>> is_int(3), is_int(True), is_int(3.0)
    (True, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool)


def refuse(message: str) -> PydanticCustomError:
    """The error for a value that breaks a rule; the value is quoted where the error becomes a problem."""
    return PydanticCustomError("refused", message)


MAX_SIZE = 2**31 - 1
"""No size, count or stride is larger: Keras and TensorFlow hold them in 32-bit integers in places."""

PositiveInt = Annotated[int, Field(ge=1, le=MAX_SIZE)]
Size = Annotated[int, Field(ge=0, le=MAX_SIZE)]
Rate = Annotated[float, Field(ge=0, le=1)]
"""Fraction in [0, 1]."""
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
