"""Fits a document's model to data."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.graph import Graph
from specs.sections import Train
from specs.sections.train import EarlyStopping
from zoo.backend import keras
from zoo.building import build
from zoo.checkpoint import Keeper, read
from zoo.compiling import compile_model, keras_name, plain_names
from zoo.data.dataset import Array, Part
from zoo.data.loading import training_of
from zoo.data.python import Data, as_dataset
from zoo.epochs import Diverged as Diverged
from zoo.epochs import Logs, OnBatch, OnEpoch, Watch
from zoo.feeding import Feed, Form
from zoo.weights import Carried, freeze, start_from


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
    data: Data,
    *,
    epochs: int | None = None,
    weights: Path | None = None,
    initial_epoch: int = 0,
    seed: int | None = None,
    checkpoint: Path | None = None,
    on_epoch: OnEpoch | None = None,
    on_batch: OnBatch | None = None,
    on_stop: Callable[[Fit], None] | None = None,
) -> Fit:
    """Build, compile and train the document's model; equal seeds give equal histories on a CPU.

    `data` is what `zoo.load_data` gives, or what `zoo.as_dataset` takes.
    `epochs` is the number of the last epoch (the document's where None) and `initial_epoch` the number of epochs
    done before, as in Keras. `weights` is a .weights.h5 file to start from. `checkpoint` is a file in which all that
    a training needs to go on is kept after each epoch, and from which it does go on where it is there: to the same
    history as without the interruption. `on_epoch(epoch, logs)` is called after each epoch, counted from 0,
    `on_batch(step, steps, epochs, loss)` after each step; what they raise ends the training. `on_stop` is given what
    there is where training ends early, by Ctrl-C or any error, after at least one epoch: the weights are those of the
    last epoch that came to its end, with early stopping those of the best.

    Raises `Diverged` as soon as a loss is NaN or infinite.
    """
    train, graph, dataset = training_of(document), specs.lower(document), as_dataset(data, document)
    last = train.epochs if epochs is None else epochs
    if last <= initial_epoch:
        raise ValueError(f"epochs must be above initial_epoch (got {last} and {initial_epoch})")
    kept = None if checkpoint is None else read(checkpoint)
    seed = train.seed if seed is None else seed
    keras.utils.set_random_seed(seed)
    model, started = _prepared(document, graph, weights)
    history = () if kept is None else kept.history
    watch = Watch(graph, model, on_epoch, on_batch, history=history, keeps=on_stop is not None)
    stopping = _early_stopping(train.early_stopping, graph)
    callbacks = [stopping] if stopping else []

    def so_far() -> Fit:
        best = stopping.best_epoch if stopping else initial_epoch + _lowest(watch.history)
        return Fit(model, tuple(watch.history), best, started)

    if kept is not None and kept.finished:
        kept.restore(model, callbacks)
        return so_far()
    first = initial_epoch if kept is None else kept.epochs
    keeper = [] if checkpoint is None else [Keeper(checkpoint, kept, callbacks, watch.history, last).callback()]
    feed = Feed(dataset.train, form_of(graph, train), train.batch_size, seed=seed, epoch=first)
    validation = in_order(dataset.validation, graph, train)
    try:
        model.fit(
            feed,
            steps_per_epoch=feed.steps,
            shuffle=False,
            validation_data=validation,
            validation_steps=validation.steps,
            epochs=last,
            initial_epoch=first,
            callbacks=[*callbacks, watch.callback(), *keeper],
            verbose=0,
        )
    except BaseException:
        if on_stop is not None and watch.weights:
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
    feed = in_order(part, graph, training_of(document))
    logs = model.evaluate(feed, steps=feed.steps, verbose=0, return_dict=True)
    return plain_names(logs, graph)


def in_order(part: Part, graph: Graph, train: Train) -> Feed:
    """The batches of a part as they are, for measuring."""
    return Feed(part, form_of(graph, train), train.batch_size)


def form_of(graph: Graph, train: Train) -> Form:
    """The form in which the model's losses take what the data says."""
    return Form(graph, dict.fromkeys(graph.outputs, _as_it_is))


def _as_it_is(labels: Array) -> Array:
    return labels


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
