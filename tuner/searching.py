"""The search: propose, record, run, record, until enough trials are done."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import specs
from specs.document import Document
from specs.errors import UserError, did_you_mean, got
from specs.sections.search import OracleName, Search
from specs.sections.train import Train
from tuner import checkpoints
from tuner.errors import Interrupted, SearchError
from tuner.fingerprint import fingerprint, versions
from tuner.fitting import MAX_CHECKED, Fits, all_fit, fits_of
from tuner.objective import rank
from tuner.signals import interrupted_by_signals
from tuner.study import Study, Trial
from zoo.files import write_text_atomically

if TYPE_CHECKING:
    from specs.points import Survey
    from tuner.oracles import Oracle, Proposal
    from tuner.trial import Outcome, Run

MAX_STARTS = 3
"""A trial that took the process down with it so often is recorded as failed; else it would at every restart."""

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
    """Epochs that the trial has come through, with those of the trial that it continues."""
    logs: Mapping[str, float] | None = None


OnEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What a search found."""

    objective: str
    best: Trial
    trials: tuple[Trial, ...]
    """All trials that ended, the best first, those that failed last."""
    out: Path
    """The study's directory."""
    spec: Path
    """best.yaml: the spec with the best values."""
    note: str | None = None
    """Why there are fewer trials than were asked for, where the space has more."""
    left_out: "tuple[specs.Region, ...]" = ()
    """The parts of the space that are proven not to fit the spec."""


def search(
    name_or_document: str | Path | Document,
    out: str | Path | None = None,
    *,
    trials: int | None = None,
    oracle: OracleName | None = None,
    on_event: OnEvent | None = None,
    on_survey: "Callable[[Survey], None] | None" = None,
    **params: object,
) -> Result:
    """Searches the space of a spec's `search:` section, and goes on where an earlier call with this `out` stopped.

    `out` is the study's directory, studies/<name> where not given; `trials` and `oracle` stand in for what the spec
    says, `params` for its params' values. More trials than before may be asked for at any time.
    `on_survey` is told at the start what is proven of the space.

    Raises UserError where the spec has nothing to search or the study was made for something else, SearchError where
    every trial failed, StudyError where the study cannot be used, Interrupted on Ctrl-C.
    """
    import zoo
    from tuner.trial import Runner

    document = _document(name_or_document, params)
    if document.train and document.train.distribution and document.train.distribution.over == "workers":
        raise UserError(f"{document.name}: zoo tune is one process; train.distribution.over: workers is for zoo train")
    settings = _settings(document, trials, oracle)
    folder = Path("studies", document.name) if out is None else Path(out)
    dataset = zoo.load_data(document)
    epochs = settings.epochs or (document.train or Train()).epochs
    survey = specs.survey(document)
    (on_survey or _ignore)(survey)
    with Study.open(folder / "study.sqlite") as study:
        study.claim(fingerprint(document, settings, dataset.fingerprint), versions())
        run = Runner(document, dataset, settings, epochs, folder / "trials")
        fits = fits_of(document, survey)
        note = conduct(study, settings, document.params, epochs, run, on_event or _ignore, fits)
        return replace(_result(document, settings, folder, study.trials(), note), left_out=survey.regions)


@interrupted_by_signals()
def conduct(
    study: Study,
    search: Search,
    defaults: Mapping[str, object],
    epochs: int,
    run: "Run",
    on_event: OnEvent,
    fits: Fits = all_fit,
) -> str | None:
    """Runs and records trials until `search.trials` have ended or the space is used up.

    `fits` is asked of each proposal: what does not fit the spec becomes no trial. Gives the reason where too
    little fits to find another one.
    """
    recorded = study.trials()
    for trial in recorded:
        on_event(Event("found", trial, search.trials))
    if _ended(recorded) >= search.trials:
        return None
    # keras-tuner takes seconds to import: a search that is over is shown without it.
    from tuner.oracles import Oracle

    oracle = Oracle(search, defaults, epochs, fits)
    proposal = _replayed(oracle, recorded)
    while _ended(study.trials()) < search.trials:
        proposal = proposal or oracle.propose()
        if proposal is None:
            return NOTHING_FITS if oracle.given_up else None
        trial = _run(study, proposal, run, search.trials, on_event)
        oracle.tell(trial.score)
        if proposal.epochs is not None:
            checkpoints.prune(study.directory / "trials", oracle.promotable())
        proposal = None
    return None


