"""Other ways for a training step to learn than by the losses of the outputs alone, each by its name."""

from typing import Annotated

from pydantic import Field

from specs.ops.base import Frozen
from specs.sections.base import OneOf
from specs.sections.optimizing import OptimizerChoice


class Adversarial(Frozen):
    """A generator learns to make what a discriminator takes for real (arXiv:1406.2661).

    The first output is what is made. The second, auxiliary, is the verdict on it: near 1 for real. What computes the
    verdict from what is made is the discriminator; exports leave it out.
    """

    condition: Annotated[str, Field(min_length=1)] | None = None
    """The input that takes the class, as a vector with 1 at its number, where both parts are told of what class an
    example is (arXiv:1411.1784); null where they are not."""
    discriminator_optimizer: OptimizerChoice | None = None
    """That of the discriminator, where it is not as the generator's, which is `train.optimizer`; null for another of
    the same."""
    label_smoothing: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    """By so much the discriminator's label of real examples is below 1; that of made ones stays 0 (arXiv:1606.03498,
    section 3.4)."""


class StepChoice(OneOf):
    """How a training step learns."""

    adversarial: Adversarial | None = None
