"""What a search tries next, apart from who proposes it: workers are sent it, and need nothing of an oracle."""

from collections.abc import Mapping
from dataclasses import dataclass

from specs.sections.search import Value


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to try next. Ids count from 1.

    `epochs` is the epoch to train to, None for as many as the spec says. Training starts behind `initial_epoch` with
    the weights of the trial `source`, where there is one (Hyperband's longer rounds).
    """

    id: int
    values: Mapping[str, Value]
    epochs: int | None = None
    initial_epoch: int = 0
    source: int | None = None
    micro_batches: int = 1
    """Parts that each batch is trained in from the start, since larger ones would not fit into the memory."""
    seed: int | None = None
    """In place of the spec's; the model is then also held against the test part."""
