"""Time series as training data."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from specs.errors import got
from specs.ops.base import PositiveInt
from specs.sections.data import FromFiles

Name = Annotated[str, Field(min_length=1)]


def _names(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


_NAME = {"type": "string", "minLength": 1}
_NAMES = {"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}


class TimeSeries(FromFiles):
    """A series in a CSV file with a header, cut into windows (window, columns) and the numbers that follow each.

    The test part is the end of the series, the validation part comes before it, and between the parts so many examples
    are left out that no value stands in two of them.
    """

    path: Name
    """The .csv file, relative to the spec; its rows stand in the order of time, at equal distances."""
    columns: Annotated[tuple[Name, ...], Field(min_length=1), BeforeValidator(_names), WithJsonSchema(_NAMES)]
    """The column, or the list of columns, that a window shows; all of numbers."""
    target: Name | None = None
    """The column whose next values are to be told; null for the only one of `columns`."""
    date_column: Name | None = None
    """A column of dates such as 1990-12-31 or 1990-12-31T23:00; each has to be later than the one before."""
    window: PositiveInt
    """Rows that the model sees."""
    horizon: PositiveInt = 1
    """Rows after them whose `target` the model tells: (horizon) numbers."""
    stride: PositiveInt = 1
    """Rows from the start of one window to the start of the next."""

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        twice = [name for index, name in enumerate(self.columns) if name in self.columns[:index]]
        if twice:
            raise ValueError(f"columns has {twice[0]!r} twice")
        if self.target is None and len(self.columns) > 1:
            raise ValueError(f"needs a target, the column to tell the next values of {got(self.columns)}")
        return self

    @property
    def told(self) -> str:
        """The column whose next values are told."""
        return self.columns[0] if self.target is None else self.target
