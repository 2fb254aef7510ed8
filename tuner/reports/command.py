"""What `zoo trials` does with a study besides listing it: the files that were asked for, and what matters."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import specs
from specs.errors import RunError, UserError
from specs.render.table import columns
from tuner.reports.exports import write_csv, write_optuna
from tuner.reports.listing import Wanted, chosen, study_as_json, study_text
from tuner.reports.reading import Record, read_study
from tuner.study import Trial
from zoo.files import write_text_atomically


def written(
    record: Record,
    trials: Sequence[Trial],
    html: Path | None = None,
    csv: Path | None = None,
    tensorboard: Path | None = None,
    optuna: Path | None = None,
    write: int | None = None,
) -> Iterator[str]:
    """Write what was asked for and say where it lies; the CSV has the trials that are listed, the others all of them.

    Raises RunError where a file cannot be written, UserError where Optuna is not there.
    """
    try:
        if html:
            from tuner.reports.html import write_html

            write_html(record, html)
            yield f"report: {html}"
        if csv:
            write_csv(record, trials, csv)
            if str(csv) != "-":
                yield f"table: {csv}"
        if tensorboard:
            from tuner.reports.tensorboard import write_tensorboard

            write_tensorboard(record, tensorboard)
            yield f"for TensorBoard: tensorboard --logdir {tensorboard}"
        if optuna:
            write_optuna(record, optuna)
            yield f"for Optuna's dashboard: optuna-dashboard sqlite:///{optuna}"
        if write:
            yield f"spec: {write_spec(record, write)}"
    except OSError as error:
        raise RunError(f"{error.filename}: cannot be written ({error.strerror or error})") from error


def write_spec(record: Record, number: int) -> Path:
    """Write the spec with the values of a trial beside best.yaml, which the search leaves when it ends.

    Raises UserError where there is no such trial, or no best.yaml yet.
    """
    best, path = record.directory / "best.yaml", record.directory / f"trial-{number}.yaml"
    trial = next((trial for trial in record.trials if trial.id == number), None)
    if trial is None:
        raise UserError(f"--write: there is no trial {number}; zoo trials {record.directory} lists them")
    if not best.is_file():
        raise UserError(f"--write: {best} is written when the search ends; then this can be")
    write_text_atomically(path, specs.dump(specs.load(best, **trial.values), path.parent))
    return path


def told(study: Path, as_json: bool, importance: bool = False, **how: Any) -> tuple[Any, list[str]]:
    """What is printed, text or with `as_json` an object, and a line for each of the files that were written.

    `how` has the fields of Wanted and the files of `written`.
    """
    wanted = Wanted(**{field.name: how.pop(field.name) for field in fields(Wanted)})
    if as_json and str(how["csv"]) == "-":
        raise UserError("--csv - prints rows, --json prints an object: keep one")
    record = read_study(study)
    trials = chosen(record, wanted)
    lines = list(written(record, trials, **how))
    if as_json:
        return {
            **study_as_json(record, trials),
            **({"importance": importance_json(record)} if importance else {}),
        }, lines
    if importance:
        return importance_text(record), lines
    return ("" if any(how.values()) else study_text(record, trials)), lines


def importance_text(record: Record) -> str:
    """Of each searched param how much it has to do with the score, as a table; or why nothing can be said."""
    from tuner.reports.importance import importances

    found = importances(record)
    if found.refused is not None:
        return f"importance: not said: {found.refused}"
    verdicts = {"matters": "", "nothing": "did nothing that can be told from chance", "one value": "had one value"}
    rows = [
        [each.name, f"{each.alone:.2f}", f"{each.together:.2f}", f"{each.chance:.3f}", verdicts[each.verdict]]
        for each in found.params
    ]
    return columns(["param", "alone", "with others", "chance", ""], rows, right=[1, 2, 3])


def importance_json(record: Record) -> dict[str, Any]:
    """The same as data."""
    from tuner.reports.importance import importances

    return asdict(importances(record))
