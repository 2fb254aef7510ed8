"""`train:`, how a model is trained."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from specs.ops.arguments import Lazily
from specs.ops.base import Frozen, NonNegative, PositiveInt, Size
from specs.sections import data as datasets
from specs.sections import losses, optimizers
from specs.sections.base import OneOf


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


class EarlyStopping(Frozen):
    """Training ends when the monitored value has not improved, and the best weights come back."""

    monitor: Literal["val_loss", "val_accuracy"] = "val_loss"
    patience: PositiveInt = 5
    """Epochs without improvement before training ends."""
    min_delta: NonNegative = 0.0
    """Smallest change that counts as an improvement."""


@dataclass(frozen=True, slots=True)
class Augmentations(Lazily):
    """A list of augmentations; their models are imported only where a spec has some."""

    model: str = "AugmentStep"

    @property
    def choice(self) -> type[Frozen]:
        """The model of one of them."""
        from specs.sections.augment import AugmentStep

        return AugmentStep

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "array", "items": {"format": "augmentation"}, "default": []}

    def read(self, value: Any) -> Any:
        """The steps of the list."""
        from specs.sections.augment import read

        return read(value)


class Train(Frozen):
    """Data, optimizer and length of training."""

    data: DataChoice = Field(default_factory=lambda: DataChoice(digits=datasets.Digits()))
    optimizer: OptimizerChoice = Field(default_factory=lambda: OptimizerChoice(Adam=optimizers.Adam()))
    loss: LossChoice = Field(
        default_factory=lambda: LossChoice(SparseCategoricalCrossentropy=losses.SparseCategoricalCrossentropy())
    )
    augment: Annotated[tuple[Any, ...], Augmentations()] = ()
    """Changes of the training images, drawn anew in each epoch; neither validation nor an export sees them."""
    batch_size: PositiveInt = 32
    """Examples in one step."""
    epochs: PositiveInt = 20
    """Passes over the training examples, at most."""
    early_stopping: EarlyStopping | None = None
    freeze_until: Annotated[str, Field(min_length=1)] | None = None
    """Name of a step: it and all that it depends on keep their weights in training."""
    seed: Size = 0
    """Fixes initial weights, dropout and the order of examples."""
