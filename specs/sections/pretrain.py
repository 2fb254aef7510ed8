"""Greedy layer-wise pretraining: which steps learn to draw their inputs again before the whole is trained."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from specs.ops import core, noise
from specs.ops.base import Frozen, Positive, PositiveInt
from specs.sections.base import OneOf


class CorruptionChoice(OneOf):
    """What spoils the inputs of a layer that learns to draw them again, by Keras' class name."""

    Dropout: core.Dropout | None = None
    GaussianNoise: noise.GaussianNoise | None = None


class Pretrain(Frozen):
    """Layers learn one after the other to draw again what the layers before them compute (Bengio et al. 2007)."""

    layers: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
    """Names of the steps, Dense or convolutions; they learn in the order of the model."""
    epochs: PositiveInt = 20
    """Passes over the training examples for each layer, those without labels included."""
    learning_rate: Positive = 1e-3
    """That of Adam, by which they learn."""
    corruption: CorruptionChoice | None = None
    """What spoils the inputs, of which the clean ones are to be drawn (Vincent et al. 2010); null for nothing."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        twice = [name for index, name in enumerate(self.layers) if name in self.layers[:index]]
        if twice:
            raise ValueError(f"layers has {twice[0]!r} twice")
        return self
