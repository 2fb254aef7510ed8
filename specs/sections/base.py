"""The shape that a choice among named things takes in YAML."""

from typing import Any, cast

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from specs.ops.base import Frozen


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
        context = {"names": ", ".join(cls.model_fields), "hint": "write its name, or {Name: {arguments}}"}
        raise PydanticCustomError("one_of", "must name one of {names}", context)

    @property
    def kind(self) -> str:
        """The name that was chosen."""
        return next(iter(self.model_fields_set))

    @property
    def args(self) -> Frozen:
        """The arguments of what was chosen."""
        return cast(Frozen, getattr(self, self.kind))
