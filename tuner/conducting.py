"""The course of a search: propose, record, run, record, with several trials running, until enough have ended."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from specs.sections.search import Search
from tuner import checkpoints
from tuner.capacity import Capacity
from tuner.errors import Interrupted, StudyError, on_disk
from tuner.fitting import MAX_CHECKED, Fits, all_fit
from tuner.pools import Death, Pool
from tuner.pruning import Pruning
from tuner.replaying import replayed
from tuner.signals import interrupted_by_signals
from tuner.spending import Spending
from tuner.starts import tried_first
from tuner.study import Study, Trial

if TYPE_CHECKING:
    from specs.inactive import Settle
    from tuner.oracles import Oracle
    from tuner.proposal import Proposal
    from tuner.trial import Outcome

MAX_STARTS = 3
"""A trial that took the whole search down with it so often is recorded as failed; else it would at every restart."""

MAX_DEATHS = 2
"""A trial whose workers ended so often is recorded as failed."""

NOTHING_FITS = (
    f"{MAX_CHECKED} proposals in a row did not fit the spec, and the search ended; zoo validate says where the space "
    "does not fit: narrow it"
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: a trial was found in the study, started, came through an epoch, or ended."""

    kind: Literal["found", "started", "epoch", "ended"]
    trial: Trial
    total: int
    """Trials asked for."""
    epoch: int = 0
    """Epochs that the trial has come through, with those of the trial that it continues; of all its trainings."""
    logs: Mapping[str, float] | None = None


OnEvent = Callable[[Event], None]


@interrupted_by_signals()
def conduct(
    study: Study,
    search: Search,
    defaults: Mapping[str, object],
    epochs: int,
    pool: Pool,
    on_event: OnEvent,
    fits: Fits = all_fit,
    begun: float | None = None,
    settle: "Settle | None" = None,
    capacity: Capacity | None = None,
) -> str | None:
    """Runs and records trials until `search.trials` have ended, or the space or the budget is used up.

    `fits` is asked of each proposal: what does not fit the spec becomes no trial. `settle` gives params that are
    inactive at a point one value. `begun` is when the session began, for the budget. `capacity` learns what fits into
    the device's memory. Gives the reason where there are fewer trials than were asked for.
    """
    recorded = study.trials()
    for trial in recorded:
        on_event(Event("found", trial, search.trials))
    running = {trial.id for trial in recorded if trial.status == "running"}
    # A process that was killed may have left what it would have deleted next.
    checkpoints.prune(study.directory / "trials", {trial.id for trial in recorded if trial.checkpoint}, running)
    if _ended(recorded) >= search.trials:
        return None
    pool.prepare(search.trials - _ended(recorded))
    # keras-tuner takes seconds to import: a search that is over is shown without it.
    from tuner.oracles import Oracle

    oracle = Oracle(search, defaults, epochs, fits, [*tried_first(search, defaults), *study.starts()], settle)
    spending, pruning = Spending(study, search, epochs, pool.size, begun), Pruning(search, epochs)
    course = _Course(study, oracle, pool, search, spending, pruning, capacity or Capacity(None), on_event)
    with _put_back(course, study):
        course.run()
    return NOTHING_FITS if oracle.given_up else course.note


@contextmanager
def _put_back(course: "_Course", study: Study) -> Iterator[None]:
    """Whatever ends the body, what runs is no end of its own."""
    try:
        yield
    except KeyboardInterrupt as error:
        course.put_back()
        raise Interrupted(course.where()) from error
    except BaseException as error:
        with suppress(StudyError):  # a full disk takes this no more than what came before
            course.put_back()
        if isinstance(error, OSError) and on_disk(error):
            raise StudyError(f"{error.filename or study.directory}: {error.strerror}") from error
        raise


