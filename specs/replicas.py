"""A training spread over replicas: its batches, and its learning rate."""

from collections.abc import Mapping

from specs.errors import UserError
from specs.recipe import batch_size_of
from specs.sections import Train
from specs.sections.optimizers import Optimizer
from specs.sections.rates import RATES, ScheduleChoice


def spread(train: Train, replicas: int) -> Train:
    """The training as it is on so many replicas: with the learning rate that it asks for.

    The linear scaling rule: with a batch k times as large the rate is k times as large, and it is warmed up to it
    (Goyal et al., Accurate, Large Minibatch SGD, arXiv:1706.02677, section 2.1). Of a schedule every rate is.

    Raises `UserError` where a batch does not divide over the replicas.

    >>> wanted = {"over": "devices", "batch": "per_replica", "scale_learning_rate": True}
    >>> spread(Train.model_validate({"distribution": wanted}), 4).optimizer.args.learning_rate
    0.004
    """
    for epoch in range(train.epochs if train.batch_growth else 1):
        _divides(train, batch_size_of(train, epoch, replicas), replicas)
    if train.distribution is None or not train.distribution.scale_learning_rate:
        return train
    choice = train.optimizer
    assert isinstance(choice.args, Optimizer)
    args = choice.args.model_copy(update={"learning_rate": _scaled(choice.args.learning_rate, replicas)})
    return train.model_copy(update={"optimizer": choice.model_copy(update={choice.kind: args})})


def told(train: Train, replicas: int) -> str:
    """What a step is on so many replicas, as a sentence.

    >>> told(Train.model_validate({"batch_size": 64, "distribution": {"over": "devices"}}), 2)
    'batches of 64 over 2 replicas, 32 each'
    """
    size, rate = batch_size_of(train, 0, replicas), ""
    if train.distribution is not None and train.distribution.scale_learning_rate:
        rate = f"; the learning rate times {replicas}"
    return f"batches of {size} over {replicas} replica{'s' if replicas > 1 else ''}, {size // replicas} each{rate}"


def _divides(train: Train, size: int, replicas: int) -> None:
    rest = size % replicas
    if rest:
        place = "train.batch_size" if size == train.batch_size else "train.batch_growth"
        sizes = " or ".join(str(each) for each in (size - rest, size - rest + replicas) if each)
        raise UserError(
            f"{place}: a batch of {size} does not divide over {replicas} replicas;"
            f" make it {sizes}, or write distribution: {{batch: per_replica}}"
        )


def _scaled(rate: float | ScheduleChoice, factor: int) -> float | ScheduleChoice:
    if isinstance(rate, float):
        return rate * factor
    given: Mapping[str, object] = {name: getattr(rate.args, name, None) for name in RATES}
    update = {name: _times(value, factor) for name, value in given.items() if value is not None}
    return rate.model_copy(update={rate.kind: rate.args.model_copy(update=update)})


def _times(value: object, factor: int) -> object:
    if isinstance(value, tuple):
        return tuple(each * factor for each in value)
    assert isinstance(value, float)
    return value * factor
