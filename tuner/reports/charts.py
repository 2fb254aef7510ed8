"""Drawings of scores: over the order of the trials, over each param, and over the epochs of the best."""

import itertools

from specs.pages.markup import Markup, joined, tag
from tuner.objective import best_epoch, cost, rank
from tuner.reports.plot import Frame, path
from tuner.reports.scales import Choice, Range, Scale
from tuner.reports.view import View
from tuner.study import Trial

CURVES = 5
"""Trials whose curves are drawn; page.css has as many colours."""


def history(view: View) -> Markup:
    """Every trial's score in the order of the trials, the best so far, and those that failed at the foot."""
    frame = Frame(1060, 300)
    last = max((trial.id for trial in view.record.trials), default=1)
    order = Range(0.5, last + 0.5, whole=True)
    lines = joined(_level(view, frame), _best_so_far(view, frame, order))
    dots = [dot(view, trial, frame.x(order.at(trial.id) or 0), frame) for trial in view.scored]
    crosses = [
        _cross(trial, frame.x(order.at(trial.id) or 0), frame.y(0)) for trial in view.record.trials if _failed(trial)
    ]
    axes = joined(frame.left_axis(view.scores), frame.bottom_axis(order, "trial"))
    return frame.drawn(f"{view.objective} of each trial in their order", axes, lines, *dots, *crosses)


def slices(view: View) -> list[tuple[str, Markup]]:
    """For each param its name, and the scores of the trials over its values."""
    return [(name, _slice(view, name, scale)) for name, scale in view.scales.items()]


def _slice(view: View, name: str, scale: Scale) -> Markup:
    frame = Frame(340, 220, bottom=26)
    dots = []
    for trial in view.upwards:
        at = scale.at(trial.values.get(name))
        if at is not None:
            spread = _jitter(trial) * 0.5 / len(scale.values) if isinstance(scale, Choice) else 0.0
            dots.append(dot(view, trial, frame.x(at + spread), frame))
    axes = joined(frame.left_axis(view.scores), frame.bottom_axis(scale))
    return frame.drawn(f"{view.objective} over {name}", axes, *dots)


def curves(view: View) -> Markup:
    """The objective over the epochs of the best trials; thin, its figure on the training examples."""
    frame = Frame(520, 300, right=70)
    shown = [trial for trial in rank(view.objective, view.scored)[:CURVES] if trial.history]
    lines = [_line(view.objective, trial) for trial in shown]
    trained = view.objective.removeprefix("val_")
    thin = [] if trained == view.objective else [_line(trained, trial, view.objective) for trial in shown]
    points = [point for line in (*lines, *thin) for point in line]
    if not points:
        return Markup("")
    epochs = Range(min(x for x, _ in points), max(x for x, _ in points), whole=True)
    scores = _settled(points, epochs)
    epochs = Range(min(x for x, y in points if scores.low <= y <= scores.high), epochs.high, whole=True)
    parts = [
        _drawn(line, frame, epochs, scores, f"curve {look}c{i}", trial)
        for look, those in (("thin ", thin), ("", lines))
        for i, (trial, line) in enumerate(zip(shown, those, strict=False))
    ]
    axes = joined(frame.left_axis(scores), frame.bottom_axis(epochs, "epoch"))
    labels = _labels(shown, lines, frame, scores)
    return frame.drawn(f"{view.objective} over the epochs of the best trials", axes, *parts, *labels)


def dot(view: View, trial: Trial, x: float, frame: Frame) -> Markup:
    """A trial at its score; a triangle at the end of the scale where it lies beyond."""
    y = frame.y(view.scores.at(trial.score) or 0.0)
    best = " best" if view.best is not None and trial.id == view.best.id else ""
    look = f"dot s{view.shades[trial.id]}{best}{'' if trial.status == 'done' else ' open'}"
    if view.outside(trial):
        up = -1 if trial.score is not None and trial.score > view.scores.high else 1
        corners = f"M{x - 4.5:.1f} {y - 10 * up:.1f}h9l-4.5 {8 * up}z"
        return tag("path", class_=f"{look} far", d=corners, data_trial=trial.id)
    return tag("circle", class_=look, cx=x, cy=y, r=5.5 if best else 4, data_trial=trial.id)


