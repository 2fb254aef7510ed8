"""Arguments of initialisers, with the names and defaults of keras.initializers."""

from typing import Literal, Self

from pydantic import model_validator

from specs.ops.frozen import Frozen, Positive, Size


class Bare(Frozen):
    """No arguments."""


class Constant(Frozen):
    """One value everywhere."""

    value: float = 0.0


class Seeded(Frozen):
    """What an initialiser has whose scale follows from the size of the kernel."""

    seed: Size | None = None
    """Fixes the values; the run's own seed where null."""


class RandomNormal(Seeded):
    """A normal distribution; TruncatedNormal draws again beyond two standard deviations."""

    mean: float = 0.0
    stddev: Positive = 0.05


class RandomUniform(Seeded):
    """A uniform distribution."""

    minval: float = -0.05
    maxval: float = 0.05

    @model_validator(mode="after")
    def _is_range(self) -> Self:
        if self.minval >= self.maxval:
            raise ValueError(f"minval must be below maxval (got {self.minval:g} and {self.maxval:g})")
        return self


class VarianceScaling(Seeded):
    """Variance scale / n, where n is the number of inputs, of outputs, or their mean (arXiv:1502.01852)."""

    scale: Positive = 1.0
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in"
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = "truncated_normal"


class Orthogonal(Seeded):
    """Orthogonal rows or columns, times the gain (arXiv:1312.6120)."""

    gain: float = 1.0
