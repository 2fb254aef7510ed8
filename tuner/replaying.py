"""Brings an oracle to where a study is, out of nothing but the order in which the study has its trials and results."""

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tuner.errors import SearchError
from tuner.study import Trial

if TYPE_CHECKING:
    from tuner.oracles import Oracle
    from tuner.proposal import Proposal


def replayed(oracle: "Oracle", recorded: Iterable[Trial]) -> "deque[Proposal]":
    """Brings an oracle to where the study is, in the order of the record; gives the trials that were running."""
    results = sorted((trial for trial in recorded if trial.place), key=lambda trial: trial.place or 0)
    waiting: deque[Proposal] = deque()
    told = 0
    for trial in recorded:
        for result in results[told : trial.told]:
            oracle.tell(result.id, result.score, result.scores)
        told = trial.told
        proposal = oracle.propose(trial.values)
        if proposal is None:
            raise SearchError("this version of keras-tuner does not propose as many trials as the study holds")
        if trial.status == "running":
            waiting.append(proposal)
    for result in results[told:]:
        oracle.tell(result.id, result.score, result.scores)
    return waiting
