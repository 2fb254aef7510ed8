"""Losses of several outputs that are weighed by what their tasks leave uncertain: variables trained with the model.

Kendall, Gal and Cipolla (arXiv:1705.07115, section 3): a loss of classes weighs 1/σ², one of numbers 1/(2σ²), and
log σ is added, so that no weight becomes 0. What is learnt is s = log σ², from 0, as the paper advises. It belongs to
training alone: a run keeps the model without.
"""

from collections.abc import Mapping
from typing import Any

from specs.graph import Graph
from specs.recipe import labels_of, loss_of
from specs.sections import Train
from zoo.backend import keras
from zoo.building import one_or_all


class TaskModel(keras.Model):  # type: ignore[misc]  # Keras has no types
    """A model with a log variance for each of its outputs, which loss functions read."""

    log_variances: dict[str, Any]


class Uncertain(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """A loss weighed by a log variance that is learnt: scale · exp(-s) · loss + s / 2."""

    def __init__(self, loss: Any, log_variance: Any, scale: float) -> None:
        super().__init__(name=loss.name)
        self.loss = loss
        self.log_variance = log_variance
        self.scale = scale

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The weighed loss of a batch."""
        s = keras.ops.convert_to_tensor(self.log_variance)
        return self.scale * keras.ops.exp(-s) * self.loss(y_true, y_pred, sample_weight) + s / 2


def weighing_tasks(model: keras.Model, graph: Graph, train: Train) -> keras.Model:
    """The model with variables for the weights of its losses, where they are learnt; otherwise the same."""
    if train.task_weights == "fixed":
        return model
    outputs = {name: model.get_layer(output.node).output for name, output in graph.outputs.items()}
    found = TaskModel(model.input, one_or_all(outputs), name=model.name)
    found.log_variances = {
        name: found.add_weight(shape=(), initializer="zeros", name=f"log_variance_{name}") for name in outputs
    }
    return found


def weighed(model: keras.Model, losses: dict[str, Any], graph: Graph, train: Train) -> dict[str, Any]:
    """The losses by output, each with its learnt weight where the model has some."""
    if not isinstance(model, TaskModel):
        return losses
    shapes = graph.output_shapes()
    forms = {name: labels_of(loss_of(train, graph.outputs[name]), shapes[name]) for name in losses}
    scales = {name: 0.5 if form == "numbers" else 1.0 for name, form in forms.items()}
    return {name: Uncertain(loss, model.log_variances[name], scales[name]) for name, loss in losses.items()}


def told_weights(model: keras.Model) -> Mapping[str, float]:
    """What a training reports of its learnt weights: the log variance of each output; nothing of other models."""
    if not isinstance(model, TaskModel):
        return {}
    found = model.log_variances.items()
    return {f"log_variance_{name}": float(keras.ops.convert_to_numpy(each)) for name, each in found}


def without_tasks(model: keras.Model) -> keras.Model:
    """The same layers in a model that knows of no weights of losses."""
    return keras.Model(model.input, model.output, name=model.name) if isinstance(model, TaskModel) else model
