"""What all drawings of a study share: scores and their scale, who is good and how good."""

from collections.abc import Mapping
from dataclasses import dataclass

from specs.sections.reported import is_maximised
from tuner.objective import cost, rank
from tuner.reports.reading import Record
from tuner.reports.scales import Range, Scale, fence, scales_of
from tuner.study import Trial

SHADES = 10
"""Colours from bad to good; page.css has them."""


@dataclass(frozen=True, slots=True)
class View:
    """A study as it is drawn."""

    record: Record
    scored: tuple[Trial, ...]
    """The trials with a score, in the order in which they were proposed."""
    scales: Mapping[str, Scale]
    """Of each searched param."""
    scores: Range
    """Scores that are far worse than the rest stand at its end, so that the others can be told apart."""
    upwards: tuple[Trial, ...]
    """Those with a score from the worst to the best, so that the best is drawn over the others."""
    shades: Mapping[int, int]
    """By trial, from 0 for the worst to SHADES - 1."""
    best: Trial | None
    defaults: Trial | None
    """The trial with the spec's own values, where there was one."""

    @property
    def objective(self) -> str:
        """What the trials are ranked by."""
        return self.record.objective

    @property
    def goal(self) -> str:
        """Which way is better, in words."""
        return "higher is better" if is_maximised(self.objective) else "lower is better"

    def outside(self, trial: Trial) -> bool:
        """Whether a score stands at the end of its scale because it lies beyond it."""
        return trial.score is not None and not self.scores.low <= trial.score <= self.scores.high


def view_of(record: Record) -> View:
    """A study made ready to be drawn."""
    scored = tuple(trial for trial in record.trials if trial.score is not None)
    ranked = rank(record.objective, scored)
    most = max(1, len(ranked) - 1)
    shades = {trial.id: round((SHADES - 1) * (1 - place / most)) for place, trial in enumerate(ranked)}
    return View(
        record=record,
        scored=scored,
        scales=scales_of(record.search, (trial.values for trial in record.trials)),
        scores=_scores(record.objective, scored),
        upwards=ranked[::-1],
        shades=shades,
        best=ranked[0] if ranked else None,
        defaults=next((trial for trial in scored if _is_default(record, trial)), None),
    )


def _is_default(record: Record, trial: Trial) -> bool:
    return all(record.params.get(name) == value for name, value in trial.values.items())


def _scores(objective: str, scored: tuple[Trial, ...]) -> Range:
    scores = [trial.score for trial in scored if trial.score is not None]
    if not scores:
        return Range(0.0, 1.0)
    worst = fence([cost(objective, score) for score in scores])
    near = [score for score in scores if cost(objective, score) <= worst]
    margin = 0.06 * ((max(near) - min(near)) or abs(near[0]) or 1.0)
    return Range(min(near) - margin, max(near) + margin)
