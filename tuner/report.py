"""What a search came to, as a person reads it at its end and as JSON."""

import sys
from typing import IO, TYPE_CHECKING, Any

from specs.render.space import region_as_json
from tuner.objective import rank
from tuner.reports.confirmation import confirmation_lines
from tuner.reports.html import REPORT
from tuner.reports.listing import trial_json
from tuner.reports.words import score_text, values_text
from tuner.searching import Result
from tuner.study import Trial
from zoo.progress import say

if TYPE_CHECKING:
    from rich.table import Table

    from specs.points import Survey

HEADINGS = ("trial", "status", "values", "score", "epochs", "seconds", "reason")


def as_json(result: Result) -> dict[str, Any]:
    """What `zoo tune --json` prints; trials in the order of their rank."""
    best = result.best
    return {
        "best": {"values": dict(best.values), "score": best.score, "trial": best.id},
        "trials": [trial_json(trial) for trial in result.trials],
        **({"front": [trial.id for trial in result.front]} if result.front else {}),
        "out": str(result.out),
        "report": str(result.out / REPORT),
        **({"confirmation": result.confirmation.as_json()} if result.confirmation else {}),
        **({"note": result.note} if result.note else {}),
        **({"left_out": list(map(region_as_json, result.left_out))} if result.left_out else {}),
    }


def row(trial: Trial) -> tuple[str, ...]:
    """A trial as the cells of a table, in the order of HEADINGS.

    >>> row(Trial(3, "done", {"rate": 0.012345, "norm": "batch"}, score=0.91, seconds=4.2, history=({}, {})))
    ('3', 'done', 'rate 0.01235, norm batch', '0.9100', '2', '4.2', '')
    """
    epochs = str(len(trial.history)) if trial.history else ""
    seconds = f"{trial.seconds:.1f}" if trial.seconds else ""
    return (
        str(trial.id),
        trial.status,
        values_text(trial.values),
        score_text(trial.score, trial.std),
        epochs,
        seconds,
        trial.reason or "",
    )


def table(objective: str, trials: tuple[Trial, ...]) -> "Table":
    """The trials ranked, as a rich table."""
    # Imported here: a search under --json needs none of it.
    from rich.table import Table
    from rich.text import Text

    shown = Table()
    for heading in HEADINGS:
        name = objective if heading == "score" else heading
        shown.add_column(name, justify="right" if heading in ("trial", "score", "epochs", "seconds") else "left")
    for trial in rank(objective, trials):
        shown.add_row(*map(Text, row(trial)))
    return shown


def show(result: Result, file: IO[str] | None = None) -> None:
    """Prints the ranked table and where the best spec lies."""
    from rich.console import Console

    # Without a terminal rich takes 80 columns and folds the values into a ribbon.
    stream = file or sys.stdout
    console = Console(file=stream, width=None if stream.isatty() else 160)
    with console.capture() as captured:  # rich itself would end the process with 1 where the reader went away
        console.print(table(result.objective, result.trials))
    print(captured.get(), end="", file=stream)
    for text in confirmation_lines(result.confirmation) if result.confirmation else []:
        print(text, file=stream)
    if len(result.front) > 1:
        print(f"front: trials {', '.join(str(trial.id) for trial in result.front)}; zoo trials --front", file=stream)
    print(f"best: trial {result.best.id}, {result.spec}", file=stream)
    print(f"report: {result.out / REPORT}", file=stream)
    if result.note:
        print(result.note, file=stream)


def say_left_out(survey: "Survey") -> None:
    """Prints on stderr, in a line each, the parts of the space that the search leaves out, and why."""
    for region in survey.regions:
        problem = region.problem
        say(f"left out: {region}: {problem.path} (line {problem.mark.line}): {problem.message}", sys.stderr)
