"""How far two vectors are apart."""

from specs.infer.base import Inferred, Shape, ShapeError, product
from specs.ops.distance import EuclideanDistance


def euclidean_distance(args: EuclideanDistance, one: Shape, other: Shape) -> Inferred:
    """(..., n) and (..., n) → (..., 1); every difference is squared and added once."""
    if not one:
        raise ShapeError("needs an axis to measure along")
    if one != other:
        raise ShapeError("needs two inputs of one shape")
    return Inferred((*one[:-1], 1), macs=product(one))
