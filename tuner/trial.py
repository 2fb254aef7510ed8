"""One trial: values → spec → training → outcome."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
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
from tuner.errors import SearchError
from tuner.objective import best_epoch

if TYPE_CHECKING:
    from tuner.proposal import Proposal

OnEpoch = Callable[[int, Mapping[str, float]], None]
"""Called after each epoch, which counts from 0, with what training reports."""

MAX_REASON = 300
"""Characters of a reason that are kept: TensorFlow's own runs over pages."""

OUT_OF_MEMORY = (
    ("tensorflow", "errors.ResourceExhaustedError", ""),
    ("torch", "OutOfMemoryError", ""),
    # JAX has one error for all that goes wrong on a device.
    ("jax", "errors.JaxRuntimeError", "RESOURCE_EXHAUSTED"),
)
"""Errors that say that the device's memory was too small: module, name, and text they must hold."""


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


Run = Callable[["Proposal", str | None, OnEpoch], Outcome]
"""Runs a proposal; the text is the SHA-256 of the weights of the trial that it continues."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs the trials of one search on data loaded once.

    Only what says something about the proposed values becomes a failed outcome: a spec that the checker refuses, a
    loss that is no longer finite, a model larger than the device's memory. Everything else is a bug and goes up.

    All trials train with the spec's own `train.seed`: they differ in their values alone, and training the best of
    them again gives the same score.
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

    def __call__(self, proposal: "Proposal", digest: str | None, on_epoch: OnEpoch) -> Outcome:
        from zoo.epochs import Diverged

        try:
            return self._within_memory(proposal, digest, on_epoch)
        except SpecError as error:
            return _failed("the spec is refused: " + "; ".join(map(str, error.problems)))
        except Diverged as error:
            return _failed(str(error))
        except out_of_memory() as error:
            if not _is_out_of_memory(error):
                raise
            return _failed(f"out of memory: {error}")

    def _within_memory(self, proposal: "Proposal", digest: str | None, on_epoch: OnEpoch) -> Outcome:
        """The trial in batches as they are, or else in halves of them, quarters, and so on, as the memory holds."""
        document = specs.with_params(self.document, **proposal.values)
        train = document.train or Train()
        parts = checkpoints.parts_of(self.directory, proposal.id)
        while True:
            smaller = in_micro_batches(train, parts) if parts > 1 else train
            assert smaller is not None
            state = checkpoints.state_of(self.directory, proposal.id, parts)
            try:
                outcome = self._trained(replace(document, train=smaller), proposal, digest, state, on_epoch)
                return replace(outcome, micro_batches=parts)
            except out_of_memory() as error:
                if in_micro_batches(train, 2 * parts) is None or not _is_out_of_memory(error):
                    raise
            self.compiled.kept.clear()  # so that nothing of this attempt stays in memory
            state.unlink(missing_ok=True)
            parts *= 2

    def _trained(
        self, document: Document, proposal: "Proposal", digest: str | None, state: Path, on_epoch: OnEpoch
    ) -> Outcome:
        start = self._start(proposal, digest)
        fit = zoo.fit(
            document,
            self.dataset,
            epochs=proposal.epochs or self.epochs,
            weights=start,
            initial_epoch=proposal.initial_epoch if start else 0,
            seed=proposal.seed,
            checkpoint=state,
            compiled=self.compiled,
            on_epoch=on_epoch,
        )
        outcome = self._scored(tuple(fit.history), proposal.initial_epoch if start else 0)
        if proposal.seed is not None and not outcome.reason:
            from zoo.training import evaluate

            return replace(outcome, test=evaluate(document, fit.model, self.dataset.test))
        return outcome if outcome.reason else self._kept(proposal, outcome, fit.model)

    def _start(self, proposal: "Proposal", digest: str | None) -> Path | None:
        """The weights to go on from; without them the trial is trained from its first epoch."""
        if proposal.source is None:
            return None
        path = checkpoints.path_of(self.directory, proposal.source)
        return path if checkpoints.whole(path, digest) else None

    def _scored(self, history: tuple[Mapping[str, float], ...], initial_epoch: int) -> Outcome:
        objective = self.search.objective
        if history and objective not in history[0]:
            raise SearchError(f"training reports no {objective}, only {', '.join(sorted(history[0]))}")
        best = best_epoch(objective, history)
        if best is None:
            return _failed(f"{objective} was not finite in any epoch")
        return Outcome(score=best[1], epoch=initial_epoch + best[0] + 1, history=history)

    def _kept(self, proposal: "Proposal", outcome: Outcome, model: Any) -> Outcome:
        if proposal.epochs is None or proposal.epochs >= self.epochs:
            return outcome
        digest = checkpoints.save(model.save_weights, checkpoints.path_of(self.directory, proposal.id))
        return Outcome(outcome.score, outcome.epoch, None, outcome.history, digest)


def out_of_memory() -> tuple[type[BaseException], ...]:
    """The error classes to catch; asked when something was raised, so that it imports nothing by itself."""
    return (MemoryError, *(kind for kind, _ in _device_errors()))


def _is_out_of_memory(error: BaseException) -> bool:
    matches = (isinstance(error, kind) and text in str(error) for kind, text in _device_errors())
    return isinstance(error, MemoryError) or any(matches)


def _device_errors() -> Iterator[tuple[type[BaseException], str]]:
    for module, path, text in OUT_OF_MEMORY:
        found: object = sys.modules.get(module)
        for name in path.split("."):
            found = getattr(found, name, None)
        if isinstance(found, type) and issubclass(found, BaseException):
            yield found, text


def _failed(reason: str) -> Outcome:
    text = " ".join(reason.split())
    return Outcome(reason=text if len(text) <= MAX_REASON else f"{text[: MAX_REASON - 1]}…")
