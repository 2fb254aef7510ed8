"""The report's part about the best trials trained again: every training as a dot, means, intervals, and the verdict."""

from specs.pages.markup import Markup, joined, tag
from tuner.reports.confirmation import DEFAULTS, Confirmation, Repeated, confirmation_of, interval
from tuner.reports.plot import Frame
from tuner.reports.scales import Range
from tuner.reports.view import View
from tuner.study import Trial

ROW = 44
"""Height of a row."""

VERDICTS = {
    "better": "The winner is better than the spec's own values",
    "worse": "The winner is worse than the spec's own values",
    "not distinguishable": "The winner is not distinguishable from the spec's own values",
}


def winner_of(view: View) -> Trial | None:
    """The trial that trainings over several seeds chose; that of the search where there were none, or it has none."""
    found = confirmation_of(view.objective, view.record.repeats)
    winner = found.winner if found else None
    if winner is None:
        return view.best
    if winner.trial == DEFAULTS:
        return view.defaults
    return next((trial for trial in view.scored if trial.id == winner.trial), view.best)


def confirmed(view: View) -> Markup:
    """The section; nothing where nothing was trained again."""
    found = confirmation_of(view.objective, view.record.repeats)
    rows = [row for row in found.rows if row.mean is not None] if found else []
    if found is None or not rows:
        return Markup("")
    seeds = max(len(row.tests) for row in rows)
    text = (
        f"{found.metric} of the test part, which the search never saw, after training again with {seeds} seeds that it "
        "never used; the winner has the best mean on the validation part. Left: each training, the mean, and the "
        "standard deviation. Right: the difference to the spec's own values seed by seed, with its "
        f"{found.level * 100:g} % interval (paired t)."
    )
    verdict = tag("h2", _verdict(found))
    drawings = tag("div", _values(rows, found), _differences(rows, found), class_="pair")
    return tag("section", verdict, tag("p", text, class_="soft"), drawings)


def _verdict(found: Confirmation) -> str:
    winner = found.winner
    if winner is not None and winner.trial == DEFAULTS:
        return "No trial is better than the spec's own values on the validation part"
    if winner is None or winner.difference is None:
        return "Trained again over several seeds"
    difference = winner.difference
    return f"{VERDICTS[difference.verdict]}: {difference.mean:+.4f}, {interval(difference, found.level)}"


def _frame(rows: list[Repeated], left: float) -> Frame:
    return Frame(520, ROW * len(rows) + 40, left=left, top=6, bottom=34)


def _values(rows: list[Repeated], found: Confirmation) -> Markup:
    frame = _frame(rows, 118)
    scale = _scale([value for row in rows for value in row.tests.values()])
    parts = [_value_row(row, frame, scale, frame.top + ROW * (i + 0.5), found) for i, row in enumerate(rows)]
    return frame.drawn(f"{found.metric} of each training", frame.bottom_axis(scale, found.metric), *parts)


def _value_row(row: Repeated, frame: Frame, scale: Range, y: float, found: Confirmation) -> Markup:
    name = tag("text", _name(row), class_="axis", text_anchor="end", x=frame.left - 12, y=y + 4)
    dots = [tag("circle", class_="run", cx=frame.x(scale.at(v) or 0), cy=y, r=4.5) for v in row.tests.values()]
    assert row.mean is not None
    at = frame.x(scale.at(row.mean) or 0)
    look = "mean first" if found.winner is row else "mean"
    mean = tag("rect", class_=look, x=at - 2, y=y - 11, width=4, height=22, rx=2)
    if row.spread is None:
        return joined(name, *dots, mean)
    ends = [frame.x(scale.at(row.mean + sign * row.spread) or 0) for sign in (-1, 1)]
    spread = tag("line", class_="spread", x1=ends[0], x2=ends[1], y1=y, y2=y)
    return joined(name, spread, *dots, mean)


def _differences(rows: list[Repeated], found: Confirmation) -> Markup:
    known = [(i, row.difference) for i, row in enumerate(rows) if row.difference is not None]
    if not known:
        return Markup("")
    frame = _frame(rows, 24)
    scale = _scale([0.0, *(value for _, each in known for value in (each.low, each.high))])
    zero = frame.x(scale.at(0.0) or 0)
    parts = [tag("line", class_="zero", x1=zero, x2=zero, y1=frame.y(0), y2=frame.y(1))]
    for i, each in known:
        y = frame.top + ROW * (i + 0.5)
        low, mean, high = (frame.x(scale.at(value) or 0) for value in (each.low, each.mean, each.high))
        look = "mean first" if found.winner is rows[i] else "mean"
        parts.append(tag("line", class_="spread", x1=low, x2=high, y1=y, y2=y))
        parts.append(tag("circle", class_=look, cx=mean, cy=y, r=5))
        parts.append(tag("text", each.verdict, class_="note halo", text_anchor="middle", x=(low + high) / 2, y=y - 10))
    title = "difference to the spec's own values"
    return frame.drawn(title, frame.bottom_axis(scale, title), *parts)


def _name(row: Repeated) -> str:
    return "the spec's own" if row.trial == DEFAULTS else f"trial {row.trial}"


def _scale(values: list[float]) -> Range:
    margin = 0.08 * ((max(values) - min(values)) or 1.0)
    return Range(min(values) - margin, max(values) + margin)
