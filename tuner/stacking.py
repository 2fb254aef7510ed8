"""Trials that train at once, in one compiled step: those that differ in numbers alone (`search.trials_per_step`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import specs
from specs.errors import SpecError
from tuner import checkpoints
from tuner.memory_errors import is_out_of_memory, out_of_memory
from tuner.trial import OnEpoch, Outcome, Runner, failed

if TYPE_CHECKING:
    from tuner.pools import Job, OnTrialEpoch
    from tuner.proposal import Proposal
    from zoo.stacked import StackedSteps


@dataclass(frozen=True, slots=True)
class Stacker:
    """Runs trials as its runner does, several at once where their like is among them."""

    run: Runner
    _steps: "list[StackedSteps]" = field(default_factory=list)

    def __call__(self, proposal: "Proposal", digest: str | None, on_epoch: OnEpoch) -> Outcome:
        """Runs one alone."""
        return self.run(proposal, digest, on_epoch)

    def several(self, jobs: "Sequence[Job]", on_epoch: "OnTrialEpoch") -> tuple[Outcome, ...]:
        """Runs all of them."""
        done = self._at_once([proposal for proposal, _ in jobs], on_epoch)
        return tuple(
            done.get(proposal.id) or self.run(proposal, digest, partial(on_epoch, proposal.id))
            for proposal, digest in jobs
        )

    def _at_once(self, proposals: "Sequence[Proposal]", on_epoch: "OnTrialEpoch") -> Mapping[int, Outcome]:
        """The outcomes of those that could be trained at once."""
        from zoo.epochs import Diverged
        from zoo.stacked import StackedSteps, fit_stacked

        documents = {each.id: found for each in proposals if (found := self._document(each)) is not None}
        if len(documents) < 2:
            return {}
        if not self._steps:
            self._steps.append(StackedSteps())
        ids = tuple(documents)
        states = [checkpoints.state_of(self.run.directory, number) for number in ids]
        try:
            fits = fit_stacked(
                tuple(documents.values()),
                self.run.dataset,
                epochs=self.run.epochs,
                checkpoints=states,
                steps=self._steps[0],
                on_epoch=lambda index, epoch, logs: on_epoch(ids[index], epoch, logs),
            )
        except out_of_memory() as error:
            if not is_out_of_memory(error):
                raise
            self._steps.clear()  # so that nothing of this attempt stays in memory
            for state in states:
                state.unlink(missing_ok=True)
            return {}
        return {
            number: failed(str(fit)) if isinstance(fit, Diverged) else self.run.scored([fit.history], 0)
            for number, fit in zip(ids, fits, strict=True)
            if fit is not None
        }

    def _document(self, proposal: "Proposal") -> specs.Document | None:
        """The spec of a trial that begins anew; one that was begun, or is to be measured otherwise, trains alone."""
        begun = any(checkpoints.states_of(self.run.directory, proposal.id))
        if begun or proposal.source is not None or proposal.seed is not None:
            return None
        try:
            return specs.with_params(self.run.document, **proposal.values)
        except SpecError:
            return None  # alone it is told why
