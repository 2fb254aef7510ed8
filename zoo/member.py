"""One of several trainings at once: to its own model and its callbacks an epoch looks as it does alone."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import specs
from specs.document import Document
from specs.graph import Graph
from zoo.adapting import adapted
from zoo.backend import keras
from zoo.checkpoint import Keeper
from zoo.compiling import callbacks as recipe_callbacks
from zoo.compiling import early_stopping
from zoo.data.dataset import Dataset
from zoo.data.loading import training_of
from zoo.epochs import Diverged, Logs, Watch, lowest
from zoo.recompiling import key_of, places
from zoo.traced import Place
from zoo.training import Fit, prepared, sown

ALIKE = (
    "class_weight",
    "augment",
    "batch_size",
    "batch_growth",
    "epochs",
    "early_stopping",
    "reduce_on_plateau",
    "seed",
)
"""What trainings have in common beside what their steps compute."""


class Member:
    """One of several trainings: its model, what Keras calls at its epochs, and how far it came."""

    def __init__(self, document: Document, dataset: Dataset) -> None:
        self.train = training_of(document)
        document = adapted(document, dataset.train, self.train.batch_size)
        self.graph: Graph = specs.lower(document)
        self.seed = sown(self.train, None, None)
        self.model, self.started = prepared(document, self.graph, self.train, None, dataset)
        self.model.optimizer.build(self.model.trainable_variables)
        self.places: list[Place] = list(places(self.model, self.graph, self.train))
        alike = [repr(getattr(self.train, name)) for name in ALIKE]
        self.key = json.dumps([alike, key_of(self.graph, self.train, self.places, anew=True)])
        self.failed: Diverged | None = None
        self.ended = False

    def begin(self, last: int, steps: int, checkpoint: Path | None, on_epoch: Callable[[int, Logs], None]) -> None:
        """Tells the callbacks that training begins."""
        self.watch = Watch(self.graph, self.model, on_epoch)
        self.stopping = early_stopping(self.train.early_stopping, self.graph)
        held = [*recipe_callbacks(self.train, self.graph), *([self.stopping] if self.stopping else [])]
        keeper = [] if checkpoint is None else [Keeper(checkpoint, None, held, self.watch.history, last).callback()]
        every = [*held, self.watch.callback(), *keeper]
        self.called: Any = keras.callbacks.CallbackList(every, model=self.model, epochs=last, steps=steps)
        self.model.stop_training = False
        self.called.on_train_begin()

    def values(self, test: bool) -> tuple[list[Any], ...]:
        """The variables that a step takes."""
        model = self.model
        own = [model.trainable_variables, model.non_trainable_variables]
        groups = own if test else [*own, model.optimizer.variables]
        return tuple([variable.value for variable in group] for group in groups)

    def take(self, state: Sequence[Sequence[Any]], index: int) -> None:
        """Takes its part of the variables that a step left."""
        model = self.model
        groups = (model.trainable_variables, model.non_trainable_variables, model.optimizer.variables)
        for variables, stacked in zip(groups, state, strict=False):
            for variable, value in zip(variables, stacked, strict=True):
                variable.assign(value[index])

    def end(self) -> None:
        """Tells the callbacks that training has ended."""
        self.model.optimizer.finalize_variable_values(self.model.trainable_weights)
        self.called.on_train_end()
        self.ended = True

    def result(self) -> Fit | Diverged:
        """What came of it."""
        history = tuple(self.watch.history)
        best = self.stopping.best_epoch if self.stopping else lowest(history) if history else 0
        return self.failed or Fit(self.model, history, best, self.started)
