"""Fits a document's model to data."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import specs
from specs.adversarial import shown
from specs.document import Document
from specs.errors import DataError
from specs.graph import Graph
from specs.recipe import batch_size_of, class_weights, loss_of
from specs.replicas import spread
from specs.sections import Train
from specs.unfreezing import at_epoch
from zoo.adapting import adapted
from zoo.augmenting import augmenter_of
from zoo.backend import keras, set_random_seed
from zoo.building import build
from zoo.checkpoint import Keeper, read
from zoo.compiling import callbacks as recipe_callbacks
from zoo.compiling import compile_model, deterministically, early_stopping, plain_names, precision
from zoo.data.dataset import Array, Dataset, Part
from zoo.data.loading import training_of
from zoo.data.python import Data, as_dataset
from zoo.detecting.targeting import targets_of
from zoo.distributing import replicas_of, undistributed
from zoo.epochs import Diverged as Diverged
from zoo.epochs import Held, Logs, OnBatch, OnEpoch, Watch, lowest
from zoo.feeding import Feed, Form
from zoo.jax_cache import keep_compiled
from zoo.losses import labels_for_loss
from zoo.recompiling import CompiledModels, ready
from zoo.reconstructing import reconstructed_by
from zoo.replicas import ALONE, Replicas
from zoo.stages import begin_stage, steps_per_epoch, stretches, to_go_on_with
from zoo.stepping import stepping
from zoo.tasks import weighing_tasks
from zoo.teaching import meet_teacher
from zoo.weights import Started, freeze, start_from


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
    started: Started | None = None
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
    compiled: CompiledModels | None = None,
    on_epoch: OnEpoch | None = None,
    on_batch: OnBatch | None = None,
    on_stop: Callable[[Fit], None] | None = None,
) -> Fit:
    """Build, compile and train the document's model; equal seeds give equal histories on a CPU.

    `data` is what `zoo.load_data` gives, or what `zoo.as_dataset` takes. `epochs` is the number of the last epoch (the
    document's where None) and `initial_epoch` the number of epochs done before, as in Keras. `weights` is a
    .weights.h5 file to start from. `checkpoint` is a file in which all that a training needs to go on is kept after
    each epoch, and from which it does go on where it is there: to the same history as without. With `compiled` a model
    of before is trained again where it computes the same but for its numbers; the next training changes it.
    `on_epoch(epoch, logs)` is called after each epoch, from 0, `on_batch(step, steps, epochs, loss)` after each step;
    what they raise ends the training. `on_stop` is given what there is where training ends early, by Ctrl-C or any
    error, after at least one epoch, with the weights of the last whole epoch, or with early stopping of the best.

    Raises `Diverged` as soon as a loss is NaN or infinite.
    """
    replicas = replicas_of(training_of(document).distribution)
    train, dataset = spread(training_of(document), replicas.count), as_dataset(data, document)
    document = adapted(document, dataset.train, train.batch_size)
    graph = specs.lower(document)
    last = train.epochs if epochs is None else epochs
    if last <= initial_epoch:
        raise ValueError(f"epochs must be above initial_epoch (got {last} and {initial_epoch})")
    kept = None if checkpoint is None else to_go_on_with(read(checkpoint), train)
    seed, first = sown(train, seed, compiled), initial_epoch if kept is None else kept.epochs
    now = at_epoch(train, first)
    model, started = prepared(document, graph, now, weights, dataset, replicas, compiled, kept is not None)
    history = () if kept is None else kept.history
    watch = Watch(graph, model, on_epoch, on_batch, history=history, keeps=on_stop is not None)
    stopping = early_stopping(train.early_stopping, graph)
    callbacks = [*recipe_callbacks(train, graph), *([stopping] if stopping else [])]

    def so_far() -> Fit:
        best = stopping.best_epoch if stopping else initial_epoch + lowest(watch.history)
        return Fit(model, tuple(watch.history), best, started)

    if kept is not None and kept.finished:
        kept.restore(model, callbacks)
        return so_far()
    keeper = [] if checkpoint is None else [Keeper(checkpoint, kept, callbacks, watch.history, last).callback()]
    try:
        every = [watch.callback(), *keeper]
        _fit_in_stretches(model, graph, train, dataset, replicas, (first, last, seed), callbacks, every)
    except BaseException:
        if on_stop is not None and watch.weights:
            model.set_weights(stopping.best_weights if stopping else watch.weights)
            on_stop(so_far())
        raise
    return so_far()


def sown(train: Train, seed: int | None, compiled: CompiledModels | None) -> int:
    """The seed, after all that is drawn at random depends on it."""
    found = train.seed if seed is None else seed
    set_random_seed(found, traced=compiled is not None and bool(compiled.kept))
    if train.deterministic:
        deterministically()
    return found


def _fit_in_stretches(
    model: keras.Model,
    graph: Graph,
    train: Train,
    dataset: Dataset,
    replicas: Replicas,
    span: tuple[int, int, int],
    held: list[Any],
    callbacks: list[Any],
) -> None:
    """Keras' fit for each stretch of the training; `span`: first epoch, last, and seed."""
    (first, last, seed), form = span, training_form(graph, train, dataset)
    validation = in_order(dataset.validation, graph, train, replicas)
    for begin, end, batch_size in stretches(train, first, last, replicas.count):
        if begin != first:
            begin_stage(model, graph, train, dataset.train, begin)
        feed = Feed(dataset.train, form, batch_size, seed=seed, epoch=begin, replicas=replicas.count)
        with replicas.stepping():
            model.fit(
                replicas.feed(feed),
                steps_per_epoch=feed.steps,
                shuffle=False,
                validation_data=replicas.feed(validation),
                validation_steps=validation.steps,
                epochs=end,
                initial_epoch=begin,
                callbacks=[*(Held(each, begin == first, end == last) for each in held), *callbacks],
                verbose=0,
            )
        if model.stop_training:
            break


def prepared(
    document: Document,
    graph: Graph,
    train: Train,
    weights: Path | None,
    dataset: Dataset,
    replicas: Replicas = ALONE,
    compiled: CompiledModels | None = None,
    begun: bool = False,
) -> tuple[keras.Model, Started | None]:
    """The compiled model with the weights that it starts from, and what came of those that the spec names.

    A training that has `begun` before has weights of its own to go on with.
    """
    keep_compiled()
    started: Started | None = None
    with replicas.scope(), precision(train):
        model = stepping(weighing_tasks(build(graph), graph, train), graph, train)
    if replicas.workers > 1:
        model = undistributed(model, replicas)
    if weights is not None:
        model.load_weights(str(weights))
    else:
        started = start_from(model, document)
        if train.pretrain is not None and not begun:
            from zoo.pretraining import pretrain

            started = pretrain(model, graph, train, dataset)
    if train.freeze_until is not None:
        freeze(model, graph, train.freeze_until)
    meet_teacher(model, document, graph, dataset)
    feed = in_order(dataset.train, graph, train, replicas)
    with replicas.scope():
        compile_model(model, graph, train, steps_per_epoch(train, dataset.train, replicas.count))
        replicas.ready(model, feed)
    # What changes as it is trained is no model for the next training.
    shared = None if train.unfreeze or train.step else compiled
    return ready(model, graph, train, shared) if replicas is ALONE else model, started


def evaluate(document: Document, model: keras.Model, part: Part) -> Logs:
    """Loss and metrics of a model that `fit` compiled, and of a series the error of repeating the last value."""
    graph, train = specs.lower(document), training_of(document)
    replicas = replicas_of(train.distribution)
    feed = in_order(part, graph, train, replicas)
    with replicas.stepping():
        logs = model.evaluate(replicas.feed(feed), steps=feed.steps, verbose=0, return_dict=True)
    return {**plain_names(logs, graph), **part.baselines()}


def in_order(part: Part, graph: Graph, train: Train, replicas: Replicas = ALONE) -> Feed:
    """The batches of a part as they are, for measuring; of several the first divides over the replicas."""
    even = len(part) // replicas.count * replicas.count or len(part)
    return Feed(part, form_of(graph, train), min(batch_size_of(train, 0, replicas.count), even))


def form_of(graph: Graph, train: Train) -> Form:
    """The form in which the model's losses take what the data says."""
    graph = shown(graph, train)
    labels = {name: _labels(loss_of(train, output).kind, graph, name) for name, output in graph.outputs.items()}
    return Form(graph, labels, targets=targets_of(graph, train), reconstructed=reconstructed_by(graph))


def training_form(graph: Graph, train: Train, dataset: Dataset) -> Form:
    """As `form_of`, with what only training does: augmentation, and weights of classes."""
    form = replace(form_of(graph, train), augment=augmenter_of(graph, train))
    if train.class_weight is None:
        return form
    output, y = next((name, labels[dataset.train.positions]) for name, labels in dataset.train.examples.y.items())
    if y.dtype.kind not in "iu" or y.ndim != 1:
        raise DataError(f"{graph.name}: train.class_weight weighs classes, and the first output learns none")
    classes = dataset.classes[output]
    weights = class_weights(train.class_weight, np.bincount(y, minlength=len(classes)).tolist(), classes)
    return replace(form, weights=np.array(weights, np.float32))


def _labels(loss: str, graph: Graph, output: str) -> Callable[[Array], Array]:
    shape = graph.output_shapes()[output]
    units = (shape[-1] if shape else 1) or 1
    return functools.partial(labels_for_loss, loss_kind=loss, units=units)
