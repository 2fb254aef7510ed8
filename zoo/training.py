"""Fits a document's model to data."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.errors import RunError
from specs.graph import Graph
from specs.sections import Train
from specs.sections.train import EarlyStopping
from zoo.augmenting import augmenter_of
from zoo.backend import keras
from zoo.building import build
from zoo.compiling import compile_model, keras_name, plain_names
from zoo.data import Dataset
from zoo.data.dataset import Array, Part
from zoo.data.loading import training_of
from zoo.feeding import Feed, Form
from zoo.weights import Carried, freeze, start_from

Logs = dict[str, float]
OnEpoch = Callable[[int, Logs], None]


class Diverged(RunError):  # noqa: N818  # says what happened, as StopIteration does
    """The loss became NaN or infinite. `epoch` counts from 0."""

    def __init__(self, name: str, epoch: int, what: str, value: float) -> None:
        super().__init__(
            f"{name}: training diverged in epoch {epoch + 1}: {what} is {value}; try a lower learning_rate"
        )
        self.epoch = epoch


@dataclass(frozen=True, slots=True)
class Fit:
    """A trained model and how it came to be.

    `history` has a mapping for each epoch that was run: loss, accuracy, val_loss, val_accuracy, and more where the
    model has several outputs. `best_epoch` counts from 0: the epoch with the best monitored value (val_loss without
    early stopping). With early stopping the model has that epoch's weights, otherwise those of the last.
    """

    model: keras.Model
    history: tuple[Logs, ...]
    best_epoch: int
    started: Carried | None = None
    """What came of the weights that the spec starts from, where it names some."""


def fit(
    document: Document,
    dataset: Dataset,
    *,
    epochs: int | None = None,
    weights: Path | None = None,
    initial_epoch: int = 0,
    seed: int | None = None,
    on_epoch: OnEpoch | None = None,
    on_stop: Callable[[Fit], None] | None = None,
) -> Fit:
    """Build, compile and train the document's model; equal seeds give equal histories on a CPU.

    `epochs` is the number of the last epoch (the document's where None) and `initial_epoch` the number of epochs
    done before, as in Keras. `weights` is a .weights.h5 file to start from. `on_epoch(epoch, logs)` is called after
    each epoch, counted from 0; what it raises ends the training. `on_stop` is given what there is where training ends
    early, by Ctrl-C or any error, after at least one epoch: the weights are those of the last epoch that came to its
    end, with early stopping those of the best.

    Raises `Diverged` as soon as a loss is NaN or infinite.
    """
    train, graph = training_of(document), specs.lower(document)
    last = train.epochs if epochs is None else epochs
    if last <= initial_epoch:
        raise ValueError(f"epochs must be above initial_epoch (got {last} and {initial_epoch})")
    start_seed = train.seed if seed is None else seed
    keras.utils.set_random_seed(start_seed)
    model, started = _prepared(document, graph, weights)
    form = replace(form_of(graph, train), augment=augmenter_of(graph, train))
    feed = Feed(dataset.train, form, lambda epoch: train.batch_size, seed=start_seed, epoch=initial_epoch)
    watch = _Watch(graph, on_epoch, model if on_stop else None)
    stopping = _early_stopping(train.early_stopping, graph)

    def so_far() -> Fit:
        best = stopping.best_epoch if stopping else initial_epoch + _lowest(watch.history)
        return Fit(model, tuple(watch.history), best, started)

    try:
        model.fit(
            feed,
            validation_data=in_order(dataset.validation, graph, train),
            epochs=last,
            initial_epoch=initial_epoch,
            callbacks=[stopping, *watch.callbacks()] if stopping else watch.callbacks(),
            verbose=0,
        )
    except BaseException:
        if on_stop is not None and watch.history:
            model.set_weights(stopping.best_weights if stopping else watch.weights)
            on_stop(so_far())
        raise
    return so_far()


def _prepared(document: Document, graph: Graph, weights: Path | None) -> tuple[keras.Model, Carried | None]:
    """The compiled model with the weights that it starts from, and what came of those that the spec names."""
    train, model = training_of(document), build(graph)
    started = None
    if weights is not None:
        model.load_weights(str(weights))
    else:
        started = start_from(model, document)
    if train.freeze_until is not None:
        freeze(model, graph, train.freeze_until)
    compile_model(model, graph, train)
    return model, started


def evaluate(document: Document, model: keras.Model, part: Part) -> Logs:
    """Loss and accuracy of a model that `fit` compiled."""
    graph = specs.lower(document)
    logs = model.evaluate(in_order(part, graph, training_of(document)), verbose=0, return_dict=True)
    return plain_names(logs, graph)


def in_order(part: Part, graph: Graph, train: Train) -> Feed:
    """The batches of a part as they are, for measuring."""
    return Feed(part, form_of(graph, train), lambda epoch: train.batch_size)


def form_of(graph: Graph, train: Train) -> Form:
    """The form in which the model's losses take what the data says."""
    return Form(graph, dict.fromkeys(graph.outputs, _as_it_is))


def _as_it_is(labels: Array) -> Array:
    return labels


class _Watch:
    """Keeps the history, ends a training that diverges, and reports each epoch.

    Of a `model` it keeps the weights at the end of the last epoch: an epoch that is cut off has changed them since.
    """

    def __init__(self, graph: Graph, on_epoch: OnEpoch | None, model: keras.Model | None) -> None:
        self.graph = graph
        self.on_epoch = on_epoch
        self.model = model
        self.weights: list[Any] = []
        self.epoch = 0
        self.history: list[Logs] = []

    def callbacks(self) -> list[Any]:
        begin, batch, end = self._begin, self._batch, self._end
        return [keras.callbacks.LambdaCallback(on_epoch_begin=begin, on_train_batch_end=batch, on_epoch_end=end)]

    def _begin(self, epoch: int, logs: Mapping[str, Any]) -> None:
        self.epoch = epoch

    def _batch(self, batch: int, logs: Mapping[str, Any]) -> None:
        self._refuse_non_finite("loss", float(logs["loss"]))

    def _end(self, epoch: int, logs: Mapping[str, Any]) -> None:
        plain = plain_names(logs, self.graph)
        self._refuse_non_finite("val_loss", plain["val_loss"])
        if self.model is not None:
            self.weights = self.model.get_weights()
        self.history.append(plain)
        if self.on_epoch is not None:
            self.on_epoch(epoch, plain)

    def _refuse_non_finite(self, what: str, value: float) -> None:
        if not math.isfinite(value):
            raise Diverged(self.graph.name, self.epoch, what, value)


def _early_stopping(wanted: EarlyStopping | None, graph: Graph) -> Any:
    if wanted is None:
        return None
    return keras.callbacks.EarlyStopping(
        monitor=keras_name(wanted.monitor, graph),
        mode="max" if wanted.monitor.endswith("accuracy") else "min",
        patience=wanted.patience,
        min_delta=wanted.min_delta,
        restore_best_weights=True,
    )


def _lowest(history: list[Logs]) -> int:
    return min(range(len(history)), key=lambda epoch: history[epoch]["val_loss"])
