"""A spec's search from its settings to its result: the study is opened, trials are run, the best spec is written."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import specs
import zoo
from specs.document import Document
from specs.errors import UserError, did_you_mean, got
from specs.sections.search import OracleName, Search
from specs.sections.train import Train
from specs.teaching import check_teacher
from specs.try_first import without_points
from tuner.capacity import Capacity
from tuner.changes import extended, forked
from tuner.conducting import Event as Event
from tuner.conducting import OnEvent as OnEvent
from tuner.conducting import conduct
from tuner.confirming import OnRepeat, confirm
from tuner.database import translated
from tuner.devices import gpus, shares
from tuner.errors import SearchError
from tuner.fingerprint import PACKAGES, backend, fingerprint
from tuner.fitting import fits_of
from tuner.objective import front, rank
from tuner.plan import Plan, registered
from tuner.pools import InProcess, Pool
from tuner.reports.confirmation import DEFAULTS, Confirmation, Repeated, confirmation_of
from tuner.reports.html import write_report
from tuner.starts import tried_first
from tuner.study import Study, Trial
from zoo.files import write_text_atomically

if TYPE_CHECKING:
    from specs.points import Survey


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
    confirmation: Confirmation | None = None
    """What training the best again came to, where `search.confirm` asks for it; `best` is then its winner."""
    front: tuple[Trial, ...] = ()
    """Of a search for several objectives the trials that no other is better than in one and as good in all."""


def search(
    name_or_document: str | Path | Document,
    out: str | Path | None = None,
    *,
    trials: int | None = None,
    oracle: OracleName | None = None,
    workers: int | None = None,
    ray: str | None = None,
    extend: bool = False,
    fork: str | Path | None = None,
    on_event: OnEvent | None = None,
    on_repeat: OnRepeat | None = None,
    on_survey: "Callable[[Survey], None] | None" = None,
    **params: object,
) -> Result:
    """Searches the space of a spec's `search:` section, and goes on where an earlier call with this `out` stopped.

    `out` is the study's directory, studies/<name> where not given; `trials` and `oracle` stand in for what the spec
    says, `params` for its params' values. More trials than before may be asked for at any time.
    `workers` processes run trials: one a GPU where not given, or one in all; with 0 this process does. With `ray`, the
    address of a Ray cluster or "auto", they run on its machines, one on each where it has no GPUs. Where the spec
    or something else has changed since, `extend` keeps the trials that are still asked for; `fork` is another study's
    directory, whose best points are tried first. `on_survey` is told at the start what is proven of the space.

    Raises UserError where the spec has nothing to search or the study was made for something else, SearchError where
    every trial failed, StudyError where the study cannot be used, Interrupted on Ctrl-C.
    """
    begun = time.monotonic()
    document = _document(name_or_document, params)
    settings = _settings(document, trials, oracle)
    train, folder = document.train or Train(), Path("studies", document.name) if out is None else Path(out)
    dataset, survey = _data(document, settings), specs.survey(document)
    (on_survey or _ignore)(survey)
    epochs, fits, settle = settings.epochs or train.epochs, fits_of(document, survey), specs.settling(document)
    plan = Plan(document, settings, epochs, folder / "trials", dataset.fingerprint, registered())
    with Study.open(folder / "study.sqlite") as study:
        _claim(study, plan, extend, fork)
        with _pool(plan, dataset, workers, ray) as pool:
            told, memory = on_event or _ignore, Capacity(document)
            note = conduct(study, settings, document.params, epochs, pool, told, fits, begun, settle, memory)
            last = train.seed + settings.seeds - 1
            unconfirmed = confirm(study, settings, document.params, last, pool, on_repeat or _ignore)
        write_report(folder)
        return replace(_result(document, settings, study, note or unconfirmed), left_out=survey.regions)


def _data(document: Document, settings: Search) -> "zoo.Dataset":
    """The data; where they are too few for the folds, that is said before anything is written."""
    check_teacher(document, specs.lower(document))
    dataset = zoo.load_data(document)
    if settings.folds is not None:
        from zoo.data.loading import folds_of

        folds_of(dataset, settings.folds, seed=0)
    return dataset


def _claim(study: Study, plan: Plan, extend: bool, fork: str | Path | None) -> None:
    from zoo.teaching import teacher_digest

    asked = {**fingerprint(plan.document, plan.search, plan.data), **teacher_digest(plan.document)}
    keep = partial(extended, search=plan.search) if extend else None
    study.claim(asked, keep, () if fork is None else forked(Path(fork), study.directory, asked, plan.search))


@contextmanager
def _pool(plan: Plan, dataset: "zoo.Dataset", workers: int | None, ray: str | None) -> Iterator[Pool]:
    if workers is not None and workers < (0 if ray is None else 1):
        raise UserError(f"workers: must be at least {0 if ray is None else '1 on a cluster'} {got(workers)}")
    judged = plan.search.pruner is not None
    if ray is not None and plan.search.trials_per_step > 1:
        raise UserError("ray: on a cluster each trial trains by itself; take out search.trials_per_step")
    if ray is not None:
        from tuner.cluster import Cluster

        with Cluster(plan, plan.directory, ray, workers, plan.search.trial_seconds, judged) as cluster:
            yield cluster
        return
    if workers == 0:
        yield InProcess(plan.runner(dataset), plan.search.trials_per_step)
        return
    from tuner.workers import Workers

    every, at_once = shares(workers, gpus()), plan.search.trials_per_step
    with Workers(plan, every, plan.search.trial_seconds, judged=judged, at_once=at_once) as pool:
        yield pool


def _document(name_or_document: str | Path | Document, params: Mapping[str, object]) -> Document:
    if isinstance(name_or_document, Document):
        return specs.with_params(name_or_document, **params) if params else name_or_document
    return specs.load(name_or_document, **params)


def _settings(document: Document, trials: int | None, oracle: str | None) -> Search:
    if document.search is None:
        raise UserError(f"{document.file}: has no search section, so there is nothing to search")
    if document.train and document.train.distribution and document.train.distribution.over == "workers":
        raise UserError(f"{document.name}: zoo tune is one process; train.distribution.over: workers is for zoo train")
    if document.search.trials_per_step > 1 and backend() != "jax":
        place = f"{document.name}: search.trials_per_step: trials train at once on JAX alone"
        raise UserError(f"{place}; set KERAS_BACKEND=jax, or trials_per_step: 1 (got {backend()})")
    if trials is not None and trials < 1:
        raise UserError(f"trials: must be at least 1 {got(trials)}")
    known = get_args(OracleName)
    if oracle is not None and oracle not in known:
        hint = did_you_mean(oracle, known) or f"one of {', '.join(known)}"
        raise UserError(f"oracle: no such oracle {got(oracle)}; {hint}")
    changes = {"trials": trials, "oracle": oracle}
    settings = document.search.model_copy(update={key: value for key, value in changes.items() if value is not None})
    if (reason := settings.refusal()) is not None:
        raise UserError(f"{document.name}: {reason}")
    package = PACKAGES.get(settings.oracle)
    if package is not None and find_spec(package) is None:
        raise UserError(
            f"oracle {settings.oracle} needs {package}, which is not installed: pip install 'speczoo[optuna]'"
        )
    tried_first(settings, document.params)  # says what is wrong before there is a study
    return settings


def _result(document: Document, settings: Search, study: Study, note: str | None) -> Result:
    objective, folder = settings.objective[0], study.directory
    ranked = rank(objective, study.trials())
    if not ranked and note is not None:
        raise SearchError(f"{folder}: {note}")
    if not ranked or ranked[0].score is None:
        reasons = dict.fromkeys(trial.reason for trial in ranked)
        raise SearchError(f"{folder}: all {len(ranked)} trials failed: {'; '.join(map(str, reasons))}")
    best_ones = front(settings.objective, ranked)
    confirmation = confirmation_of(objective, study.repeats()) if settings.confirm else None
    winner = confirmation.winner if confirmation else None
    best = next((trial for trial in ranked if winner and _is(trial, winner, document)), best_ones[0])
    path = folder / "best.yaml"
    with translated(path):
        write_text_atomically(path, specs.dump(specs.with_params(without_points(document), **best.values), path.parent))
    several = best_ones if len(settings.objective) > 1 else ()
    return Result(objective, best, ranked, folder, path, note, (), confirmation, several)


def _is(trial: Trial, winner: Repeated, document: Document) -> bool:
    if winner.trial == DEFAULTS:
        return all(document.params[name] == value for name, value in trial.values.items())
    return trial.id == winner.trial


def _ignore(*_: object) -> None:
    pass
