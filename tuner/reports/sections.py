"""The parts of the report that are words and numbers rather than drawings."""

import statistics
from collections import Counter
from typing import TYPE_CHECKING

from specs.pages.markup import Markup, joined, tag
from specs.sections.reported import is_maximised
from tuner.objective import rank
from tuner.reports.plot import Frame, cut
from tuner.reports.view import View
from tuner.reports.words import duration, score_text, short
from tuner.study import Trial

if TYPE_CHECKING:
    from tuner.reports.importance import Importance, Importances

ROW = 34
"""Height of a param in the drawing of the importances."""


def head(view: View) -> Markup:
    """What was searched, and what came of it in a few numbers."""
    record, search = view.record, view.record.search
    way = "highest" if is_maximised(view.objective) else "lowest"
    line = f"{search.oracle} search for the {way} {view.objective} over {len(search.space)} params"
    title = tag("header", tag("h1", record.name), tag("p", line, class_="soft"))
    return joined(title, tag("div", *_tiles(view), class_="tiles"))


def _tiles(view: View) -> list[Markup]:
    trials = view.record.trials
    counts = Counter(trial.status for trial in trials)
    seconds = [trial.seconds for trial in trials if trial.seconds]
    tiles = []
    if view.best is not None:
        tiles.append(_tile(_score(view.best), f"best {view.objective}, trial {view.best.id}, epoch {view.best.epoch}"))
        if view.defaults is not None:
            gain = (view.best.score or 0.0) - (view.defaults.score or 0.0)
            tiles.append(_tile(_score(view.defaults), f"the spec's defaults; the best is {gain:+.4f}"))
    told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    tiles.append(_tile(str(len(trials)), f"trials: {told}" if told else "trials"))
    if seconds:
        middle = statistics.median(seconds)
        tiles.append(_tile(duration(sum(seconds)), f"of training, {duration(middle)} in the middle trial"))
    return [tag("div", *tile, class_="tile first" if i == 0 and view.best else "tile") for i, tile in enumerate(tiles)]


def _tile(number: str, text: str) -> tuple[Markup, Markup]:
    return tag("b", number), tag("span", text)


def best_values(view: View, best: Trial) -> Markup:
    """The values of the trial that was chosen; those that differ from the defaults say so."""
    items = [tag("li", tag("b", f"trial {best.id}"))]
    for name, value in best.values.items():
        default = view.record.params.get(name)
        was = "" if default is None or default == value else tag("span", f" (default {short(default)})", class_="soft")
        items.append(tag("li", f"{name} ", tag("b", short(value)), was))
    return tag("ul", *items, class_="values")


def importance_of(found: "Importances") -> Markup:
    """How much each param has to do with the score, as bars, or why nothing can be said."""
    title = tag("h2", "Importance")
    if found.refused is not None:
        return tag("section", title, tag("p", f"Not said: {found.refused}.", class_="soft"))
    text = (
        f"Parts of the score's variance in a random forest learnt from {found.trials} trials (fANOVA): solid, of the "
        "param alone; pale, together with others. Did nothing: not to be told from shuffled values."
    )
    frame = Frame(520, ROW * len(found.params) + 8, left=150, right=92, top=4, bottom=4)
    rows = [_bar(frame, number, each) for number, each in enumerate(found.params)]
    return tag("section", title, tag("p", text, class_="soft"), frame.drawn("importance of each param", *rows))


def _bar(frame: Frame, number: int, each: "Importance") -> Markup:
    y = frame.top + ROW * number + 7
    width = frame.x(1) - frame.x(0)
    bars = [
        tag("rect", class_=look, x=frame.left, y=y, width=max(1.5, width * part), height=20, rx=3)
        for look, part in (("idle", 1.0), ("together", each.together), ("alone", each.alone))
    ]
    shown = bars if each.verdict == "matters" else bars[:1]
    said = {"matters": f"{each.together:.0%}", "nothing": "did nothing", "one value": "one value"}[each.verdict]
    name = tag("text", cut(each.name, 21), class_="axis", text_anchor="end", x=frame.left - 10, y=y + 14)
    share = tag(
        "text", said, class_="share" if each.verdict == "matters" else "share nothing", x=frame.x(1) + 10, y=y + 14
    )
    return joined(name, *shown, share)


def failures(view: View) -> Markup:
    """The trials that failed, by their reasons."""
    failed = [trial for trial in view.record.trials if trial.status == "failed"]
    if not failed:
        return Markup("")
    reasons: dict[str, list[Trial]] = {}
    for trial in failed:
        reasons.setdefault(trial.reason or "no reason was recorded", []).append(trial)
    rows = [
        tag("tr", _cell(len(trials)), tag("td", reason, class_="reason"), tag("td", _numbers(trials)))
        for reason, trials in sorted(reasons.items(), key=lambda pair: -len(pair[1]))
    ]
    header = tag("tr", tag("th", "trials", class_="number"), tag("th", "reason"), tag("th", "which"))
    table = tag("div", tag("table", tag("thead", header), tag("tbody", *rows)), class_="scroll")
    return tag("section", tag("h2", f"Failures: {len(failed)}"), table)


def _numbers(trials: list[Trial]) -> str:
    shown = ", ".join(str(trial.id) for trial in trials[:12])
    return f"{shown} and {len(trials) - 12} more" if len(trials) > 12 else shown


def scored_table(view: View) -> Markup:
    """Every trial, the best first."""
    running = [trial for trial in view.record.trials if trial.status == "running"]
    names = list(view.record.search.space)
    numeric = {name for name in names if any(_is_number(trial.values.get(name)) for trial in view.record.trials)}
    columns = [("trial", True), ("status", False), (view.objective, True), ("epochs", True), ("seconds", True)]
    columns += [(name, name in numeric) for name in names]
    header = [
        tag("th", tag("button", name, type="button"), class_="number" if right else None) for name, right in columns
    ]
    rows = [_row(view, trial, names, numeric) for trial in (*rank(view.objective, view.record.trials), *running)]
    table = tag("table", tag("thead", tag("tr", *header)), tag("tbody", *rows))
    text = "Press a column's name to sort by it."
    title = tag("h2", "Every trial")
    return tag("section", title, tag("p", text, class_="soft"), tag("div", table, class_="scroll"))


def _row(view: View, trial: Trial, names: list[str], numeric: set[str]) -> Markup:
    cells = [
        _cell(trial.id),
        tag("td", trial.status),
        _cell(trial.score, score_text(trial.score, trial.std)),
        _cell(len(trial.history) or ""),
        _cell(trial.seconds or "", f"{trial.seconds:.1f}" if trial.seconds else ""),
        *(_value(trial.values.get(name, ""), name in numeric) for name in names),
    ]
    best = "best" if view.best is not None and trial.id == view.best.id else trial.status
    return tag("tr", *cells, class_=best, data_trial=trial.id)


def _cell(value: object, text: str | None = None) -> Markup:
    exact = "" if value is None else repr(value) if isinstance(value, float) else str(value)
    return tag("td", str(value) if text is None else text, class_="number", data_value=exact)


def _value(value: object, right: bool) -> Markup:
    return _cell(value, short(value)) if right else tag("td", short(value))


def _score(trial: Trial) -> str:
    return "" if trial.score is None else f"{trial.score:.4f}"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
