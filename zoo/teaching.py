"""A student that learns from a teacher's softened answers beside the labels (`train.teacher`).

Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network (arXiv:1503.02531, section 2). The teacher
answers each batch within the step, as the batch is after augmentation, so that both see the same. It is no part of the
student: neither its checkpoint nor what is kept of it has the teacher's weights.
"""

from dataclasses import dataclass
from typing import Any

from specs.document import Document
from specs.dump import teacher_path
from specs.errors import DataError
from specs.graph import Graph
from specs.recipe import loss_of
from specs.sections import Train
from specs.teaching import check_teacher, logits_of
from zoo.backend import keras
from zoo.data.dataset import Dataset
from zoo.data.loading import training_of
from zoo.files import sha256_of
from zoo.progress import say
from zoo.run_directory import MODEL


@dataclass(slots=True, eq=False)
class Teaching:
    """A teacher, how much it counts, and what it says of the batch at hand; Keras does not look inside."""

    model: keras.Model
    gives_logits: bool
    temperature: float
    alpha: float
    answers: Any = None
    """Logits (batch, …, classes); None where only the labels count."""

    def answer(self, x: Any) -> None:
        """Takes the teacher's answers to a batch of inputs for what is to be learnt beside its labels."""
        found = self.model(x, training=False)
        self.answers = keras.ops.stop_gradient(as_logits(found, self.gives_logits))


class Student(keras.Model):  # type: ignore[misc]  # Keras has no types
    """A model that asks its teacher about every batch that it learns from."""

    teaching: Teaching

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The loss of a batch; in validation that of its labels."""
        if training:
            self.teaching.answer(x)
        try:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        finally:
            self.teaching.answers = None


class Softened(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """temperature² times the Kullback-Leibler divergence of the student's softened answers from the teacher's.

    Both are given as logits (batch, …, classes); the result is the mean over all but the classes.
    """

    def __init__(self, teaching: Teaching) -> None:
        super().__init__(name="softened")
        self.teaching = teaching

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The divergence for each example, (batch, …)."""
        ops, temperature = keras.ops, self.teaching.temperature
        told, learnt = (ops.log_softmax(each / temperature, axis=-1) for each in (y_true, y_pred))
        divergence = ops.sum(ops.exp(told) * (told - learnt), axis=-1)
        # The gradients of softened answers are smaller by the square.
        return temperature * temperature * divergence


class Distilled(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """alpha times a loss of the labels, and 1 - alpha times what is learnt from the teacher."""

    def __init__(self, loss: Any, teaching: Teaching, takes_logits: bool) -> None:
        super().__init__(name=loss.name)
        self.loss = loss
        self.teaching = teaching
        self.takes_logits = takes_logits
        self.softened = Softened(teaching)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss of a batch, a scalar."""
        hard, teaching = self.loss(y_true, y_pred, sample_weight), self.teaching
        if teaching.answers is None:
            return hard
        soft = self.softened(teaching.answers, as_logits(y_pred, self.takes_logits), sample_weight)
        return teaching.alpha * hard + (1 - teaching.alpha) * soft


def as_logits(answers: Any, are_logits: bool) -> Any:
    """Answers as logits: of a distribution its logarithms, which differ from them by a number for each example."""
    answers = keras.ops.cast(answers, "float32")
    return answers if are_logits else keras.ops.log(keras.ops.maximum(answers, keras.config.epsilon()))


def studying(model: keras.Model, train: Train) -> keras.Model:
    """The same layers in a model that can learn from a teacher, where there is one."""
    return model if train.teacher is None else Student(model.input, model.output, name=model.name)


def meet_teacher(model: keras.Model, document: Document, graph: Graph, dataset: Dataset) -> None:
    """Gives a student its teacher, read from its run; nothing for other models.

    Raises `SpecError` where the run does not fit, `DataError` where it tells other classes than the data has.
    """
    run, wanted = teacher_path(document), training_of(document).teacher
    if run is None or wanted is None:
        return
    from zoo.finished import read_run

    check_teacher(document, graph)
    teacher = read_run(run)
    ((name, output),) = teacher.graph.outputs.items()
    known, given = teacher.classes.get(name, ()), dataset.classes.get(next(iter(graph.outputs)), ())
    both = min(len(known), len(given))  # classes without names are counted as far as there are examples of them
    if known[:both] != given[:both]:
        raise DataError(f"{run}: the teacher tells {', '.join(known)}; the data has {', '.join(given)}")
    if teacher.fingerprint != dataset.fingerprint:
        say(f"{run}: the teacher learnt from other data or another split, and may have seen what is tested here")
    gives_logits = logits_of(loss_of(training_of(teacher.document), output))
    model.teaching = Teaching(teacher.model("teacher"), gives_logits, wanted.temperature, wanted.alpha)


def distilled(model: keras.Model, losses: dict[str, Any], graph: Graph, train: Train) -> dict[str, Any]:
    """The losses by output, that of a student with what it learns from its teacher."""
    if not isinstance(model, Student):
        return losses
    logits = {name: logits_of(loss_of(train, output)) for name, output in graph.outputs.items()}
    return {name: Distilled(loss, model.teaching, logits[name]) for name, loss in losses.items()}


def graduated(model: keras.Model) -> keras.Model:
    """The same layers in a model that knows of no teacher."""
    return keras.Model(model.input, model.output, name=model.name) if isinstance(model, Student) else model


def teacher_digest(document: Document) -> dict[str, str]:
    """What a run or a study says of its teacher: the SHA-256 of its model; nothing where there is none."""
    run = teacher_path(document)
    return {} if run is None else {"teacher": sha256_of(run / MODEL)}
