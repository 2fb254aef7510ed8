"""Distillation: a trained model whose softened answers are learnt beside the labels."""

from typing import Annotated

from pydantic import Field

from specs.ops.base import Frozen, Positive


class Teacher(Frozen):
    """A finished run that the model learns from: knowledge distillation (Hinton, Vinyals and Dean, arXiv:1503.02531).

    The loss is alpha times that of the labels and 1 - alpha times temperature² times the Kullback-Leibler divergence of
    the student's answers from the teacher's, both softened by the temperature (section 2). Validation and test are
    judged by the labels alone.
    """

    path: Annotated[str, Field(min_length=1)]
    """Directory of the finished run, relative to the spec."""
    temperature: Positive = 3.0
    """What logits are divided by before the softmax; the higher, the more the less likely classes count."""
    alpha: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Weight of the loss of the labels; the teacher has the rest."""
