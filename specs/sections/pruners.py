"""`search.pruner`: which trials are stopped before their last epoch."""

from typing import Annotated

from pydantic import Field

from specs.ops.base import Frozen, PositiveInt, Size
from specs.sections.base import OneOf


class MedianPruner(Frozen):
    """Stops a trial whose best score so far is worse than the median of the others' mean scores up to that epoch.

    The median stopping rule of Golovin et al. 2017 (Google Vizier).
    """

    startup_trials: PositiveInt = 5
    """Trials that have to be done before any is stopped."""
    warmup_epochs: Size = 1
    """Epochs after which none is stopped yet."""


class SuccessiveHalvingPruner(Frozen):
    """Stops a trial that is not among the best `1 / factor` of those that came as far, at epochs ever further apart.

    Asynchronous successive halving of Li et al. 2020, where a trial does not wait for others: it goes on or ends.
    """

    min_epochs: PositiveInt = 1
    """Epochs before the first halving; the next ones come after `factor` times as many."""
    factor: Annotated[int, Field(ge=2, le=10)] = 3
    """One trial in so many goes on."""


class PrunerChoice(OneOf):
    """What stops trials that are not worth their last epochs."""

    Median: MedianPruner | None = None
    SuccessiveHalving: SuccessiveHalvingPruner | None = None


def first_stop(pruner: PrunerChoice) -> int:
    """The epoch after which a trial may be stopped at the earliest.

    >>> [first_stop(PrunerChoice.model_validate(each)) for each in ("Median", {"SuccessiveHalving": {"min_epochs": 4}})]
    [2, 4]
    """
    args = pruner.args
    return args.min_epochs if isinstance(args, SuccessiveHalvingPruner) else args.warmup_epochs + 1  # type: ignore[attr-defined]
