"""The front of a search for several objectives, drawn: the first objective over each other one."""

from collections.abc import Iterator

from specs.pages.markup import Markup, tag
from specs.sections.reported import is_maximised
from tuner.objective import front
from tuner.reports.plot import Frame, path
from tuner.reports.scales import Range
from tuner.reports.view import View
from tuner.reports.words import short


def fronts(view: View) -> Iterator[tuple[str, Markup]]:
    """For each objective but the first its name with what is better, and the trials with the front as a line."""
    for name in view.record.search.objective[1:]:
        yield f"{name}, {'higher' if is_maximised(name) else 'lower'} is better", _scatter(view, name)


def _scatter(view: View, name: str) -> Markup:
    frame = Frame(520, 300)
    values = [trial.scores[name] for trial in view.scored if name in trial.scores]
    margin = 0.05 * ((max(values) - min(values)) or abs(values[0]) or 1.0)
    scale = Range(min(values) - margin, max(values) + margin)
    best = front([view.objective, name], view.scored)
    places = {
        trial.id: (frame.x(scale.at(trial.scores[name]) or 0.0), frame.y(view.scores.at(trial.score) or 0.0))
        for trial in view.upwards
        if name in trial.scores
    }
    on_front = {trial.id for trial in best}
    dots = [
        tag(
            "circle",
            class_=f"dot s{view.shades[number]}{' best' if number in on_front else ''}",
            cx=x,
            cy=y,
            r=5 if number in on_front else 4,
            data_trial=number,
        )
        for number, (x, y) in places.items()
    ]
    line = tag("path", class_="so-far", d=path(sorted(places[trial.id] for trial in best)))
    axes = [frame.left_axis(view.scores), frame.bottom_axis(scale, name)]
    told = ", ".join(f"trial {trial.id}: {short(trial.scores[name])}" for trial in best)
    return frame.drawn(f"{view.objective} over {name}; the front is {told}", *axes, line, *dots)
