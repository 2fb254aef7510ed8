"""The shape that a choice among named things takes in YAML."""

from typing import Any, Self, cast

from pydantic import model_validator

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
        if isinstance(value, dict):
            return {name: {} if arguments is None else arguments for name, arguments in value.items()}
        return value

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"must name exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def kind(self) -> str:
        """The name that was chosen."""
        return next(iter(self.model_fields_set))

    @property
    def args(self) -> Frozen:
        """The arguments of what was chosen."""
        return cast(Frozen, getattr(self, self.kind))
