"""Activations as layers of their own."""

from specs.ops.base import Activation as ActivationName
from specs.ops.base import NonNegative, Op, Regularizer, VectorConstraint, VectorInitializer
from specs.ops.norm import Axes, Axis


class Activation(Op):
    """A function applied to every value (softmax: to the last axis); the shape stays."""

    activation: ActivationName
    """Keras' name of the function."""


class ReLU(Op):
    """max(0, x), with a slope below the threshold and a ceiling where asked for."""

    max_value: NonNegative | None = None
    """Ceiling of the output; 6 gives ReLU6."""
    negative_slope: NonNegative = 0.0
    """Slope below the threshold."""
    threshold: NonNegative = 0.0
    """Values below it take the negative slope."""


class LeakyReLU(Op):
    """x above zero, negative_slope · x below."""

    negative_slope: NonNegative = 0.3


class PReLU(Op):
    """LeakyReLU with a learned slope for each position (arXiv:1502.01852)."""

    alpha_initializer: VectorInitializer = "zeros"
    alpha_regularizer: Regularizer = None
    alpha_constraint: VectorConstraint = None
    shared_axes: Axes | None = None
    """Axes that share one slope; [1, 2] on images: one slope a channel."""


class ELU(Op):
    """x above zero, alpha · (exp(x) - 1) below (arXiv:1511.07289)."""

    alpha: float = 1.0


class Softmax(Op):
    """Positive values that sum to 1 along the axis."""

    axis: Axis = -1
