"""Losses that Keras has not."""

from typing import Annotated, Literal

from pydantic import Field

from specs.ops.base import Frozen, Positive


class DiceCrossentropy(Frozen):
    """Cross-entropy of every pixel plus one minus the Dice coefficient of the masks (arXiv:1809.10486, section 2.2).

    The labels are class numbers, or 0 and 1 where the output has one channel. Dice is the mean over the classes that a
    batch has, each counted in the whole batch, so that small ones count as much as large ones.
    """

    from_logits: bool = False
    """The model ends without softmax or sigmoid."""
    ignore_class: Annotated[int, Field(ge=-1)] | None = None
    """A label that counts for nothing, in neither part; null for none. It needs a channel for each class."""
    dice_weight: Positive = 1.0
    """Weight of the Dice part; the cross-entropy has 1."""


class Contrastive(Frozen):
    """Pairs of one class near each other, pairs of two at least a margin apart: ½ y d² + ½ (1 - y) max(0, margin - d)².

    Hadsell, Chopra and LeCun 2006 (https://doi.org/10.1109/CVPR.2006.100, equation 4, where y is 1 for two classes).
    The output is the distance d of the two; the label y is 1 where they are of one class, 0 where they are of two.
    """

    margin: Positive = 1.0
    """The distance from which on two of different classes are far enough apart; what is below half of it counts as one
    class in `accuracy`."""


class Triplet(Frozen):
    """Examples of one class nearer to each other than to any of another, by a margin (arXiv:1503.03832).

    The output is a place for each example; of the labels only matters which are equal. Triplets are those of a batch.
    """

    margin: Positive = 0.2
    """How much nearer; of distances with mining hard, of their squares with semi_hard."""
    mining: Literal["semi_hard", "hard"] = "semi_hard"
    """semi_hard: for each pair of a class the nearest of another that is farther away than the pair, else the farthest
    (arXiv:1503.03832, section 3.2); hard: for each example the farthest of its class and the nearest of another
    (arXiv:1703.07737, section 2)."""
