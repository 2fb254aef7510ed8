"""Optimizers, with the names and defaults of keras.optimizers."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from specs.ops.base import Frozen, NonNegative, Positive

Decay = Annotated[float, Field(ge=0, lt=1)]
"""Fraction of a moving average kept at each step, in [0, 1)."""


class Optimizer(Frozen):
    """What all optimizers share."""

    weight_decay: NonNegative | None = None
    """Decoupled weight decay: the fraction of each weight, times the learning rate, taken off at each step."""
    clipnorm: Positive | None = None
    """Largest norm of each variable's gradient."""
    global_clipnorm: Positive | None = None
    """Largest norm of all gradients together."""

    @model_validator(mode="after")
    def _one_clipping(self) -> Self:
        if self.clipnorm is not None and self.global_clipnorm is not None:
            raise ValueError("clipnorm and global_clipnorm exclude each other")
        return self


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum where asked for."""

    learning_rate: Positive = 0.01
    momentum: Annotated[float, Field(ge=0, le=1)] = 0.0
    nesterov: bool = False


class RMSprop(Optimizer):
    """Gradients divided by a moving average of their size."""

    learning_rate: Positive = 0.001
    rho: Decay = 0.9
    momentum: Annotated[float, Field(ge=0, le=1)] = 0.0
    epsilon: Positive = 1e-7
    centered: bool = False


class Adam(Optimizer):
    """Moving averages of the gradient and of its square (arXiv:1412.6980)."""

    learning_rate: Positive = 0.001
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Positive = 1e-7
    amsgrad: bool = False


class AdamW(Adam):
    """Adam with decoupled weight decay (arXiv:1711.05101)."""

    weight_decay: NonNegative = 0.004
