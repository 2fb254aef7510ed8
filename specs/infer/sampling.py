"""What is drawn inside a model."""

from specs.infer.base import Inferred, Shape, ShapeError
from specs.ops.sampling import GaussianSampling


def gaussian_sampling(args: GaussianSampling, mean: Shape, log_variance: Shape) -> Inferred:
    """The shape that both inputs have."""
    if mean != log_variance:
        raise ShapeError("needs as many logarithms of variances as means")
    return Inferred(mean)
