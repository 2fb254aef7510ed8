"""Optimizers, with the names and defaults of keras.optimizers."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from specs.ops.base import Frozen, NonNegative, Positive, PositiveInt, Rate, Size, refuse
from specs.sections.rates import LearningRate

Decay = Annotated[float, Field(ge=0, lt=1)]
"""Fraction of a moving average kept at each step, in [0, 1)."""


def _keyword(word: str) -> str:
    # Keras searches names with it as a pattern, and of patterns there are some that take for ever.
    if not re.fullmatch(r"\w+", word, re.ASCII):
        raise refuse("must be part of a name: letters, digits and underscores")
    return word


Keyword = Annotated[str, AfterValidator(_keyword), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9_]+$"})]

CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")


class Optimizer(Frozen):
    """What all optimizers share."""

    learning_rate: LearningRate = 0.001
    """Length of a step along the gradient: a number, or a schedule such as {CosineDecay: {…}}."""
    weight_decay: NonNegative | None = None
    """Decoupled weight decay: the fraction of each weight, times the learning rate, taken off at each step."""
    clipnorm: Positive | None = None
    """Largest norm of each variable's gradient."""
    clipvalue: Positive | None = None
    """Largest value in a gradient, and with a minus the smallest."""
    global_clipnorm: Positive | None = None
    """Largest norm of all gradients together."""
    use_ema: bool = False
    """Keep a moving average of the weights: it is what is validated, and what training gives."""
    ema_momentum: Rate = 0.99
    """Fraction of the weights' moving average kept at each step."""
    ema_overwrite_frequency: PositiveInt | None = None
    """Steps after which training goes on from the moving average, again and again; null for never."""
    gradient_accumulation_steps: Annotated[int, Field(ge=2)] | None = None
    """Batches whose gradients are averaged for one step, where memory holds no larger batch; null for one."""

    @model_validator(mode="after")
    def _one_clipping(self) -> Self:
        given = [name for name in CLIPPING if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{given[0]} and {given[1]} exclude each other")
        return self

    @model_validator(mode="after")
    def _ema_is_used(self) -> Self:
        idle = sorted({"ema_momentum", "ema_overwrite_frequency"} & self.model_fields_set)
        if idle and not self.use_ema:
            raise ValueError(f"{idle[0]} needs use_ema: true")
        return self


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum where asked for."""

    learning_rate: LearningRate = 0.01
    momentum: Rate = 0.0
    nesterov: bool = False


class RMSprop(Optimizer):
    """Gradients divided by a moving average of their size."""

    rho: Decay = 0.9
    momentum: Rate = 0.0
    epsilon: Positive = 1e-7
    centered: bool = False


class Moments(Optimizer):
    """What optimizers with averages of the gradient and of its square share."""

    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Positive = 1e-7


class Adam(Moments):
    """Moving averages of the gradient and of its square (arXiv:1412.6980)."""

    amsgrad: bool = False


class AdamW(Adam):
    """Adam with decoupled weight decay (arXiv:1711.05101)."""

    weight_decay: NonNegative = 0.004


class Adamax(Moments):
    """Adam with the largest size of the gradient instead of its square's average (arXiv:1412.6980, section 7)."""


class Nadam(Moments):
    """Adam with Nesterov's momentum (Dozat 2016, Incorporating Nesterov Momentum into Adam)."""


class Lamb(Moments):
    """Adam whose step is scaled to the norm of each layer's weights, for large batches (arXiv:1904.00962)."""


class Adagrad(Optimizer):
    """Gradients divided by the size of all before (Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods)."""

    initial_accumulator_value: NonNegative = 0.1
    """What the sum of squared gradients starts with."""
    epsilon: Positive = 1e-7


class Adadelta(Optimizer):
    """Steps in the ratio of the sizes of the last steps and of the gradients (arXiv:1212.5701)."""

    rho: Decay = 0.95
    epsilon: Positive = 1e-7


class Adafactor(Optimizer):
    """Squared gradients averaged by rows and columns only, for large models (arXiv:1804.04235)."""

    beta_2_decay: Annotated[float, Field(lt=0)] = -0.8
    """Power of the number of steps by which the average forgets."""
    epsilon_1: Positive = 1e-30
    """Added to the squared gradient."""
    epsilon_2: Positive = 0.001
    """Smallest size of a weight that a step is scaled to."""
    clip_threshold: Positive = 1.0
    """Largest root mean square of a step."""
    relative_step: bool = True
    """Hold the learning rate to one over the root of the number of steps."""


class Ftrl(Optimizer):
    """Follow the regularised leader, for shallow models of sparse inputs (McMahan et al. 2013, Ad Click Prediction)."""

    learning_rate_power: Annotated[float, Field(le=0)] = -0.5
    """Power by which the learning rate falls with the squared gradients."""
    initial_accumulator_value: NonNegative = 0.1
    """What the sum of squared gradients starts with."""
    l1_regularization_strength: NonNegative = 0.0
    """Penalty on the size of the weights."""
    l2_regularization_strength: NonNegative = 0.0
    """Penalty on the square of the weights."""
    l2_shrinkage_regularization_strength: NonNegative = 0.0
    """Penalty on the square of the weights that is added to the gradient."""
    beta: NonNegative = 0.0
    """Added to the root of the squared gradients."""


class Lion(Optimizer):
    """Steps along the sign of the averaged gradient (arXiv:2302.06675)."""

    beta_1: Annotated[float, Field(gt=0, le=1)] = 0.9
    beta_2: Decay = 0.99


class Muon(Optimizer):
    """Orthogonal steps for matrices, AdamW's for all other weights (arXiv:2502.16982)."""

    weight_decay: NonNegative | None = 0.004
    adam_beta_1: Decay = 0.9
    """Fraction of the gradient's moving average kept at each step, in AdamW's part."""
    adam_beta_2: Decay = 0.999
    """Fraction of the squared gradient's moving average kept at each step, in AdamW's part."""
    adam_weight_decay: NonNegative | None = 0.004
    """Decoupled weight decay in AdamW's part."""
    epsilon: Positive = 1e-7
    exclude_layers: tuple[Keyword, ...] | None = None
    """Parts of the names of layers whose matrices AdamW takes as well, such as the classifier's."""
    exclude_embeddings: bool = True
    """Leave the tables of embeddings to AdamW."""
    muon_a: float = 3.4445
    """First number of the polynomial that makes a step orthogonal."""
    muon_b: float = -4.775
    """Second number of the polynomial."""
    muon_c: float = 2.0315
    """Third number of the polynomial."""
    adam_lr_ratio: Positive = 1
    """Learning rate of AdamW's part over that of the orthogonal steps."""
    momentum: Rate = 0.95
    ns_steps: Annotated[int, Field(ge=1, le=100)] = 5
    """Times that the polynomial is applied."""
    nesterov: bool = True
    rms_rate: Positive | None = 0.2
    """Scale of a step, so that AdamW's learning rates fit; null for none."""


class ScheduleFreeAdamW(Moments):
    """AdamW with averaged weights in the place of a schedule (arXiv:2405.15682)."""

    learning_rate: LearningRate = 0.0025
    epsilon: Positive = 1e-8
    warmup_steps: Size = 0
    """Steps in which the learning rate rises from 0."""