def _level(view: View, frame: Frame) -> Markup:
    """A line at the score of the defaults."""
    if view.defaults is None or view.outside(view.defaults):
        return Markup("")
    y = frame.y(view.scores.at(view.defaults.score) or 0.0)
    line = tag("line", class_="level", x1=frame.left, x2=frame.width - frame.right, y1=y, y2=y)
    text = tag("text", "defaults", class_="note", text_anchor="end", x=frame.width - frame.right, y=y - 5)
    return joined(line, text)


def _best_so_far(view: View, frame: Frame, order: Range) -> Markup:
    points: list[tuple[float, float]] = []
    lowest = float("inf")
    for trial in view.scored:
        assert trial.score is not None
        if (now := cost(view.objective, trial.score)) < lowest:
            lowest = now
            x, y = frame.x(order.at(trial.id) or 0), frame.y(view.scores.at(trial.score) or 0)
            points += [(x, points[-1][1]), (x, y)] if points else [(x, y)]
    return tag("path", class_="so-far", d=path([*points, (frame.x(1), points[-1][1])])) if points else Markup("")


def _failed(trial: Trial) -> bool:
    return trial.status != "running" and trial.score is None


def _cross(trial: Trial, x: float, y: float) -> Markup:
    return tag("path", class_="cross", d=f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8", data_trial=trial.id)


def _jitter(trial: Trial) -> float:
    """From -0.5 to 0.5, the same whenever it is drawn, far from that of the trials before and after: the golden ratio's
    multiples."""
    return (trial.id * 0.6180339887) % 1 - 0.5


def _line(name: str, trial: Trial, objective: str | None = None) -> list[tuple[float, float]]:
    """Epochs, from 1, and values; a trial that went on from another's weights begins behind that one's epochs."""
    found = best_epoch(objective or name, trial.history)
    first = (trial.epoch or 1) - found[0] if found else 1
    values = [(first + index, logs.get(name)) for index, logs in enumerate(trial.history)]
    return [(epoch, float(value)) for epoch, value in values if value is not None and abs(value) < float("inf")]


def _drawn(
    line: list[tuple[float, float]], frame: Frame, epochs: Range, scores: Range, look: str, trial: Trial
) -> Markup:
    inside = [(x, y) for x, y in line if scores.low <= y <= scores.high]
    points = [(frame.x(epochs.at(x) or 0), frame.y(scores.at(y) or 0)) for x, y in inside]
    if not points:
        return Markup("")
    single = tag("circle", class_=look, cx=points[0][0], cy=points[0][1], r=3) if len(points) == 1 else Markup("")
    return tag("g", tag("path", class_=look, d=path(points)), single, data_trial=trial.id)


def _settled(points: list[tuple[float, float]], epochs: Range) -> Range:
    """A scale for what comes after the first third of the epochs: before, curves are steep and tell little."""
    later = [y for x, y in points if (epochs.at(x) or 0) >= 1 / 3]
    margin = 0.05 * ((max(later) - min(later)) or 1.0)
    return Range(min(later) - margin, max(later) + margin)


def _labels(trials: list[Trial], lines: list[list[tuple[float, float]]], frame: Frame, scores: Range) -> list[Markup]:
    """Names at the ends of lines, moved apart where they would cover each other."""
    pairs = enumerate(zip(trials, lines, strict=True))
    ends = [(frame.y(scores.at(line[-1][1]) or 0), i, trial) for i, (trial, line) in pairs if line]
    ends.sort(key=lambda end: end[0])
    places = list(itertools.accumulate((y for y, _, _ in ends), lambda above, y: max(above + 14, y)))
    over = max(0.0, places[-1] - frame.y(0)) if places else 0.0
    x = frame.width - frame.right + 8
    return [
        tag("text", f"trial {trial.id}", class_=f"label c{i}", x=x, y=place - over + 4, data_trial=trial.id)
        for place, (_, i, trial) in zip(places, ends, strict=True)
    ]
