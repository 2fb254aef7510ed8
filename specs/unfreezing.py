"""Which layers are frozen in which epoch (`train.freeze_until`, `train.unfreeze`), and whether the stages can come."""

from collections.abc import Iterator

from specs.alone import trains_alone
from specs.checks import no_such_step
from specs.cutting import end_of
from specs.document import Document
from specs.errors import Mark, Problem, got
from specs.graph import Graph
from specs.sections import Train
from specs.written import written

Found = Iterator[Problem]


def at_epoch(train: Train, epoch: int) -> Train:
    """The section as it holds in an epoch, counted from 0: what is frozen then, and the optimizer's learning rate.

    >>> stages = {"after_epochs": 5, "freeze_until": "stem", "learning_rate": 1e-4}, {"after_epochs": 8}
    >>> train = Train.model_validate({"freeze_until": "stage4", "unfreeze": stages})
    >>> now = [at_epoch(train, epoch) for epoch in (4, 5, 8)]
    >>> [(each.freeze_until, each.optimizer.args.learning_rate) for each in now]
    [('stage4', 0.001), ('stem', 0.0001), (None, 0.0001)]
    """
    for stage in train.unfreeze:
        if stage.after_epochs <= epoch:
            choice, update = train.optimizer, {"learning_rate": stage.learning_rate}
            args = choice.args if stage.learning_rate is None else choice.args.model_copy(update=update)
            optimizer = choice.model_copy(update={choice.kind: args})
            train = train.model_copy(update={"freeze_until": stage.freeze_until, "optimizer": optimizer})
    return train


def begins_stage(train: Train, epoch: int) -> bool:
    """Whether a stage begins with an epoch, counted from 0."""
    return any(stage.after_epochs == epoch for stage in train.unfreeze)


def frozen(graph: Graph, until: str | None) -> frozenset[str]:
    """The layers that keep their weights where `until` is the step up to which all do.

    >>> from specs import load, lower
    >>> sorted(frozen(lower(load("digits_denoising")), "encode1"))
    ['encode1', 'input', 'noisy', 'scaled']
    """
    if until is None:
        return frozenset()
    names = graph.upstream([end_of(graph, until)])
    return frozenset(node.shares or node.name for node in graph.nodes if node.name in names)


def problems_of(document: Document, train: Train, graph: Graph) -> Found:
    """Each stage comes in its turn, within the training, and unfreezes something."""
    yield from _of_the_recipe(document, train)
    known = {*(node.name for node in graph.nodes), *graph.scopes}
    if train.freeze_until is None:
        mark, path = written(document, "train", "unfreeze")
        yield Problem(mark, path, "nothing is frozen before the first stage", "say with freeze_until up to which step")
        return
    if train.freeze_until not in known:
        return  # that is said already
    until: str | None = train.freeze_until
    for index, stage in enumerate(train.unfreeze):
        yield from _in_time(document, train, index)
        mark, path = written(document, "train", "unfreeze", index, "freeze_until")
        if stage.freeze_until is not None and stage.freeze_until not in known:
            yield no_such_step(mark, path, stage.freeze_until, known)
            return
        yield from _thaws(graph, until, stage.freeze_until, mark, path)
        until = stage.freeze_until


def _in_time(document: Document, train: Train, index: int) -> Found:
    after = train.unfreeze[index].after_epochs
    before = train.unfreeze[index - 1].after_epochs if index else 0
    mark, path = written(document, "train", "unfreeze", index, "after_epochs")
    if after <= before:
        yield Problem(mark, path, f"must be above the {before} epochs of the stage before {got(after)}")
    if after >= train.epochs:
        hint = "the stage would never begin; train for longer, or begin it earlier"
        yield Problem(mark, path, f"must be below the {train.epochs} epochs of the training {got(after)}", hint)


def _thaws(graph: Graph, before: str | None, now: str | None, mark: Mark, path: str) -> Found:
    """Fewer layers with weights are frozen than before, and none that learnt."""
    learning = {node.name for node in graph.nodes if node.trainable}
    kept, keeps = frozen(graph, before) & learning, frozen(graph, now) & learning
    anew = next((node.name for node in graph.nodes if node.name in keeps - kept), None)
    if anew is not None:
        yield Problem(mark, path, f"would freeze {anew!r}, which learns in the stage before")
    elif keeps == kept:
        what = f"all layers with weights up to {before!r} stay frozen" if kept else "nothing is frozen before it"
        hint = f"take the stage out{', or name an earlier step' if kept else ''}"
        yield Problem(mark, path, f"unfreezes nothing: {what}", hint)


def _of_the_recipe(document: Document, train: Train) -> Found:
    """Each stage begins a new optimizer, which not all that trains can take."""
    kind = train.optimizer.kind
    if getattr(train.optimizer.args, "use_ema", False):
        mark, path = written(document, "train", "optimizer", kind, "use_ema")
        yield Problem(mark, path, "averages the weights of one optimizer, and each stage of unfreeze begins another")
    yield from trains_alone(document, train, "trains with one optimizer, and each stage of unfreeze begins another")
