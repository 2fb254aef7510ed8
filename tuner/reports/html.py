"""The report of a study: one HTML file with everything in it, which fetches nothing and runs no script but page.js."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specs.errors import RunError
from specs.pages.markup import Markup, tag
from specs.pages.page import page, section
from tuner.objective import rank
from tuner.reports import charts
from tuner.reports.confirmed import confirmed, winner_of
from tuner.reports.front import fronts
from tuner.reports.parallel import parallel
from tuner.reports.reading import Record, read_study
from tuner.reports.sections import best_values, failures, head, importance_of, scored_table
from tuner.reports.view import View, view_of
from tuner.reports.words import short
from zoo.files import write_text_atomically

if TYPE_CHECKING:
    from tuner.reports.importance import Importances

STYLE, SCRIPT = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))

REPORT = "report.html"
"""What a search leaves beside best.yaml."""


def write_report(directory: Path) -> None:
    """Write the report of the study in a directory to where it belongs, see `write_html`."""
    write_html(read_study(directory), directory / REPORT)


def write_html(record: Record, path: Path) -> None:
    """Write the report of a study; equal studies give equal files. Raises RunError where it cannot be written."""
    # NumPy and scikit-learn take seconds to import: only who asks for a report waits for them.
    from tuner.reports.importance import importances

    text = page_of(record, importances(record))
    try:
        write_text_atomically(path, text)
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror or error})") from error


def page_of(record: Record, found: "Importances") -> str:
    """The report as text."""
    view = view_of(record)
    title = f"{record.name}: {record.objective}"
    tip = tag("div", id="tip", hidden="")
    return page(title, *_parts(view, found), tip, style=STYLE, scripts=[SCRIPT], data=_told(view))


def _parts(view: View, found: "Importances") -> Iterator[Markup]:
    yield head(view)
    if view.best is not None:
        yield best_values(view, winner_of(view) or view.best)
        yield confirmed(view)
        yield from _fronts(view)
        yield section(
            "Scores in the order of the trials",
            f"{view.goal.capitalize()}; the line is the best so far. A triangle is a score far beyond the others, "
            "a cross a trial that failed. Point at a trial to see it in every drawing.",
            charts.history(view),
        )
        yield section(
            "All params at once",
            "Each line is a trial, the stronger its colour the better it is among them. "
            "Drag along an axis to keep the trials that cross it there, click on it to let them all come back.",
            parallel(view),
        )
        told = importance_of(found)
        curves = charts.curves(view)
        best = section(
            "The best trials, epoch by epoch",
            "After the first epochs. Dashed: the same on the training examples.",
            curves,
        )
        yield tag("div", told, best if curves else "", class_="halves")
        slices = [tag("div", tag("h3", name), drawing) for name, drawing in charts.slices(view)]
        yield section("Param by param", f"{view.objective} over each param.", tag("div", *slices, class_="slices"))
    yield failures(view)
    yield scored_table(view)
    yield tag("footer", "Values and epochs are those of the study; its file is the record, this page a picture of it.")


def _fronts(view: View) -> Iterator[Markup]:
    drawings = [tag("div", tag("h3", name), drawing) for name, drawing in fronts(view)]
    if drawings:
        text = f"{view.objective} over each other objective. On the line no trial is better than those in both."
        yield section("The front", text, tag("div", *drawings, class_="pair"))


def _told(view: View) -> dict[str, Any]:
    """What the page says of each trial that is pointed at."""
    places = {trial.id: place for place, trial in enumerate(rank(view.objective, view.scored), 1)}
    return {
        str(trial.id): {
            "title": f"trial {trial.id}: "
            + (trial.status if trial.score is None else f"{trial.score:.4f}, place {places[trial.id]}"),
            "values": [[name, short(value)] for name, value in trial.values.items()]
            + ([["reason", trial.reason]] if trial.reason else []),
        }
        for trial in view.record.trials
    }
