"""Pooling of regions."""

from specs.ops.base import Op, Pair


class RoiPooling(Op):
    """Largest value in each cell of a grid over every region: features (height, width, channels) and regions
    (regions, 4) → (regions, *pool_size, channels).

    Fast R-CNN (arXiv:1504.08083, section 2.1). A region is x_min, y_min, x_max, y_max as parts of the features' width
    and height, such as 0.25; it is widened to whole positions. Keras has no such layer; `zoo.roi_pooling` has.
    """

    pool_size: Pair = (7, 7)
    """Cells along height and width."""
