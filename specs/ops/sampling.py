"""What is drawn inside a model."""

from specs.ops.base import NonNegative, Op, Size


class GaussianSampling(Op):
    """A draw from normal distributions: their means and the logarithms of their variances, both (...) → (...).

    The middle of a variational autoencoder (arXiv:1312.6114, section 2.4 and appendix B). In training it adds to the
    loss how far the distributions are from the standard normal one: their Kullback-Leibler divergence, summed over all
    numbers of an example, times `kl_weight`. In inference the means pass. Keras has no such layer;
    `zoo.gaussian_sampling` has.
    """

    kl_weight: NonNegative = 1.0
    """Weight of the divergence in the loss; where that is a mean over n numbers, 1 / n weighs both as in the paper."""
    seed: Size | None = None
    """Of the draws; null for another in each model."""
