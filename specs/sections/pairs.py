"""Pairs of examples as training data, for nets that compare."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from specs.ops.base import PositiveInt
from specs.sections.data import Split
from specs.sections.mix import SourceChoice


class Pairs(Split):
    """Two examples at a time for the two inputs of a siamese net (Hadsell, Chopra and LeCun 2006).

    The label is 1 where both are of one class and 0 where they are of two: half of the pairs each. The examples are
    divided first and pairs are drawn within a part, so that none is in pairs of two parts. A test part that the source
    has of its own stays one.
    """

    of: SourceChoice
    """The examples with their classes, as they would stand under `data`, without arguments that divide them."""
    count: Annotated[PositiveInt, Field(le=10_000_000)] = 10_000
    """Pairs in all parts together, drawn by `seed`."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        divided = [name for name in Split.model_fields if name in self.of.args.model_fields_set]
        if divided:
            raise ValueError(f"of has {divided[0]}; pairs are divided with their examples, write it beside of")
        return self
