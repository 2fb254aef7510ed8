"""Noise and penalties in training; all pass their input on in inference."""

from typing import Annotated

from pydantic import Field

from specs.ops.base import NonNegative, Op, PositiveInt, Rate, Size

RateBelowOne = Annotated[float, Field(ge=0, lt=1)]
"""Fraction in [0, 1): at 1 the scale of what is left is infinite."""


class GaussianNoise(Op):
    """Adds normal noise in training."""

    stddev: Rate
    """Standard deviation of the noise, in [0, 1]."""
    seed: Size | None = None


class GaussianDropout(Op):
    """Multiplies by normal noise of mean 1 in training (JMLR v15, Srivastava et al., section 10)."""

    rate: RateBelowOne
    """The noise has the standard deviation √(rate / (1 - rate))."""
    seed: Size | None = None


class AlphaDropout(Op):
    """Dropout to the negative end of SELU, which keeps mean and variance (arXiv:1706.02515)."""

    rate: RateBelowOne
    """Fraction of values set to the end, in [0, 1)."""
    noise_shape: tuple[PositiveInt | None, ...] | None = None
    """Shape of the mask with the batch axis; null for the input's own size, 1 for one draw along the axis."""
    seed: Size | None = None


class SpatialDropout1D(Op):
    """Dropout of whole channels of a sequence (steps, channels)."""

    rate: Rate
    """Fraction of channels set to zero, in [0, 1]."""
    seed: Size | None = None


class SpatialDropout3D(Op):
    """Dropout of whole channels of a volume (depth, height, width, channels)."""

    rate: Rate
    """Fraction of channels set to zero, in [0, 1]."""
    seed: Size | None = None


class ActivityRegularization(Op):
    """Passes its input on and adds l1 · Σ|x| + l2 · Σx² to the loss."""

    l1: NonNegative = 0.0
    """Strength of the sum of absolute values."""
    l2: NonNegative = 0.0
    """Strength of the sum of squares."""


class Identity(Op):
    """Its input."""
