"""The parts of a document around its body: what it expects, what was published of it, what it may need."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from specs.ops.base import Frozen, PositiveInt

Count = Annotated[int, Field(ge=0)]


class Expects(Frozen):
    """Published figures that `zoo validate` holds the model to."""

    params: Count | None = None
    """All weights."""
    trainable: Count | None = None
    """Weights that training changes."""
    macs: Count | None = None
    """Multiply-accumulates of convolutions and dense layers for one input."""
    output: tuple[PositiveInt | None, ...] | None = None
    """Shape of the (first) output without the batch axis."""


Percent = Annotated[float, Field(ge=0, le=100)]


class Published(Frozen):
    """The accuracy that was published for the model with its trained weights."""

    dataset: Annotated[str, Field(min_length=1)]
    """Name of the data, such as ImageNet or CIFAR-10."""
    top1: Percent
    """Percent of the images whose class is the first guess."""
    top5: Percent | None = None
    """Percent of the images whose class is among the first five guesses."""
    source: Annotated[str, Field(min_length=1)]
    """Who measured it, and how where that differs from the usual."""


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
"""Units of memory; MB and GB mean two different things to different people."""
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(B|KiB|MiB|GiB|TiB)")


def _bytes(value: object) -> object:
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None or len(found[1]) > MAX_DIGITS:
        raise PydanticCustomError("refused", "must be a size with its unit", {"hint": "such as 512MiB or 8GiB"})
    return int(float(found[1]) * UNITS[found[2]])


MAX_DIGITS = 15
Figure = Annotated[Count, BeforeValidator(_whole)]
"""A count that may be written as 5e6."""
Size = Annotated[int, BeforeValidator(_bytes), WithJsonSchema({"type": "string", "pattern": f"^{_SIZE.pattern}$"})]


class Limits(Frozen):
    """What the model may need at most, at every point of the search too."""

    params: Figure | None = None
    """All weights."""
    macs: Figure | None = None
    """Multiply-accumulates of convolutions and dense layers for one input."""
    memory: Size | None = None
    """One training step in float32 with the optimizer and the batch size of `train`, such as 512MiB or 8GiB."""
