"""`train:`, how a model is trained."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    GetJsonSchemaHandler,
    PlainValidator,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import CoreSchema

from specs.ops.arguments import Lazily
from specs.ops.base import Frozen, NonNegative, PositiveInt, Size, refuse
from specs.sections import boxes, keras_datasets, masks, optimizers, series, tables, texts
from specs.sections import data as datasets
from specs.sections.base import OneOf
from specs.sections.characters import Characters
from specs.sections.distribution import Distribution
from specs.sections.judging import LossChoice, MetricChoice
from specs.sections.losses import SparseCategoricalCrossentropy
from specs.sections.mix import Mix
from specs.sections.optimizing import OptimizerChoice as OptimizerChoice
from specs.sections.pairs import Pairs
from specs.sections.pretrain import Pretrain
from specs.sections.rates import ScheduleChoice
from specs.sections.regions import Regions
from specs.sections.reported import Validated
from specs.sections.stepping import StepChoice
from specs.sections.teacher import Teacher
from specs.sections.unfreeze import Unfreeze


class DataChoice(OneOf):
    """Where the examples come from."""

    digits: datasets.Digits | None = None
    npz: datasets.Npz | None = None
    image_folder: datasets.ImageFolder | None = None
    image_masks: masks.ImageMasks | None = None
    digit_masks: masks.DigitMasks | None = None
    csv: tables.Csv | None = None
    parquet: tables.Parquet | None = None
    text_folder: texts.TextFolder | None = None
    time_series: series.TimeSeries | None = None
    characters: Characters | None = None
    coco: boxes.Coco | None = None
    pascal_voc: boxes.PascalVoc | None = None
    yolo_text: boxes.YoloText | None = None
    digit_canvas: boxes.DigitCanvas | None = None
    regions: Regions | None = None
    mix: Mix | None = None
    pairs: Pairs | None = None
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

    monitor: Validated = "val_loss"
    patience: PositiveInt = 5
    """Epochs without improvement before training ends."""
    min_delta: NonNegative = 0.0
    """Smallest change that counts as an improvement."""


class ReduceOnPlateau(Frozen):
    """The learning rate is multiplied by a factor whenever the monitored value has not improved."""

    monitor: Validated = "val_loss"
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Factor on the learning rate, below 1."""
    patience: PositiveInt = 10
    """Epochs without improvement before the rate is reduced."""
    min_delta: NonNegative = 0.0001
    """Smallest change that counts as an improvement."""
    cooldown: Size = 0
    """Epochs after each reduction in which none is counted."""
    min_learning_rate: NonNegative = 0.0
    """The rate is never reduced below it."""


class BatchGrowth(Frozen):
    """Larger batches as training goes on, in the place of smaller learning rates (arXiv:1711.00489)."""

    factor: Annotated[float, Field(gt=1)] = 2.0
    """Factor on the batch size, above 1."""
    every_epochs: PositiveInt
    """Epochs between one growth and the next."""
    max_batch_size: PositiveInt
    """The batch grows no further."""


def _jit(value: Any) -> Any:
    if value is True or value is False or value == "auto":
        return value
    raise refuse("must be true, false or auto")


def _weights(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    if value is None or value == "balanced":
        return value
    if not isinstance(value, dict) or not value:
        raise refuse("must be balanced, or a mapping of classes to weights")
    return handler(value)


ClassWeight = Annotated[
    dict[str, NonNegative],
    WrapValidator(_weights, json_schema_input_type=Literal["balanced"] | dict[str, NonNegative] | None),
]
JitCompile = Annotated[bool | Literal["auto"], PlainValidator(_jit, json_schema_input_type=bool | Literal["auto"])]


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
        default_factory=lambda: LossChoice(SparseCategoricalCrossentropy=SparseCategoricalCrossentropy())
    )
    step: StepChoice | None = None
    """How a step learns, where not by the losses of the outputs alone: the name of another way; null for that."""
    task_weights: Literal["fixed", "uncertainty"] = "fixed"
    """Weights of the losses of several outputs. fixed: the `loss_weight` of each; uncertainty: learnt with the model,
    each by the noise of its task (arXiv:1705.07115)."""
    metrics: tuple[MetricChoice, ...] = ()
    """What is reported beside the loss and the accuracy, or the mean absolute error where the labels are numbers."""
    class_weight: ClassWeight | None = None
    """Weights of classes in the loss by their name or number, 1 where not given; balanced: one over their frequency."""
    augment: Annotated[tuple[Any, ...], Augmentations()] = ()
    """Changes of the training images, drawn anew in each epoch; neither validation nor an export sees them."""
    batch_size: PositiveInt = 32
    """Examples in one step, on all devices together unless `distribution` says otherwise."""
    batch_growth: BatchGrowth | None = None
    """Larger batches as training goes on; null for batches of one size."""
    epochs: PositiveInt = 20
    """Passes over the training examples, at most."""
    early_stopping: EarlyStopping | None = None
    reduce_on_plateau: ReduceOnPlateau | None = None
    """Reduce the learning rate when the monitored value stops improving; null to leave it."""
    pretrain: Pretrain | None = None
    """Layers that first learn without labels, one after the other; null for none."""
    freeze_until: Annotated[str, Field(min_length=1)] | None = None
    """Name of a step: it and all that it depends on keep their weights in training."""
    unfreeze: tuple[Unfreeze, ...] = ()
    """Stages in which what is frozen begins to learn, each with an optimizer of its own."""
    teacher: Teacher | None = None
    """A finished run whose softened answers are learnt beside the labels; null for none."""
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    """What layers compute in; weights and outputs are float32 in any case, and so are exports."""
    jit_compile: JitCompile = "auto"
    """Compile the step with XLA; auto: on accelerators, where it pays."""
    steps_per_execution: PositiveInt = 1
    """Steps taken at once, where steps are so short that the time between them counts."""
    distribution: Distribution | None = None
    """Spread each batch over several devices or machines; null for one device."""
    seed: Size = 0
    """Fixes initial weights, dropout and the order of examples."""
    deterministic: bool = False
    """Take only operations that give the same result each time; slower on GPUs, where others are the default."""

    @property
    def schedule(self) -> ScheduleChoice | None:
        """The schedule of the learning rate; None where it is a number."""
        args: optimizers.Optimizer = self.optimizer.args  # type: ignore[assignment]
        return args.learning_rate if isinstance(args.learning_rate, ScheduleChoice) else None

    @model_validator(mode="after")
    def _one_way_to_smaller_steps(self) -> Self:
        for name in ("reduce_on_plateau", "batch_growth"):
            if getattr(self, name) is not None and self.schedule is not None:
                raise ValueError(f"{name} and a schedule of the learning rate exclude each other")
        growth = self.batch_growth
        if growth is not None and growth.max_batch_size < self.batch_size:
            sizes = f"(got {growth.max_batch_size} and {self.batch_size})"
            raise ValueError(f"batch_growth.max_batch_size must be at least batch_size {sizes}")
        return self
