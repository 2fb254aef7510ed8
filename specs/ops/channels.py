"""Layers along the channels that Keras lacks; `zoo.channels` has them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from specs.ops.base import MAX_SIZE, NonNegative, Op, Positive, PositiveInt, Size

Pieces = Annotated[int, Field(ge=2, le=MAX_SIZE)]


class LocalResponseNormalization(Op):
    """Each channel divided by the strength of those around it: (..., channels) → the same shape.

    b_i = a_i / (bias + alpha · Σ a_j²) ** beta, the sum over the channels j from i - depth_radius to i + depth_radius
    (Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural Networks, NIPS 2012, section 3.3). Names
    are those of tf.nn.local_response_normalization, defaults the paper's. Caffe and PyTorch divide their alpha by the
    number of channels in the sum, 2 · depth_radius + 1: divide it in the spec.
    """

    depth_radius: Size = 2
    """Channels on each side that count; the paper's n is 2 · depth_radius + 1."""
    bias: Positive = 2.0
    """The paper's k."""
    alpha: NonNegative = 1e-4
    """Factor of the sum of squares, not divided by its number of channels."""
    beta: NonNegative = 0.75
    """Exponent of the divisor."""


class ChannelShuffle(Op):
    """The channels of all groups in turn: of (..., channels) one from each group, then the next of each.

    What a grouped convolution computed apart meets in the groups of the next one (ShuffleNet, arXiv:1707.01083,
    section 3.1).
    """

    groups: Pieces
    """Groups of neighbouring channels; divides the channels."""


class ChannelSplit(Op):
    """One of several equal parts of the channels: (..., channels) → (..., channels / parts).

    ShuffleNet v2 (arXiv:1807.11164, section 3.2) passes one half on and computes on the other.
    """

    parts: Pieces = 2
    """Parts of neighbouring channels; divides the channels."""
    index: Size
    """Which part, counted from 0."""

    @model_validator(mode="after")
    def _one_of_the_parts(self) -> Self:
        if self.index >= self.parts:
            raise ValueError(f"index must be below parts (got index {self.index}, parts {self.parts})")
        return self


class ChannelAffine(Op):
    """A learned coefficient and a learned bias for each channel: (..., channels) → the same shape.

    After an average pooling it is the subsampling of LeNet-5 (LeCun et al., Gradient-Based Learning Applied to Document
    Recognition, 1998, section II.B).
    """


class SquaredDistance(Op):
    """Squared distance to each of `units` fixed codes of -1 and 1: (..., channels) → (..., units).

    The Euclidean radial basis functions at the end of LeNet-5 (LeCun et al. 1998, section II.B, equation 7). The codes
    are drawn at random, no weights that training changes, and are saved with the model.
    """

    units: PositiveInt
    """Number of codes."""
    seed: Size = 0
    """Of the codes."""
