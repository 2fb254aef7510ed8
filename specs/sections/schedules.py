"""Learning rates that change with the steps taken: names and arguments of keras.optimizers.schedules.

A length is written in steps, under Keras' name (`decay_steps`), or in epochs, under the name that ends in `_epochs`:
exactly one of the two.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from specs.ops.base import Frozen, NonNegative, Positive, PositiveInt, Rate, Size


class Schedule(Frozen):
    """What all schedules share."""

    @model_validator(mode="after")
    def _each_length_once(self) -> Self:
        for epochs in (name for name in type(self).model_fields if name.endswith("_epochs")):
            steps = in_steps(epochs)
            given = [name for name in (epochs, steps) if getattr(self, name) is not None]
            if len(given) > 1:
                raise ValueError(f"{steps} and {epochs} exclude each other")
            if not given and not epochs.startswith("warmup"):
                raise ValueError(f"needs {epochs}, or {steps}")
        return self


def in_steps(name: str) -> str:
    """The name under which Keras has a length that is given in epochs.

    >>> in_steps("decay_epochs"), in_steps("boundaries_epochs")
    ('decay_steps', 'boundaries')
    """
    what = name.removesuffix("_epochs")
    return what if what == "boundaries" else f"{what}_steps"


class Decaying(Schedule):
    """What schedules with one length share."""

    initial_learning_rate: Positive
    """The rate at the beginning."""
    decay_steps: PositiveInt | None = None
    """Length of the decay in steps."""
    decay_epochs: Positive | None = None
    """Length of the decay in epochs."""


class ExponentialDecay(Decaying):
    """The rate times decay_rate to the power of the decay's lengths that have passed."""

    decay_rate: Positive
    """Factor on the rate after each length of the decay."""
    staircase: bool = False
    """Change the rate only at the end of each length."""


class InverseTimeDecay(Decaying):
    """The rate over 1 + decay_rate times the decay's lengths that have passed."""

    decay_rate: Positive
    """How much the divisor grows with each length of the decay."""
    staircase: bool = False
    """Change the rate only at the end of each length."""


class PolynomialDecay(Decaying):
    """The rate to end_learning_rate along a polynomial; with power 1 along a line."""

    end_learning_rate: NonNegative = 0.0001
    """The rate at the end and after it."""
    power: Positive = 1.0
    """Power of the polynomial."""
    cycle: bool = False
    """Begin again after the end, each time over one more length."""


class CosineDecay(Schedule):
    """The rate along half a cosine, after a linear warm-up where there is one (arXiv:1608.03983, arXiv:1706.02677)."""

    initial_learning_rate: NonNegative
    """The rate at the beginning: of the warm-up, or else of the decay."""
    decay_steps: PositiveInt | None = None
    """Length of the decay in steps, the warm-up not counted."""
    decay_epochs: Positive | None = None
    """Length of the decay in epochs, the warm-up not counted."""
    alpha: Rate = 0.0
    """Fraction of the highest rate that is left at the end and after it."""
    warmup_target: Positive | None = None
    """The rate at the end of the warm-up, from which it decays; null for no warm-up."""
    warmup_steps: Size | None = None
    """Length of the warm-up in steps."""
    warmup_epochs: NonNegative | None = None
    """Length of the warm-up in epochs."""

    @model_validator(mode="after")
    def _warms_up_or_not(self) -> Self:
        length = self.warmup_steps if self.warmup_epochs is None else self.warmup_epochs
        if self.warmup_target is None:
            if length:
                raise ValueError("warmup_target is needed: the rate that the warm-up leads to")
            if self.initial_learning_rate == 0:
                raise ValueError("initial_learning_rate must be above 0 without a warm-up")
        elif length is None:
            raise ValueError("warmup_target needs warmup_epochs, or warmup_steps")
        for unit in ("epochs", "steps"):
            warm, decay = getattr(self, f"warmup_{unit}"), getattr(self, f"decay_{unit}")
            if warm is not None and decay is not None and warm > decay:
                raise ValueError(f"warmup_{unit} must not exceed decay_{unit} (got {warm:g} and {decay:g})")
        return self


class CosineDecayRestarts(Schedule):
    """The rate along half a cosine, again and again (arXiv:1608.03983)."""

    initial_learning_rate: Positive
    """The rate at the beginning."""
    first_decay_steps: PositiveInt | None = None
    """Length of the first decay in steps."""
    first_decay_epochs: Positive | None = None
    """Length of the first decay in epochs."""
    t_mul: Annotated[float, Field(ge=1)] = 2.0
    """Factor on the length of each decay after the first."""
    m_mul: Positive = 1.0
    """Factor on the rate at which each decay after the first begins."""
    alpha: Rate = 0.0
    """Fraction of the rate that is left at the end of each decay."""


class PiecewiseConstantDecay(Schedule):
    """One rate up to each boundary, and one after the last: a staircase."""

    boundaries: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] | None = None
    """Steps at which the rate changes, in rising order."""
    boundaries_epochs: Annotated[tuple[Positive, ...], Field(min_length=1)] | None = None
    """Epochs after which the rate changes, in rising order."""
    values: Annotated[tuple[NonNegative, ...], Field(min_length=2)]
    """The rates, one more than boundaries."""

    @model_validator(mode="after")
    def _one_value_more(self) -> Self:
        name = "boundaries" if self.boundaries is not None else "boundaries_epochs"
        given: Sequence[float] = getattr(self, name) or ()
        if given and len(self.values) != len(given) + 1:
            raise ValueError(f"values must be one more than {name} (got {len(self.values)} and {len(given)})")
        if any(low >= high for low, high in pairwise(given)):
            raise ValueError(f"{name} must rise (got {', '.join(f'{each:g}' for each in given)})")
        return self


class OneCycle(Schedule):
    """The rate up along a line and down again, then down further for the rest of the training (arXiv:1708.07120)."""

    initial_learning_rate: Positive
    """The rate at the beginning and at the end of the cycle."""
    max_learning_rate: Positive
    """The rate in the middle of the cycle."""
    end_learning_rate: NonNegative = 0.0
    """The rate at the end, several orders below the first one."""
    cycle_steps: PositiveInt | None = None
    """Length of the cycle in steps, up and down."""
    cycle_epochs: Positive | None = None
    """Length of the cycle in epochs, up and down."""
    decay_steps: PositiveInt | None = None
    """Length of the rest in steps."""
    decay_epochs: Positive | None = None
    """Length of the rest in epochs."""