def _replayed(oracle: "Oracle", recorded: Iterable[Trial]) -> "Proposal | None":
    """Brings an oracle to where the study is; gives the trial that was running when the study was left."""
    for trial in recorded:
        proposal = oracle.propose(trial.values)
        if proposal is None:
            raise SearchError("this version of keras-tuner does not propose as many trials as the study holds")
        if trial.status == "running":
            return proposal
        oracle.tell(trial.score)
    return None


def _run(study: Study, proposal: "Proposal", run: "Run", total: int, on_event: OnEvent) -> Trial:
    known = {trial.id: trial for trial in study.trials()}
    starts = known[proposal.id].starts if proposal.id in known else 0
    trial = Trial(proposal.id, "running", proposal.values)
    if starts >= MAX_STARTS:
        reason = f"the process ended {starts} times while this trial ran (killed for its memory?)"
        return _ended_as(study, replace(trial, status="failed", reason=reason), total, on_event)
    study.start(trial)
    on_event(Event("started", trial, total))
    digest = known[proposal.source].checkpoint if proposal.source else None
    begun = time.monotonic()
    outcome = _outcome(study, trial, lambda: run(proposal, digest, _epochs_of(trial, total, on_event)))
    finished = Trial(
        id=trial.id,
        status="failed" if outcome.reason else "done",
        values=trial.values,
        score=outcome.score,
        epoch=outcome.epoch,
        seconds=time.monotonic() - begun,
        reason=outcome.reason,
        history=outcome.history,
        checkpoint=outcome.checkpoint,
    )
    return _ended_as(study, finished, total, on_event)


def _outcome(study: Study, trial: Trial, run: "Callable[[], Outcome]") -> "Outcome":
    try:
        return run()
    except KeyboardInterrupt as error:
        study.put_back(trial)
        done = _ended(study.trials())
        raise Interrupted(f"stopped in trial {trial.id}; {done} are recorded, the same command goes on") from error
    except BaseException:
        study.put_back(trial)
        raise


def _ended_as(study: Study, trial: Trial, total: int, on_event: OnEvent) -> Trial:
    study.finish(trial)
    on_event(Event("ended", trial, total))
    return trial


def _epochs_of(trial: Trial, total: int, on_event: OnEvent) -> Callable[[int, Mapping[str, float]], None]:
    def on_epoch(epoch: int, logs: Mapping[str, float]) -> None:
        on_event(Event("epoch", trial, total, epoch + 1, logs))

    return on_epoch


def _ended(trials: Iterable[Trial]) -> int:
    return sum(trial.status != "running" for trial in trials)


def _document(name_or_document: str | Path | Document, params: Mapping[str, object]) -> Document:
    if isinstance(name_or_document, Document):
        return specs.with_params(name_or_document, **params) if params else name_or_document
    return specs.load(name_or_document, **params)


def _settings(document: Document, trials: int | None, oracle: str | None) -> Search:
    if document.search is None:
        raise UserError(f"{document.file}: has no search section, so there is nothing to search")
    if trials is not None and trials < 1:
        raise UserError(f"trials: must be at least 1 {got(trials)}")
    known = get_args(OracleName)
    if oracle is not None and oracle not in known:
        hint = did_you_mean(oracle, known) or f"one of {', '.join(known)}"
        raise UserError(f"oracle: no such oracle {got(oracle)}; {hint}")
    changes = {"trials": trials, "oracle": oracle}
    return document.search.model_copy(update={key: value for key, value in changes.items() if value is not None})


def _result(
    document: Document, settings: Search, folder: Path, recorded: tuple[Trial, ...], note: str | None
) -> Result:
    ranked = rank(settings.objective, recorded)
    if not ranked and note is not None:
        raise SearchError(f"{folder}: {note}")
    if not ranked or ranked[0].score is None:
        reasons = dict.fromkeys(trial.reason for trial in ranked)
        raise SearchError(f"{folder}: all {len(ranked)} trials failed: {'; '.join(map(str, reasons))}")
    best = ranked[0]
    path = folder / "best.yaml"
    write_text_atomically(path, specs.dump(specs.with_params(document, **best.values), path.parent))
    return Result(settings.objective, best, ranked, folder, path, note)


def _ignore(_: object) -> None:
    pass
