"""Staged unfreezing: layers that keep the weights they come with begin to learn one part after the other."""

from typing import Annotated

from pydantic import Field

from specs.ops.base import Frozen, Positive, PositiveInt


class Unfreeze(Frozen):
    """A stage of the training in which fewer layers are frozen than before it (Howard and Ruder, arXiv:1801.06146)."""

    after_epochs: PositiveInt
    """Epochs that are done before the stage begins."""
    freeze_until: Annotated[str, Field(min_length=1)] | None = None
    """Name of a step: it and all that it depends on go on keeping their weights; null where all learn from here on."""
    learning_rate: Positive | None = None
    """The rate of the stage, with whose optimizer it begins anew; null for that of the stage before."""
