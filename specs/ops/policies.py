"""Changes of a batch that no step of a model can make: of labels as well, drawn by policy, or not only in training."""

from typing import Annotated

from pydantic import Field

from specs.ops.augment import Augmentation, Interpolation, PositiveFactor, Toned
from specs.ops.base import Op, Pair, Positive, PositiveInt


class MixUp(Augmentation):
    """Each example mixed with another of the batch, and its label as much (arXiv:1710.09412)."""

    alpha: Positive = 0.2
    """The share is drawn from Beta(alpha, alpha): the smaller, the less is mixed."""


class CutMix(Augmentation):
    """A rectangle of each image taken from another of the batch, and its label as much (arXiv:1905.04899)."""

    factor: PositiveFactor = (0.0, 1.0)
    """Parameter of the Beta distribution of the share, drawn between 0 and f, or between the two numbers."""


class RandAugment(Toned):
    """Changes drawn anew for each batch from a list of eleven, all of one strength (arXiv:1909.13719)."""

    num_ops: PositiveInt = 2
    """Changes that are made one after the other."""
    factor: PositiveFactor = (0.0, 0.5)
    """Strength, drawn between 0 and f, or between the two numbers."""
    interpolation: Interpolation = "bilinear"


class AugMix(Toned):
    """Images mixed with what several chains of changes, drawn anew for each batch, make of them (arXiv:1912.02781)."""

    num_chains: PositiveInt = 3
    """Chains whose results are mixed."""
    chain_depth: PositiveInt = 3
    """Changes in a chain, at most."""
    factor: PositiveFactor = (0.0, 0.3)
    """Strength of a change, drawn between 0 and f, or between the two numbers."""
    alpha: Positive = 1.0
    """Parameter of the Dirichlet and Beta distributions that the shares are drawn from."""
    all_ops: bool = True
    """Also brightness, colour, contrast and sharpness; ImageNet-C has those as corruptions of its own."""
    interpolation: Interpolation = "bilinear"


class Solarization(Toned):
    """Pixels above a threshold turned around."""

    addition_factor: PositiveFactor = (0.0, 0.0)
    """Part of the range of values that is added before, drawn between 0 and f, or between the two numbers."""
    threshold_factor: PositiveFactor = (0.0, 0.0)
    """Threshold as a part of the range of values, drawn between 0 and f, or between the two numbers."""


class Ranged(Op):
    """What the layers share that look at the histogram of an image."""

    value_range: tuple[float, float] = (0, 255)
    """Smallest and largest value of a pixel."""


class AutoContrast(Ranged):
    """Each channel stretched over the whole range of values."""


class Equalization(Ranged):
    """Each channel with all values as often as another."""

    bins: Annotated[int, Field(ge=2, le=65536)] = 256
    """Values that are told apart."""


class ContrastLimitedAdaptiveHistogramEqualization(Ranged):
    """Equalization by tiles, with bounded contrast (CLAHE)."""

    clip_limit: Positive = 4.0
    """Bound of the contrast."""
    tile_grid_size: Pair = (8, 8)
    """Tiles along the height and along the width."""
