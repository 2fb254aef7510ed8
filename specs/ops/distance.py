"""How far two vectors are apart; `zoo.euclidean_distance` computes it."""

from specs.ops.base import Op


class EuclideanDistance(Op):
    """Euclidean distance along the last axis of two inputs of one shape: (..., n) and (..., n) → (..., 1).

    The end of a siamese net (Hadsell, Chopra and LeCun 2006, https://doi.org/10.1109/CVPR.2006.100, section 2.1). Where
    both are equal its gradient, which there is none of, is 0. Keras has no such layer; `zoo.euclidean_distance` has.
    """
