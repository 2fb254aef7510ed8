"""How an export came to be: the trainings behind it, how good it was, whose data it saw, and what it needs."""

import pydantic

from specs.ops.base import Frozen

Figures = dict[str, float | None]
"""Loss and metrics by name; null for a number that is not finite."""


class Examples(Frozen):
    """The data of a training."""

    fingerprint: str
    """SHA-256 of all examples and class names."""
    examples: dict[str, int]
    """How many, by part."""


class Training(Frozen):
    """A run's metrics.json."""

    name: str
    train: Figures
    validation: Figures
    test: Figures
    epochs: int
    best_epoch: int
    seconds: float
    seed: int
    data: Examples
    started: str | None
    """What came of weights that it started from."""
    params: dict[str, pydantic.JsonValue]
    versions: dict[str, str]


class Needs(Frozen):
    """What the model takes to compute."""

    params: int
    macs: int | None
    """Multiply-accumulates for one input; null where a size is free."""
    memory: int | None
    """Bytes of a training step, as `zoo show --memory` has them."""


class Data(Frozen):
    """A source of examples, and under which licence its makers give it."""

    name: str
    licence: str | None
    """SPDX's name or their own words; null where nobody has said."""
    source: str | None
    """Where that can be read, or the data be had."""


class Origin(Frozen):
    """How an export came to be."""

    runs: tuple[Training, ...] = ()
    """The trainings: none of fresh weights, several of an ensemble."""
    test: Figures = pydantic.Field(default_factory=dict)
    """What the whole reported of the test part."""
    data: tuple[Data, ...] = ()
    needs: Needs
