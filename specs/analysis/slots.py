"""What an optimizer of Keras keeps beside the weights."""

from collections.abc import Mapping
from typing import Any

from specs.sections.train import OptimizerChoice

SLOTS: Mapping[str, int] = {
    "SGD": 0, "RMSprop": 1, "Adam": 2, "AdamW": 2, "Adadelta": 2, "Adafactor": 1, "Adagrad": 1, "Adamax": 2, "Ftrl": 2,
    "Lamb": 2, "Lion": 1, "Muon": 1, "Nadam": 2, "ScheduleFreeAdamW": 2,
}  # fmt: skip
"""Numbers for each trainable weight, without momentum and such.

Adafactor has one more for each row and column of a matrix, Muon for each weight that is in no matrix: these are left
out.
"""


def slots(optimizer: OptimizerChoice) -> int:
    """Numbers that an optimizer of Keras keeps for each trainable weight.

    >>> slots(OptimizerChoice.model_validate({"SGD": {"momentum": 0.9}})), slots(OptimizerChoice.model_validate("Adam"))
    (1, 2)
    >>> slots(OptimizerChoice.model_validate({"RMSprop": {"momentum": 0.9, "centered": True, "use_ema": True}}))
    4
    """
    args: Any = optimizer.args
    momentum: bool = optimizer.kind in ("SGD", "RMSprop") and args.momentum > 0
    more = (momentum, getattr(args, "centered", False), getattr(args, "amsgrad", False))
    return SLOTS[optimizer.kind] + sum(map(bool, (*more, args.use_ema, args.gradient_accumulation_steps)))


def scalars(optimizer: OptimizerChoice) -> int:
    """Bytes beside the slots: the counter (int64), the learning rate where it is a number, and Nadam's product.

    >>> scalars(OptimizerChoice.model_validate("Adam"))
    12
    """
    args: Any = optimizer.args
    return 8 + 4 * isinstance(args.learning_rate, float) + 4 * (optimizer.kind == "Nadam")
