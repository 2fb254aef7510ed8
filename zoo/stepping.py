"""Steps that learn another way than by the losses of the outputs alone: one entry for each name under `train.step`."""

from collections.abc import Callable
from typing import Any

from specs.document import Document
from specs.errors import UserError
from specs.graph import Graph
from specs.sections import Train
from zoo.adversarial import AdversarialModel, adversarial
from zoo.backend import keras
from zoo.data.loading import training_of
from zoo.tasks import without_tasks
from zoo.teaching import graduated, studying

STEPS: dict[str, Callable[[keras.Model, Graph, Any], keras.Model]] = {"adversarial": adversarial}
"""Model, its graph and the arguments of the step → the model that learns so."""


def stepping(model: keras.Model, graph: Graph, train: Train) -> keras.Model:
    """The model that learns as `train.step` says; the same where it says nothing."""
    return studying(model, train) if train.step is None else STEPS[train.step.kind](model, graph, train.step.args)


def learners_of(model: keras.Model) -> tuple[tuple[Any, list[Any]], ...]:
    """Each optimizer of a compiled model with the variables that it changes."""
    if isinstance(model, AdversarialModel):
        return model.learners()
    return ((model.optimizer, model.trainable_variables),)


def kept(model: keras.Model) -> keras.Model:
    """The same layers in a model that knows of no step, no weights of losses and no teacher: what a run keeps."""
    if isinstance(model, AdversarialModel):
        return keras.Model(model.input, model.output, name=model.name)
    return graduated(without_tasks(model))


def check_usual(document: Document, what: str) -> None:
    """Raises `UserError` where the training has a step of another kind, of which `what` knows nothing."""
    step = training_of(document).step
    if step is not None:
        raise UserError(f"{document.name}: learns by an {step.kind} step, of which {what} knows nothing")
