"""A layer of ConvNeXt that Keras keeps to itself; `zoo.layer_scale` has it."""

from specs.ops.base import Op


class LayerScale(Op):
    """A learned factor for each channel, small at first: (..., channels) → the same shape.

    At the end of a residual branch it lets a deep network start close to the identity (CaiT, arXiv:2103.17239,
    section 2.1). Keras' own is internal to keras.applications.convnext; its projection_dim is the number of channels.
    """

    init_values: float = 1e-6
    """What every factor starts from; the default is ConvNeXt's (arXiv:2201.03545, table 5)."""
