"""A study for TensorBoard's HParams: a run a trial, with its values, the score, and the epochs as curves."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from tensorboard.plugins.hparams import summary_v2 as hparams

from specs.sections.search import Axis
from tuner.objective import best_epoch
from tuner.reports.reading import Record
from tuner.study import Trial
from zoo.events import EVENTS, scalars, write_event_file

SCORE = "score"
"""The objective in a trial's best epoch; its curve has every epoch. Of several the next ones are score_2 and so on."""


def write_tensorboard(record: Record, directory: Path) -> None:
    """Write a directory for `tensorboard --logdir`: what is searched, and below it DIRECTORY/trial-1 and so on.

    Equal names give equal files: exporting again adds the trials that are new. Trials that run are left out.
    """
    trials = [trial for trial in record.trials if trial.status != "running"]
    axes = record.search.space.items()
    searched = [hparams.HParam(name, _domain(axis, [t.values.get(name) for t in trials])) for name, axis in axes]
    metrics = [hparams.Metric(_tag(i), display_name=name) for i, name in enumerate(record.search.objective)]
    write_event_file(directory / f"{EVENTS}.study", [(0, hparams.hparams_config_pb(searched, metrics))])
    for trial in trials:
        _write_trial(record.search.objective, trial, directory / f"trial-{trial.id}")


def _tag(number: int) -> str:
    """The name of an objective by its place in the search's list."""
    return f"{SCORE}_{number + 1}" if number else SCORE


def _write_trial(objectives: Sequence[str], trial: Trial, directory: Path) -> None:
    start = hparams.hparams_pb(dict(trial.values), trial_id=directory.name)
    scores = {} if trial.score is None else trial.scores or {objectives[0]: trial.score}
    values = {_tag(i): scores[name] for i, name in enumerate(objectives) if name in scores}
    score = [(trial.epoch or 0, scalars(values))] if values else []
    write_event_file(directory / f"{EVENTS}.trial", [(0, start), *score, (0, _end(trial))])
    found = best_epoch(objectives[0], trial.history)
    first = (trial.epoch or 1) - found[0] if found else 1
    for part, curves in _parts(trial.history).items():
        write_event_file(directory / part / f"{EVENTS}.epochs", ((first + i, scalars(v)) for i, v in enumerate(curves)))


def _parts(history: Iterable[Mapping[str, float]]) -> dict[str, list[dict[str, float]]]:
    """The epochs as a run's logs have them: what is reported of either part under the same name."""
    found: dict[str, list[dict[str, float]]] = {"train": [], "validation": []}
    for logs in history:
        found["train"].append({name: value for name, value in logs.items() if not name.startswith("val_")})
        validated = {name.removeprefix("val_"): value for name, value in logs.items() if name.startswith("val_")}
        found["validation"].append(validated)
    return found


def _end(trial: Trial) -> Summary:
    status = api_pb2.STATUS_FAILURE if trial.score is None else api_pb2.STATUS_SUCCESS
    data = plugin_data_pb2.HParamsPluginData(session_end_info=plugin_data_pb2.SessionEndInfo(status=status))
    value = Summary.Value(tag=metadata.SESSION_END_INFO_TAG, tensor=metadata.NULL_TENSOR)
    value.metadata.CopyFrom(metadata.create_summary_metadata(data))
    return Summary(value=[value])


def _domain(axis: Axis, seen: list[Any]) -> Any:
    """What a param can be, widened by what trials had: TensorBoard hides those with other values."""
    values = [value for value in seen if value is not None]
    if axis.values is None:
        numbers = [axis.min_value, axis.max_value, *(value for value in values if math.isfinite(value))]
        return hparams.RealInterval(float(min(numbers)), float(max(numbers)))
    known = [*axis.values, *(value for value in values if value not in axis.values)]
    as_numbers = not any(isinstance(value, (bool, str)) for value in known)
    return hparams.Discrete([float(value) for value in known] if as_numbers else known)
