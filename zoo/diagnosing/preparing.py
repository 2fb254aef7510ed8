"""Document and data → the bench on which all checks work."""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import specs
from specs.document import Document
from specs.linting.training import highest_rate
from specs.linting.view import View
from specs.sections import Train
from specs.sections.optimizers import Optimizer
from zoo.adapting import adapted
from zoo.backend import keras, set_random_seed
from zoo.data.dataset import Dataset
from zoo.data.loading import training_of
from zoo.diagnosing.bench import Bench, variables_of
from zoo.recompiling import adjustable, places
from zoo.schedules import rate_of
from zoo.traced import Numbers, install
from zoo.training import prepared

WARM_UP = 20
"""Steps in which the rate rises to its highest where the spec has a warm-up."""


def bench_of(document: Document, dataset: Dataset, seconds: float) -> Bench:
    """Builds and compiles the document's model; its schedule is left to who takes the steps."""
    deadline, recipe = time.monotonic() + seconds, training_of(document)
    document = adapted(document, dataset.train, recipe.batch_size)
    train = _with_plain_rate(recipe)
    graph = specs.lower(document)
    set_random_seed(train.seed)
    model, started = prepared(document, graph, train, None, dataset)
    model.optimizer.build(model.trainable_variables)
    found = tuple(places(model, graph, train))
    numbers = adjustable(list(found)) if found else None
    if isinstance(numbers, Numbers):
        install(model, numbers)
    start = tuple(np.array(keras.ops.convert_to_numpy(variable)) for variable in variables_of(model))
    batches = math.ceil(len(dataset.train) / train.batch_size)
    schedule = _schedule(recipe, batches)
    view, gathered = View(document, graph), _optimizer(train).gradient_accumulation_steps or 1
    return Bench(
        document,
        graph,
        train,
        dataset,
        model,
        started,
        deadline,
        seconds,
        schedule,
        gathered,
        numbers,
        found,
        start,
        view,
    )


def _optimizer(train: Train) -> Optimizer:
    args = train.optimizer.args
    assert isinstance(args, Optimizer)
    return args


def _with_plain_rate(train: Train) -> Train:
    """The recipe with one rate and one size of batches, so that one compiled step serves all that is tried."""
    args = _optimizer(train)
    # A warm-up of the optimizer's own is a schedule too.
    warm = {"warmup_steps": 0} if hasattr(args, "warmup_steps") else {}
    args = args.model_copy(update={"learning_rate": highest_rate(train), **warm})
    optimizer = train.optimizer.model_copy(update={train.optimizer.kind: args})
    changed = {"optimizer": optimizer, "reduce_on_plateau": None, "batch_growth": None, "steps_per_execution": 1}
    return train.model_copy(update=changed)


def _schedule(train: Train, steps_per_epoch: int) -> Callable[[int], float]:
    """The rate of each of the first steps: a warm-up that may take epochs takes a few steps."""
    args: Any = train.optimizer.args
    rate, highest = rate_of(args.learning_rate, steps_per_epoch), highest_rate(train)
    if isinstance(rate, float):
        return lambda step: highest
    if float(rate(0)) < highest / 2:
        return lambda step: highest * min(1.0, (step + 1) / WARM_UP)
    return lambda step: float(rate(step))
