"""Padding along the channels."""

from specs.ops.base import Op
from specs.ops.padding import Sides1D


class ChannelPadding(Op):
    """Channels of zeros before and after: (..., channels) → (..., before + channels + after).

    Widens a shortcut without weights (arXiv:1512.03385, section 3.3, option A). Keras has no such layer;
    `zoo.channel_padding` has.
    """

    padding: Sides1D
    """One number for both ends, or [before, after]."""
