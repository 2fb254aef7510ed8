"""The best of a study as a finished run: its best.yaml, trained as `zoo train` does, in the study's own directory."""

from pathlib import Path
from typing import Any

import specs
import zoo
from specs.errors import UserError

BEST, RUN = "best.yaml", "best"


def best_run(study: Path, **tell: Any) -> Path:
    """The run of a study's best spec, trained now where it has not been yet, or to its end where that was stopped.

    `tell` are callbacks of `zoo.train`. Raises `UserError` where the search has come to no best yet, or the run is that
    of an earlier best.
    """
    if not (study / BEST).is_file():
        raise UserError(f"{study}: its search has come to no best yet; go on with it: zoo tune")
    document, run = specs.load(study / BEST), study / RUN
    if not run.exists():
        zoo.train(document, run, **tell)
        return run
    if not (run / "spec.yaml").is_file():
        raise UserError(f"{run}: is no run; move it away, and the best is trained there")
    if specs.load(run / "spec.yaml").params != document.params:
        raise UserError(f"{run}: has other values than {study / BEST}, which is newer; move it away")
    if not (run / "metrics.json").is_file():
        zoo.resume(run, **tell)
    return run
