"""From losses and metrics of the language to those of Keras: by table, for each output."""

import functools
from collections.abc import Callable
from typing import Any

from specs.graph import Output, Shape
from specs.recipe import learnt_as, loss_of, suits
from specs.sections import OneOf, Train
from specs.sections.judging import METRICS, Labels, LossChoice, from_logits
from zoo.backend import keras
from zoo.detecting.box_regression import BoxRegression
from zoo.detecting.loss import YoloV1
from zoo.more_losses import MORE, nearest_accuracy, pair_accuracy

OWN_LOSSES: dict[str, type] = {"BoxRegression": BoxRegression, "YoloV1": YoloV1, **MORE}
"""Losses that Keras does not have."""
LOSSES: dict[str, type] = {
    name: OWN_LOSSES.get(name) or getattr(keras.losses, name) for name in LossChoice.model_fields
}
"""The class of every name under `train.loss`, Keras' own or ours."""
Maker = Callable[..., Any]


def keras_loss(choice: LossChoice) -> Any:
    """The Keras loss with its arguments."""
    return LOSSES[choice.kind](**choice.args.model_dump())


def keras_metrics(train: Train, output: Output, shape: Shape) -> list[Any]:
    """The Keras metrics of an output of that shape: accuracy or mean absolute error, and those of `train.metrics`."""
    loss = loss_of(train, output)
    labels = learnt_as(train, output, shape)
    added = [_made(each, labels, shape) for each in train.metrics if suits(each, train, output, shape)]
    return [*_always(loss, labels), *added]


def _always(loss: LossChoice, labels: Labels) -> list[Any]:
    # Never the string "accuracy": Keras would guess what it means from the output's shape.
    metrics = keras.metrics
    if labels == "integers":
        return [SeenAccuracy(getattr(loss.args, "ignore_class", None), name="accuracy")]
    if labels == "one_hot":
        return [metrics.CategoricalAccuracy(name="accuracy")]
    if labels == "binary":
        return [metrics.BinaryAccuracy(name="accuracy", threshold=0.0 if from_logits(loss) else 0.5)]
    if labels == "identities":
        return [metrics.MeanMetricWrapper(nearest_accuracy, name="nearest_accuracy")]
    if labels == "pairs":
        threshold = loss.args.margin / 2  # type: ignore[attr-defined]  # the arguments of Contrastive have it
        return [metrics.MeanMetricWrapper(pair_accuracy, name="accuracy", threshold=threshold)]
    return [metrics.MeanAbsoluteError(name="mae")] if labels == "numbers" else []


@keras.saving.register_keras_serializable("speczoo")
class SeenAccuracy(keras.metrics.SparseCategoricalAccuracy):  # type: ignore[misc]  # Keras has no types
    """How often the likeliest class is the label, among labels that are not the one that the loss ignores."""

    def __init__(self, ignore_class: int | None = None, name: str = "accuracy", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.ignore_class = ignore_class

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch: labels (…), outputs (…, classes)."""
        if self.ignore_class is not None:
            seen = keras.ops.cast(keras.ops.not_equal(y_true, self.ignore_class), self.dtype)
            sample_weight = seen if sample_weight is None else seen * sample_weight
        super().update_state(y_true, y_pred, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments, as they are saved."""
        return {**super().get_config(), "ignore_class": self.ignore_class}


def _made(choice: OneOf, labels: Labels, shape: Shape) -> Any:
    """A metric of `train.metrics` under the name that it is reported by."""
    maker: Maker = FORMS.get((choice.kind, labels)) or getattr(keras.metrics, choice.kind)
    arguments = choice.args.model_dump()
    if choice.kind in ("AUC", "MeanIoU"):
        maker = functools.partial(maker, shape[-1])
    return maker(**arguments, name=METRICS[choice.kind][0])


def _auc(units: int, multi_label: bool, **arguments: Any) -> Any:
    return keras.metrics.AUC(multi_label=multi_label, num_labels=units if multi_label else None, **arguments)


def _mean_iou(units: int, *, sparse: bool, **arguments: Any) -> Any:
    return keras.metrics.MeanIoU(units, sparse_y_true=sparse, sparse_y_pred=False, **arguments)


def _binary_iou(units: int, *, ignore_class: None, name: str) -> Any:
    return keras.metrics.BinaryIoU(name=name)


FORMS: dict[tuple[str, Labels], Maker] = {
    ("TopKCategoricalAccuracy", "integers"): keras.metrics.SparseTopKCategoricalAccuracy,
    ("AUC", "one_hot"): _auc,
    ("AUC", "binary"): _auc,
    ("MeanIoU", "integers"): functools.partial(_mean_iou, sparse=True),
    ("MeanIoU", "one_hot"): functools.partial(_mean_iou, sparse=False),
    ("MeanIoU", "binary"): _binary_iou,
}
"""Metrics of which Keras has another class, or other arguments, for each form of labels."""
