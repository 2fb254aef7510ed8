"""The trials of a study for other programs: a table for spreadsheets and data frames, a study of Optuna's."""

import csv
import datetime
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from specs.errors import RunError, UserError
from specs.sections.reported import is_maximised
from specs.sections.search import Axis
from tuner.reports.reading import Record
from tuner.study import Trial
from zoo.files import written_atomically

COLUMNS = ("id", "status", "score", "std", "epoch", "epochs", "seconds", "reason")

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""Text that begins so is computed by spreadsheets; an apostrophe before it makes it text again."""

STATES = {"done": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL"}
"""What Optuna calls the end of a trial."""

OPTUNA_MISSING = "writing a study of Optuna's needs Optuna: pip install 'speczoo[optuna]'"


def write_csv(record: Record, trials: Sequence[Trial], target: Path) -> None:
    """A row a trial, values in columns named params.NAME; to a file, or to standard output where it is `-`.

    Numbers are written in full. Raises RunError where the file cannot be written.
    """
    if str(target) == "-":
        _write_rows(record, trials, sys.stdout)
        return
    try:
        with written_atomically(target) as partial, partial.open("w", encoding="utf-8", newline="") as file:
            _write_rows(record, trials, file)
    except OSError as error:
        raise RunError(f"{target}: cannot be written ({error.strerror or error})") from error


def _write_rows(record: Record, trials: Sequence[Trial], file: IO[str]) -> None:
    names = list(record.search.space)
    writer = csv.writer(file, lineterminator="\n")
    more = record.search.objective[1:]
    writer.writerow([*COLUMNS, *more, *(f"params.{name}" for name in names)])
    for trial in trials:
        score = (trial.id, trial.status, trial.score, trial.std)
        known = (*score, trial.epoch, len(trial.history), trial.seconds, trial.reason, *map(trial.scores.get, more))
        writer.writerow([_cell(value) for value in (*known, *(trial.values.get(name) for name in names))])
    file.flush()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value


def write_optuna(record: Record, target: Path) -> None:
    """Write a study of Optuna's, in SQLite: `optuna-dashboard sqlite:///FILE` shows it, optuna.load_study loads it.

    Trials that run are left out. What a study of ours does not know, when a trial ran, is put together from how long it
    took. Raises UserError where Optuna is not installed or the file is there already.
    """
    try:
        import optuna
    except ModuleNotFoundError as error:
        if error.name != "optuna":
            raise
        raise UserError(OPTUNA_MISSING) from None
    if target.exists():
        raise UserError(f"{target}: is there already; give another name, or remove it")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    directions = ["maximize" if is_maximised(name) else "minimize" for name in record.search.objective]
    ended = [trial for trial in record.trials if trial.status != "running"]
    spaces = {
        name: _distribution(optuna.distributions, axis, [t.values[name] for t in ended if name in t.values])
        for name, axis in record.search.space.items()
    }
    with written_atomically(target) as partial:
        storage = optuna.storages.RDBStorage(f"sqlite:///{partial}")
        study = optuna.create_study(storage=storage, study_name=record.name, directions=directions)
        study.add_trials([_optuna_trial(optuna, trial, spaces, record.objective) for trial in ended])
        storage.engine.dispose()


def _optuna_trial(optuna: Any, trial: Trial, spaces: Mapping[str, Any], objective: str) -> Any:
    found = optuna.trial.create_trial(
        state=optuna.trial.TrialState[STATES[trial.status]],
        values=None if trial.score is None else list(trial.scores.values()) or [trial.score],
        params=dict(trial.values),
        distributions={name: spaces[name] for name in trial.values},
        user_attrs={"trial": trial.id, **({"reason": trial.reason} if trial.reason else {})},
        # Optuna has none in a study with several objectives.
        intermediate_values={}
        if trial.scores
        else {epoch: logs[objective] for epoch, logs in enumerate(trial.history, 1) if objective in logs},
    )
    found.datetime_start = found.datetime_complete - datetime.timedelta(seconds=trial.seconds)
    return found


def _distribution(distributions: Any, axis: Axis, seen: Sequence[Any]) -> Any:
    """What Optuna is told of a param, widened by the values that trials had outside of it."""
    if axis.values is not None:
        return distributions.CategoricalDistribution([*axis.values, *_others(axis.values, seen)])
    numbers = [axis.min_value, axis.max_value, *(value for value in seen if math.isfinite(value))]
    low, high = min(numbers), max(numbers)
    log = axis.sampling == "log" and low > 0
    if axis.is_integer and all(isinstance(number, int) for number in numbers):
        return distributions.IntDistribution(low, high, log=log)
    return distributions.FloatDistribution(float(low), float(high), log=log)


def _others(values: Sequence[Any], seen: Sequence[Any]) -> list[Any]:
    return list({repr(value): value for value in seen if value not in values}.values())
