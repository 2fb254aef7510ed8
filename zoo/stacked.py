"""Several trainings in one compiled step of JAX: those whose models compute the same but for their numbers.

Each has a Keras model of its own, with its callbacks, to which an epoch looks as it does alone. Within an epoch the
variables of all lie in arrays with one more axis, and a step is Keras' own, vectorised over it by `jax.vmap`: a small
model leaves most of an accelerator idle, and several share what a step costs beside its arithmetic.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from specs.document import Document
from zoo.backend import keras
from zoo.data.dataset import Dataset
from zoo.epochs import Diverged, Logs
from zoo.feeding import Feed
from zoo.member import Member
from zoo.recompiling import MODELS
from zoo.stages import stretches
from zoo.traced import Numbers, Step, compiled
from zoo.training import Fit, in_order, training_form

OnMemberEpoch = Callable[[int, int, Logs], object]
"""Called with the index of a training after each of its epochs, which count from 0."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of one model for several trainings."""

    model: keras.Model
    """Whose steps they are, and whose metrics measure all."""
    numbers: Numbers
    train: Step
    test: Step


@dataclass(frozen=True, slots=True)
class StackedSteps:
    """Steps that were compiled before, by what they compute and for how many trainings."""

    kept: "OrderedDict[str, Steps]" = field(default_factory=OrderedDict)

    def of(self, members: "Sequence[Member]", batch: Any) -> Steps:
        """The steps of these trainings, with their numbers."""
        key = f"{len(members)} {members[0].key}"
        if key not in self.kept:
            self.kept[key] = _steps(members[0], batch)
            if len(self.kept) > MODELS:
                self.kept.popitem(last=False)
        self.kept.move_to_end(key)
        found = self.kept[key]
        found.numbers.assign(*([place.value for place in member.places] for member in members))
        return found


def fit_stacked(
    documents: Sequence[Document],
    dataset: Dataset,
    *,
    epochs: int | None = None,
    checkpoints: Sequence[Path] | None = None,
    steps: StackedSteps | None = None,
    on_epoch: OnMemberEpoch | None = None,
) -> tuple[Fit | Diverged | None, ...]:
    """Trains each document as `fit` would, several at once; a loss that is no number ends its own training alone.

    None for those whose like is not among the others: they are for `fit`. `checkpoints` are files in which the state
    of each is kept after every epoch. Equal to `fit` but for rounding, as sums are taken in another order. JAX only.
    """
    members = [Member(document, dataset) for document in documents]
    groups: dict[str, list[int]] = {}
    for index, member in enumerate(members):
        groups.setdefault(member.key, []).append(index)
    found: list[Fit | Diverged | None] = [None] * len(members)
    for indices in groups.values():
        if len(indices) == 1:
            continue
        group = [members[index] for index in indices]
        last = group[0].train.epochs if epochs is None else epochs
        for index, member in zip(indices, group, strict=True):
            tell = _teller(index, on_epoch)
            each = math.ceil(len(dataset.train) / member.train.batch_size)
            member.begin(last, each, checkpoints[index] if checkpoints else None, tell)
        _train(group, dataset, last, steps or StackedSteps())
        for index, member in zip(indices, group, strict=True):
            found[index] = member.result()
    return tuple(found)


def _teller(index: int, on_epoch: OnMemberEpoch | None) -> Callable[[int, Logs], None]:
    def tell(epoch: int, logs: Logs) -> None:
        if on_epoch is not None:
            on_epoch(index, epoch, logs)

    return tell


def _train(group: list[Member], dataset: Dataset, last: int, kept: StackedSteps) -> None:
    """All epochs of trainings that are alike."""
    lead = group[0]
    form, validation = (
        training_form(lead.graph, lead.train, dataset),
        in_order(dataset.validation, lead.graph, lead.train),
    )
    steps: Steps | None = None
    for begin, end, batch_size in stretches(lead.train, 0, last, 1):
        feed = Feed(dataset.train, form, batch_size, seed=lead.seed, epoch=begin)
        steps = steps or kept.of(group, feed[0])
        for epoch in range(begin, end):
            for member in _live(group):
                member.called.on_epoch_begin(epoch)
            batches = (feed[(epoch - begin) * feed.steps + step] for step in range(feed.steps))
            logs = _epoch(group, steps, batches)
            measured = _measure(group, steps, validation)
            for index, member in _live_at(group):
                _end_epoch(member, epoch, {name: float(value[index]) for name, value in {**logs, **measured}.items()})
            if not _live(group):
                return
    for member in _live(group):
        member.end()


def _end_epoch(member: Member, epoch: int, logs: Logs) -> None:
    try:
        member.called.on_epoch_end(epoch, logs)
    except Diverged as error:
        member.failed = error
        return
    if member.model.stop_training:
        member.end()


def _epoch(group: list[Member], steps: Steps, batches: Iterable[Any]) -> dict[str, Any]:
    """The steps of an epoch; each member then has its variables."""
    state = (*_stacked([member.values(test=False) for member in group]), _measures(steps.model, len(group)))
    for number, batch in enumerate(batches):
        logs, state = steps.train(state, batch)
        losses = np.asarray(logs["loss"])
        for index, member in _live_at(group):
            if not math.isfinite(losses[index]):
                member.take(state, index)  # it says which of its weights are no numbers
            try:
                member.called.on_train_batch_end(number, {"loss": float(losses[index])})
            except Diverged as error:
                member.failed = error
        if not _live(group):
            break
    for index, member in _live_at(group):
        member.take(state, index)
    return {name: np.asarray(value) for name, value in logs.items()}


def _measure(group: list[Member], steps: Steps, validation: Feed) -> dict[str, Any]:
    for member in _live(group):
        member.called.on_test_begin()
    state = (*_stacked([member.values(test=True) for member in group]), _measures(steps.model, len(group)))
    for number in range(validation.steps):
        logs, state = steps.test(state, validation[number])
    for member in _live(group):
        member.called.on_test_end()
    return {f"val_{name}": np.asarray(value) for name, value in logs.items()}


def _live(group: list[Member]) -> list[Member]:
    """Those whose training goes on; the others are taken along, as steps are compiled for all of them."""
    return [member for member in group if member.failed is None and not member.ended]


def _live_at(group: list[Member]) -> list[tuple[int, Member]]:
    return [(index, member) for index, member in enumerate(group) if member.failed is None and not member.ended]


def _stacked(each: list[tuple[list[Any], ...]]) -> tuple[list[Any], ...]:
    return keras.tree.map_structure(lambda *values: keras.ops.stack(values), *each)  # type: ignore[no-any-return]


def _measures(model: keras.Model, count: int) -> list[Any]:
    """What the metrics count, before the first batch."""
    model.reset_metrics()
    return [keras.ops.stack([variable.value] * count) for variable in model.metrics_variables]


def _steps(lead: Member, batch: Any) -> Steps:
    import jax

    # Losses and metrics become complete with the first batch they see.
    lead.model._symbolic_build(data_batch=(*batch, *[None] * (3 - len(batch))))
    held = Numbers(lead.places)
    train, test = (
        compiled(jax.vmap(held.reading(step), in_axes=(0, None, 0)), held)
        for step in (lead.model.train_step, lead.model.test_step)
    )
    return Steps(lead.model, held, train, test)
