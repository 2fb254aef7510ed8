"""One trial: values → spec → training → outcome."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import specs
import zoo
from specs.document import Document
from specs.errors import SpecError
from specs.micro_batches import in_micro_batches
from specs.sections import Train
from specs.sections.search import Search
from tuner import checkpoints
from tuner.errors import Pruned, SearchError
from tuner.memory_errors import is_out_of_memory, out_of_memory
from tuner.objective import best_epoch, mean_history
from tuner.probing import Probe

if TYPE_CHECKING:
    from tuner.proposal import Proposal

OnEpoch = Callable[[int, Mapping[str, float]], bool | None]
"""Called after each epoch, which counts from 0 and on over all trainings of a trial, with what training reports; says
whether the trial is to be stopped."""

MAX_REASON = 300
"""Characters of a reason that are kept: TensorFlow's own runs over pages."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a trial: a score with its epoch (from 1), or the reason why there is none."""

    score: float | None = None
    epoch: int | None = None
    reason: str | None = None
    history: tuple[Mapping[str, float], ...] = ()
    checkpoint: str | None = None
    """SHA-256 of the weights that were kept."""
    test: Mapping[str, float] = field(default_factory=dict)
    """What the model reports of the test part, where a seed was given."""
    micro_batches: int = 1
    """Parts that each batch was trained in, because the device's memory held no larger ones."""
    pruned: bool = False
    """Whether it was stopped before its last epoch."""
    trainings: tuple[float, ...] = ()
    """The objective in that epoch of each training, where the trial was trained several times."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """The value of each objective, where there are several."""

    def best_logs(self, objective: str) -> Mapping[str, float]:
        """What was reported in the best epoch."""
        best = best_epoch(objective, self.history)
        return self.history[best[0]] if best else {}


Run = Callable[["Proposal", str | None, OnEpoch], Outcome]
"""Runs a proposal; the text is the SHA-256 of the weights of the trial that it continues."""


@dataclass(frozen=True, slots=True)
class Training:
    """One of the trainings of a trial: on which data, and with which seed."""

    dataset: "zoo.Dataset"
    seed: int
    name: str = ""
    """What tells it from the others, empty where there are none."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs the trials of one search on data loaded once.

    Only what says something about the proposed values becomes a failed outcome: a spec that the checker refuses, a
    loss that is no longer finite, a model larger than the device's memory. Everything else is a bug and goes up.

    All trials train with the spec's own `train.seed`: they differ in their values alone, and training the best of
    them again gives the same score. With `search.folds` and `search.seeds` each is trained several times, and what
    counts is the mean of the objective, epoch by epoch.
    """

    document: Document
    dataset: "zoo.Dataset"
    search: Search
    epochs: int
    """Epochs of a full trial."""
    directory: Path
    """Where a running trial keeps its state, and weights are kept for Hyperband."""
    compiled: "zoo.CompiledModels" = field(default_factory=lambda: zoo.CompiledModels())
    """Trials whose models compute the same but for their numbers train one compiled model, one after the other."""
    probe: Probe = field(default_factory=Probe)

    def __call__(self, proposal: "Proposal", digest: str | None, on_epoch: OnEpoch) -> Outcome:
        try:
            return self._within_memory(proposal, digest, on_epoch)
        except SpecError as error:
            return failed("the spec is refused: " + "; ".join(map(str, error.problems)))
        except out_of_memory() as error:
            if not is_out_of_memory(error):
                raise
            return failed(f"out of memory: {error}")

    def _within_memory(self, proposal: "Proposal", digest: str | None, on_epoch: OnEpoch) -> Outcome:
        """The trial in batches as they are, or else in halves of them, quarters, and so on, as the memory holds."""
        document = specs.with_params(self.document, **proposal.values)
        train = document.train or Train()
        parts = checkpoints.parts_of(self.directory, proposal.id)
        parts = parts or self.probe.parts(document, self.dataset, proposal.micro_batches)
        while True:
            smaller = in_micro_batches(train, parts) if parts > 1 else train
            assert smaller is not None
            try:
                outcome = self._trained(replace(document, train=smaller), proposal, digest, parts, on_epoch)
                return replace(outcome, micro_batches=parts, scores=self._scores(document, outcome))
            except out_of_memory() as error:
                if in_micro_batches(train, 2 * parts) is None or not is_out_of_memory(error):
                    raise
            self.compiled.kept.clear()  # so that nothing of this attempt stays in memory
            for state in checkpoints.states_of(self.directory, proposal.id):
                state.unlink()
            parts *= 2

    def _trained(
        self, document: Document, proposal: "Proposal", digest: str | None, parts: int, on_epoch: OnEpoch
    ) -> Outcome:
        """Every training of the trial, one after the other."""
        from zoo.epochs import Diverged

        start = self._start(proposal, digest)
        initial_epoch, epochs = proposal.initial_epoch if start else 0, proposal.epochs or self.epochs
        histories: list[tuple[Mapping[str, float], ...]] = []
        for number, training in enumerate(self._trainings(document, proposal)):
            state, heard = checkpoints.state_of(self.directory, proposal.id, parts, number + 1), _Heard(on_epoch)
            try:
                self._tell(state, heard)
                fit = zoo.fit(
                    document,
                    training.dataset,
                    epochs=epochs,
                    weights=start,
                    initial_epoch=initial_epoch,
                    seed=training.seed,
                    checkpoint=state,
                    compiled=self.compiled,
                    on_epoch=partial(heard, number * epochs),
                )
            except Diverged as error:
                return failed(f"{training.name}: {error}" if training.name else str(error))
            except Pruned:
                return replace(self.scored([tuple(heard.history)], initial_epoch), pruned=True)
            histories.append(fit.history)
        outcome = self.scored(histories, initial_epoch)
        if proposal.seed is not None and not outcome.reason:
            from zoo.training import evaluate

            return replace(outcome, test=evaluate(document, fit.model, self.dataset.test))
        return outcome if outcome.reason else self._kept(proposal, outcome, fit.model)

    def _trainings(self, document: Document, proposal: "Proposal") -> list[Training]:
        """What the search trains each trial on; a repeat is one training, on the spec's own parts."""
        if proposal.seed is not None:
            return [Training(self.dataset, proposal.seed)]
        folds, seeds, train = self.search.folds, self.search.seeds, document.train or Train()
        named = [("", self.dataset)]
        if folds is not None:
            from zoo.data.loading import folds_of

            how: Any = train.data.args
            each = enumerate(folds_of(self.dataset, folds, how.seed), 1)
            named = [(f"fold {number}", dataset) for number, dataset in each]
        return [
            Training(dataset, seed, ", ".join(filter(None, (name, f"seed {seed}" if seeds > 1 else ""))))
            for seed in range(train.seed, train.seed + seeds)
            for name, dataset in named
        ]

    def _tell(self, state: Path, heard: "_Heard") -> None:
        """Lets a search that prunes hear of the epochs that were trained before the trial was taken up again."""
        if self.search.pruner is not None and state.is_file():
            from zoo.checkpoint import read

            kept = read(state)
            for epoch, logs in enumerate(kept.history if kept else ()):
                heard(0, epoch, logs)

    def _start(self, proposal: "Proposal", digest: str | None) -> Path | None:
        """The weights to go on from; without them the trial is trained from its first epoch."""
        if proposal.source is None:
            return None
        path = checkpoints.path_of(self.directory, proposal.source)
        return path if checkpoints.whole(path, digest) else None

    def scored(self, histories: Sequence[tuple[Mapping[str, float], ...]], initial_epoch: int) -> Outcome:
        """The outcome of trainings that came to their end."""
        objective, history = self.search.objective[0], mean_history(histories)
        if history and objective not in history[0]:
            raise SearchError(f"training reports no {objective}, only {', '.join(sorted(history[0]))}")
        best = best_epoch(objective, history)
        if best is None:
            return failed(f"{objective} was not finite in any epoch")
        each = tuple(logs[best[0]][objective] for logs in histories) if len(histories) > 1 else ()
        return Outcome(score=best[1], epoch=initial_epoch + best[0] + 1, history=history, trainings=each)

    def _scores(self, document: Document, outcome: Outcome) -> Mapping[str, float]:
        """Every objective, where there are several: in the best epoch what training reports, and what is counted."""
        if len(self.search.objective) == 1 or outcome.score is None:
            return {}
        from specs.analysis.counted import counted

        known = {**outcome.best_logs(self.search.objective[0]), **counted(specs.lower(document), document.train)}
        found: dict[str, float] = {
            name: value for name in self.search.objective if (value := known.get(name)) is not None
        }
        missing = [name for name in self.search.objective if name not in found]
        if missing:
            raise SearchError(f"training reports no {missing[0]}, only {', '.join(sorted(outcome.history[0]))}")
        return found

    def _kept(self, proposal: "Proposal", outcome: Outcome, model: Any) -> Outcome:
        if proposal.epochs is None or proposal.epochs >= self.epochs:
            return outcome
        digest = checkpoints.save(model.save_weights, checkpoints.path_of(self.directory, proposal.id))
        return Outcome(outcome.score, outcome.epoch, None, outcome.history, digest)


@dataclass(slots=True)
class _Heard:
    """The epochs of a training as the search hears of them."""

    on_epoch: OnEpoch
    history: list[Mapping[str, float]] = field(default_factory=list)

    def __call__(self, before: int, epoch: int, logs: Mapping[str, float]) -> None:
        """An epoch of a training, before which there were so many of other trainings."""
        self.history.append(logs)
        if self.on_epoch(before + epoch, logs):
            raise Pruned


def failed(reason: str) -> Outcome:
    """The outcome of a trial that failed for a reason, which is kept in short."""
    text = " ".join(reason.split())
    return Outcome(reason=text if len(text) <= MAX_REASON else f"{text[: MAX_REASON - 1]}…")
