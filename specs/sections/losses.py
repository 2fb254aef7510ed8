"""Losses, with the names and defaults of keras.losses."""

from specs.ops.base import Frozen


class SparseCategoricalCrossentropy(Frozen):
    """Cross-entropy between integer labels and a distribution over classes."""

    from_logits: bool = False
    """The model ends without softmax."""