class _Course:
    """The trials that run, and the record and the oracle kept in step."""

    note: str | None = None
    """Why there are fewer trials than were asked for."""

    def __init__(
        self,
        study: Study,
        oracle: "Oracle",
        pool: Pool,
        search: Search,
        spending: Spending,
        pruning: Pruning,
        capacity: Capacity,
        on_event: OnEvent,
    ) -> None:
        self._study = study
        self._oracle = oracle
        self._pool = pool
        self._total = search.trials
        self._spending = spending
        self._pruning = pruning
        self._capacity = capacity
        self._on_event = on_event
        self._trials = {trial.id: trial for trial in study.trials()}
        for trial in self._trials.values():
            capacity.tell(trial.values, trial.micro_batches)
        self._ended = _ended(self._trials.values())
        self._waiting = replayed(oracle, self._trials.values())
        self._running: dict[int, Proposal] = {}

    def run(self) -> None:
        """Until all is done."""
        while True:
            self._fill()
            if not self._running:
                return
            ended = self._pool.wait(self._epoch, self._spending.until(self._trials.values()))
            if ended is None:
                self.note = self._spending.used_up()
                self.put_back()
                return
            self._settle(*ended)

    def put_back(self) -> None:
        """Records that the running trials were not their own end."""
        self._spending.record()
        for number in self._running:
            self._study.put_back(self._trials[number])

    def where(self) -> str:
        """Where the search stopped, and that it can go on."""
        several = "s" if len(self._running) > 1 else ""
        place = f" in trial{several} {', '.join(map(str, self._running))}" if self._running else ""
        return f"stopped{place}; {self._ended} are recorded, the same command goes on"

    def _fill(self) -> None:
        while len(self._running) < self._pool.size and self._ended + len(self._running) < self._total:
            # An oracle that has nothing now may have something once a running trial has ended.
            proposal = self._waiting.popleft() if self._waiting else self._oracle.propose()
            if proposal is None:
                return
            if not self._spending.allows(proposal, self._trials.values()):
                self.note = self._spending.used_up()
                return
            self._take(proposal)

    def _take(self, proposal: "Proposal") -> None:
        trial = self._trials.get(proposal.id)
        if trial is None:
            trial = Trial(proposal.id, "running", proposal.values, told=self._ended)
            checkpoints.forget(self._study.directory / "trials", trial.id)
        elif trial.starts >= MAX_STARTS:
            reason = f"the process ended {trial.starts} times while this trial ran (killed for its memory?)"
            self._end(proposal, replace(trial, status="failed", reason=reason))
            return
        self._trials[trial.id] = trial
        self._start(proposal)

    def _start(self, proposal: "Proposal") -> None:
        trial = self._trials[proposal.id]
        self._study.start(trial)
        self._running[trial.id] = proposal
        self._spending.start(proposal)
        self._on_event(Event("started", trial, self._total))
        source = self._trials[proposal.source] if proposal.source else None
        proposal = replace(proposal, micro_batches=self._capacity.micro_batches(proposal.values))
        self._pool.submit(proposal, source.checkpoint if source else None)

    def _epoch(self, number: int, epoch: int, logs: Mapping[str, float]) -> bool:
        self._on_event(Event("epoch", self._trials[number], self._total, epoch + 1, logs))
        return self._pruning.hopeless(number, epoch, logs, self._trials.values())

    def _settle(self, number: int, found: "Outcome | Death") -> None:
        trial, proposal = self._trials[number], self._running[number]
        seconds = self._spending.end(number)
        if not isinstance(found, Death):
            self._end(proposal, _finished(trial, found, seconds))
            return
        self._study.lose(trial)
        trial = self._trials[number] = replace(trial, deaths=trial.deaths + 1)
        if trial.deaths < MAX_DEATHS:
            self._start(proposal)
            return
        reason = f"its worker {found.reason} (attempt {trial.deaths} of {MAX_DEATHS})"
        self._end(proposal, replace(trial, status="failed", reason=reason))

    def _end(self, proposal: "Proposal", trial: Trial) -> None:
        self._ended += 1
        trial = self._trials[trial.id] = replace(trial, place=self._ended)
        self._study.finish(trial)
        self._spending.record()
        self._running.pop(trial.id, None)
        self._pruning.forget(trial.id)
        self._capacity.tell(trial.values, trial.micro_batches)
        self._on_event(Event("ended", trial, self._total))
        self._oracle.tell(trial.id, trial.score, trial.scores)
        sources = {each.source for each in self._running.values() if each.source}
        checkpoints.prune(self._study.directory / "trials", self._oracle.promotable() | sources, set(self._running))


def _finished(trial: Trial, outcome: "Outcome", seconds: float) -> Trial:
    return replace(
        trial,
        status="failed" if outcome.reason else "pruned" if outcome.pruned else "done",
        score=outcome.score,
        epoch=outcome.epoch,
        seconds=seconds,
        reason=outcome.reason,
        history=outcome.history,
        checkpoint=outcome.checkpoint,
        micro_batches=outcome.micro_batches,
        trainings=outcome.trainings,
        scores=outcome.scores,
    )


def _ended(trials: Iterable[Trial]) -> int:
    return sum(trial.status != "running" for trial in trials)
