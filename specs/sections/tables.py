"""Tables as training data: which file, which column is to be learnt, and which columns every input gets."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from specs.errors import got
from specs.ops.base import refuse
from specs.sections.data import FromFiles
from specs.sections.targets import Target, named_by_output

Column = Annotated[str, Field(min_length=1)]
Columns = Annotated[tuple[Column, ...], Field(min_length=1)]
_NAME = {"type": "string", "minLength": 1}
_NAMES = {"type": "array", "items": _NAME, "minItems": 1}


def _name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _inputs(value: Any) -> Any:
    lists = value.values() if isinstance(value, dict) else [value]
    if value is None or (value and all(map(_names, lists))):
        for names in lists:
            _once(names)
        return value
    raise refuse("must be a list of columns, or a mapping of inputs to lists of columns")


def _names(value: Any) -> bool:
    return isinstance(value, tuple) and value != () and all(map(_name, value))


def _once(value: Any) -> Any:
    twice = [name for name, count in Counter(value).items() if count > 1] if _names(value) else []
    if twice:
        raise refuse(f"must not name {twice[0]!r} twice")
    return value


Inputs = Annotated[
    tuple[str, ...] | Mapping[str, tuple[str, ...]] | None,
    PlainValidator(_inputs),
    WithJsonSchema(
        {"anyOf": [_NAMES, {"type": "object", "additionalProperties": _NAMES, "minProperties": 1}, {"type": "null"}]}
    ),
]


class Table(FromFiles):
    """What all tables share."""

    path: Column
    """The file: relative to the spec; where it is set from outside, or the spec is a shipped one, to where you are."""
    target: Target | None = None
    """The column that is to be learnt; for several outputs, each with its column. Text is a class; so is a number where
    the loss takes classes. Null only where every output reconstructs."""
    inputs: Inputs = None
    """For each input of the model the columns that it gets; for a single input the list alone. Where null, a single
    input gets all columns but the target."""
    missing: tuple[str, ...] = ("",)
    """Texts that mean that nothing is known: NaN among numbers, an empty text among texts."""

    def columns_of(
        self, inputs: tuple[str, ...], outputs: tuple[str, ...], known: tuple[str, ...]
    ) -> dict[str, tuple[str, ...]]:
        """The columns of every input, where the table has the known columns."""
        if isinstance(self.inputs, Mapping):
            return dict(self.inputs)
        learnt = self.target.values() if isinstance(self.target, Mapping) else (self.target,)
        rest = tuple(name for name in known if name not in learnt)
        return dict.fromkeys(inputs, self.inputs or rest)

    def targets(self, outputs: tuple[str, ...]) -> dict[str, str]:
        """The column of every output that learns labels."""
        return {} if self.target is None else named_by_output(self.target, outputs)


class Csv(Table):
    """A table as text, one row a line, its fields between delimiters; spaces around a field do not count."""

    columns: Annotated[Columns, BeforeValidator(_once)] | None = None
    """Names of the columns where the file has no header; where null its first line has them."""
    delimiter: str = ","
    """The character between two fields; "\\t" for a tabulator."""

    @model_validator(mode="after")
    def _one_character(self) -> Self:
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n':
            raise ValueError(f"delimiter must be one character, no quote and no line break {got(self.delimiter)}")
        return self


class Parquet(Table):
    """A table in Apache Parquet's format, which names its columns; needs the extra `parquet`."""
