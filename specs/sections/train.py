"""`train:`, how a model is trained."""

from typing import Annotated, Literal

from pydantic import Field

from specs.ops.base import Frozen, NonNegative, PositiveInt, Size
from specs.sections import data as datasets
from specs.sections import keras_datasets, losses, optimizers, series, texts
from specs.sections.base import OneOf
from specs.sections.mix import Mix


class OptimizerChoice(OneOf):
    """The optimizer, by Keras' class name."""

    SGD: optimizers.SGD | None = None
    RMSprop: optimizers.RMSprop | None = None
    Adam: optimizers.Adam | None = None
    AdamW: optimizers.AdamW | None = None


class LossChoice(OneOf):
    """The loss, by Keras' class name."""

    SparseCategoricalCrossentropy: losses.SparseCategoricalCrossentropy | None = None


class DataChoice(OneOf):
    """Where the examples come from."""

    digits: datasets.Digits | None = None
    npz: datasets.Npz | None = None
    image_folder: datasets.ImageFolder | None = None
    text_folder: texts.TextFolder | None = None
    time_series: series.TimeSeries | None = None
    mix: Mix | None = None
    mnist: keras_datasets.Mnist | None = None
    fashion_mnist: keras_datasets.FashionMnist | None = None
    cifar10: keras_datasets.Cifar10 | None = None
    cifar100: keras_datasets.Cifar100 | None = None
    imdb: keras_datasets.Imdb | None = None
    reuters: keras_datasets.Reuters | None = None
    california_housing: keras_datasets.CaliforniaHousing | None = None
    boston_housing: keras_datasets.BostonHousing | None = None


class EarlyStopping(Frozen):
    """Training ends when the monitored value has not improved, and the best weights come back."""

    monitor: Literal["val_loss", "val_accuracy"] = "val_loss"
    patience: PositiveInt = 5
    """Epochs without improvement before training ends."""
    min_delta: NonNegative = 0.0
    """Smallest change that counts as an improvement."""


class Train(Frozen):
    """Data, optimizer and length of training."""

    data: DataChoice = Field(default_factory=lambda: DataChoice(digits=datasets.Digits()))
    optimizer: OptimizerChoice = Field(default_factory=lambda: OptimizerChoice(Adam=optimizers.Adam()))
    loss: LossChoice = Field(
        default_factory=lambda: LossChoice(SparseCategoricalCrossentropy=losses.SparseCategoricalCrossentropy())
    )
    batch_size: PositiveInt = 32
    """Examples in one step."""
    epochs: PositiveInt = 20
    """Passes over the training examples, at most."""
    early_stopping: EarlyStopping | None = None
    freeze_until: Annotated[str, Field(min_length=1)] | None = None
    """Name of a step: it and all that it depends on keep their weights in training."""
    seed: Size = 0
    """Fixes initial weights, dropout and the order of examples."""
