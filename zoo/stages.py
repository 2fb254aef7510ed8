"""The stretches of a training in which one call of Keras' fit does, and what happens between them.

Batches are of one size in each, and the same layers are frozen. A stage in which other layers learn begins with an
optimizer that has just been made, as Keras' guide to fine-tuning has it: slots that were empty while the counter of
steps went on would make its first steps too long.
"""

import itertools
import math
from collections.abc import Iterator

from specs.graph import Graph
from specs.recipe import batch_size_of
from specs.sections import Train
from specs.unfreezing import at_epoch, begins_stage
from zoo.backend import keras
from zoo.checkpoint import Checkpoint
from zoo.compiling import compile_model
from zoo.data.dataset import Part
from zoo.recompiling import ready
from zoo.weights import freeze


def stretches(train: Train, first: int, last: int, replicas: int) -> Iterator[tuple[int, int, int]]:
    """First epoch, epoch after the last, and batch size of each row of epochs that one fit does.

    >>> growing = Train.model_validate({"batch_growth": {"every_epochs": 2, "max_batch_size": 64}})
    >>> list(stretches(growing, 1, 5, 1))
    [(1, 2, 32), (2, 5, 64)]
    >>> staged = Train.model_validate({"freeze_until": "body", "unfreeze": ({"after_epochs": 3},)})
    >>> list(stretches(staged, 0, 5, 1))
    [(0, 3, 32), (3, 5, 32)]
    """

    def kind(epoch: int) -> tuple[int, int]:
        return batch_size_of(train, epoch, replicas), sum(stage.after_epochs <= epoch for stage in train.unfreeze)

    for (size, _), epochs in itertools.groupby(range(first, last), kind):
        begin, *more = epochs
        yield begin, (more[-1] if more else begin) + 1, size


def steps_per_epoch(train: Train, part: Part, replicas: int = 1) -> int:
    """The batches of the first epoch, which the lengths of schedules count by."""
    return math.ceil(len(part) // replicas * replicas / batch_size_of(train, 0, replicas))


def begin_stage(model: keras.Model, graph: Graph, train: Train, part: Part, epoch: int) -> None:
    """Has the model learn on as the stage that begins with this epoch says; nothing where none does."""
    if begins_stage(train, epoch):
        now = at_epoch(train, epoch)
        freeze(model, graph, now.freeze_until)
        compile_model(model, graph, now, steps_per_epoch(now, part))
        ready(model, graph, now, None)


def to_go_on_with(kept: Checkpoint | None, train: Train) -> Checkpoint | None:
    """What of a kept state the next epoch goes on with: not the optimizer where that begins a stage."""
    return kept.without_optimizer() if kept is not None and begins_stage(train, kept.epochs) else kept
