"""Parallel coordinates: an axis for each searched param and one for the score, each trial a line through its values."""

from collections.abc import Mapping

from specs.pages.markup import Markup, joined, tag
from tuner.reports.plot import LETTER, Frame, curve, cut
from tuner.reports.scales import Choice, Scale
from tuner.reports.view import View
from tuner.study import Trial

SPREAD = 0.3
"""Part of the room between two values of a list over which the trials with one of them are spread."""

MOST_TICKS = 12
"""Values of a list that are written beside its axis."""


def parallel(view: View) -> Markup:
    """The drawing; the best trials lie on top."""
    frame = Frame(1060, 380, left=70, right=70, top=40, bottom=22)
    scales: Mapping[str, Scale] = {**view.scales, view.objective: view.scores}
    places = {name: frame.x(i / max(1, len(scales) - 1)) for i, name in enumerate(scales)}
    room = int(((places[view.objective] - frame.left) / max(1, len(scales) - 1) - 8) / LETTER)
    lines = [_line(view, trial, scales, places, frame) for trial in view.upwards]
    axes = [
        _axis(name, scale, places[name], frame, room, number) for number, (name, scale) in enumerate(scales.items())
    ]
    return frame.drawn(f"values of the trials and their {view.objective}", *lines, *axes)


def _line(view: View, trial: Trial, scales: Mapping[str, Scale], places: Mapping[str, float], frame: Frame) -> Markup:
    points, shares = [], []
    for name, scale in scales.items():
        at = scale.at(trial.score if name == view.objective else trial.values.get(name))
        if at is not None:
            shares.append(f"{list(scales).index(name)}:{at:.4f}")
            spread = (
                ((trial.id * 0.6180339887) % 1 - 0.5) * SPREAD / len(scale.values) if isinstance(scale, Choice) else 0.0
            )
            points.append((places[name], frame.y(at + spread)))
    best = " best" if view.best is not None and trial.id == view.best.id else ""
    d = curve(points)
    # A thin line is hard to point at: a wide one that is not seen lies over it.
    drawn = joined(tag("path", class_=f"line s{view.shades[trial.id]}{best}", d=d), tag("path", class_="hit", d=d))
    return tag("g", drawn, data_trial=trial.id, data_at=" ".join(shares))


def _axis(name: str, scale: Scale, x: float, frame: Frame, room: int, number: int) -> Markup:
    ticks = scale.ticks()
    every = -(-len(ticks) // MOST_TICKS) if isinstance(scale, Choice) else 1
    texts = [
        tag("text", cut(text, max(6, room - 2)), class_="tick halo", x=x + 7, y=frame.y(at) + 4)
        for at, text in ticks[::every]
    ]
    marks = [tag("line", class_="base", x1=x - 4, x2=x, y1=frame.y(at), y2=frame.y(at)) for at, _ in ticks[::every]]
    line = tag("line", class_="base", x1=x, x2=x, y1=frame.y(0), y2=frame.y(1))
    title = tag("text", cut(name, max(8, room)), class_="axis", text_anchor="middle", x=x, y=frame.top - 18)
    brush = tag(
        "rect",
        class_="brush",
        data_axis=number,
        data_low=frame.y(0),
        data_high=frame.y(1),
        x=x - 12,
        width=24.0,
        y=frame.y(1),
        height=frame.y(0) - frame.y(1),
    )
    return joined(line, *marks, *texts, title, brush)
