"""The same training in smaller batches, whose gradients are averaged for one step: for a device with little memory."""

from specs.sections import Train
from specs.sections.optimizers import Optimizer
from specs.sections.rates import ScheduleChoice


def in_micro_batches(train: Train, parts: int) -> Train | None:
    """The training with each batch in so many parts of one size, and as many batches for one step of the optimizer.

    What a step learns from is the same; batch normalisation sees the smaller batches. None where the batch does not
    divide, where it grows, where weights are averaged, which Keras does after each of the smaller batches, and where a
    step of its own name has optimizers of its own.

    >>> halves = in_micro_batches(Train(batch_size=32), 2)
    >>> halves.batch_size, halves.optimizer.args.gradient_accumulation_steps
    (16, 2)
    >>> in_micro_batches(Train(batch_size=25), 2)
    """
    choice = train.optimizer
    assert isinstance(choice.args, Optimizer)
    if train.batch_size % parts or train.batch_growth is not None or train.step is not None or choice.args.use_ema:
        return None
    batches = parts * (choice.args.gradient_accumulation_steps or 1)
    rate = choice.args.learning_rate
    update = {"gradient_accumulation_steps": batches, "learning_rate": _longer(rate, parts)}
    args = choice.args.model_copy(update=update)
    smaller = {"batch_size": train.batch_size // parts, "optimizer": choice.model_copy(update={choice.kind: args})}
    return train.model_copy(update=smaller)


def _longer(rate: float | ScheduleChoice, parts: int) -> float | ScheduleChoice:
    """A schedule whose lengths in steps are as many smaller ones; Keras counts each batch as a step."""
    if isinstance(rate, float):
        return rate
    lengths = {name: value for name, value in rate.args if name.endswith("_steps") or name == "boundaries"}
    update = {name: _times(value, parts) for name, value in lengths.items() if value is not None}
    return rate.model_copy(update={rate.kind: rate.args.model_copy(update=update)})


def _times(value: int | tuple[int, ...], parts: int) -> int | tuple[int, ...]:
    return tuple(each * parts for each in value) if isinstance(value, tuple) else value * parts
