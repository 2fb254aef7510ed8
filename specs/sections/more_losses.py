"""Losses that Keras has not."""

from typing import Annotated

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
