"""Whether the winner of a search is better than the spec's own values: means over seeds, and their difference."""

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from specs.sections.reported import is_maximised
from tuner.objective import cost
from tuner.study import Repeat

LEVEL = 0.95
"""How often an interval holds the true difference, in the long run."""

DEFAULTS = 0
"""The trial that stands for the spec's own values."""

Verdict = Literal["better", "worse", "not distinguishable"]


@dataclass(frozen=True, slots=True)
class Difference:
    """To the spec's own values, seed by seed: the mean, and Student's t interval for paired samples (Student, The
    Probable Error of a Mean, Biometrika 6, 1908)."""

    mean: float
    low: float
    high: float
    pairs: int
    """Seeds with which both were trained."""
    verdict: Verdict
    """Not distinguishable where the interval holds 0."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """What became of the trainings of one trial's values; what it reports of the test part is `tests`, by seed."""

    trial: int
    objective: float | None
    """Mean of the search's objective; the winner is chosen by it, so that the test part chooses nothing."""
    tests: Mapping[int, float]
    mean: float | None
    spread: float | None
    """Standard deviation over the seeds."""
    failed: int
    difference: Difference | None = None
    """None for the spec's own values, and where fewer than two seeds can be compared."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The trials that were trained again, by the mean of the objective, and the spec's own values last."""

    metric: str
    """What is reported of the test part."""
    level: float
    rows: tuple[Repeated, ...]

    @property
    def winner(self) -> Repeated | None:
        """What has the best mean of the objective, of equals the spec's own values; None where all trainings failed."""
        known = [row for row in self.rows if row.objective is not None]
        return min(known, key=lambda row: (cost(self.metric, row.objective or 0.0), row.trial), default=None)

    def as_json(self) -> dict[str, Any]:
        """What --json prints."""
        winner = self.winner
        rows = [{**asdict(row), "tests": {str(seed): value for seed, value in row.tests.items()}} for row in self.rows]
        chosen = None if winner is None else winner.trial
        return {"metric": self.metric, "level": self.level, "interval": "paired t", "winner": chosen, "rows": rows}


def confirmation_of(objective: str, repeats: Iterable[Repeat]) -> Confirmation | None:
    """What repeats say; None where there are none."""
    by_trial: dict[int, list[Repeat]] = {}
    for repeat in repeats:
        by_trial.setdefault(repeat.trial, []).append(repeat)
    if not by_trial:
        return None
    metric = objective.removeprefix("val_")
    rows = {trial: _repeated(trial, metric, those) for trial, those in by_trial.items()}
    own = rows.get(DEFAULTS)
    found = [_compared(row, own, metric) for trial, row in rows.items() if trial != DEFAULTS]
    found.sort(key=lambda row: (row.objective is None, cost(objective, row.objective or 0.0), row.trial))
    return Confirmation(metric, LEVEL, (*found, *([own] if own else [])))


def _repeated(trial: int, metric: str, repeats: list[Repeat]) -> Repeated:
    tests = {each.seed: float(each.test[metric]) for each in repeats if metric in each.test}
    scores = [each.score for each in repeats if each.score is not None]
    return Repeated(
        trial=trial,
        objective=statistics.fmean(scores) if scores else None,
        tests=tests,
        mean=statistics.fmean(tests.values()) if tests else None,
        spread=statistics.stdev(tests.values()) if len(tests) > 1 else None,
        failed=len(repeats) - len(scores),
    )


def _compared(row: Repeated, own: Repeated | None, metric: str) -> Repeated:
    pairs = [value - own.tests[seed] for seed, value in row.tests.items() if seed in own.tests] if own else []
    return Repeated(row.trial, row.objective, row.tests, row.mean, row.spread, row.failed, difference(metric, pairs))


def difference(metric: str, pairs: list[float]) -> Difference | None:
    """The differences of pairs, summed up; None of fewer than two.

    >>> difference("accuracy", [0.02, 0.04, 0.03]).verdict, difference("accuracy", [0.02, -0.04, 0.03]).verdict
    ('better', 'not distinguishable')
    """
    if len(pairs) < 2:
        return None
    mean = statistics.fmean(pairs)
    reach = quantile(LEVEL, len(pairs) - 1) * statistics.stdev(pairs) / math.sqrt(len(pairs))
    low, high = mean - reach, mean + reach
    if low <= 0 <= high:
        return Difference(mean, low, high, len(pairs), "not distinguishable")
    return Difference(mean, low, high, len(pairs), "better" if (mean > 0) == is_maximised(metric) else "worse")


def confirmation_lines(found: Confirmation) -> list[str]:
    """A line for each of what was trained again."""
    head = f"trained again, {found.metric} of the test part (mean ± standard deviation over seeds):"
    return [head, *(f"  {_line(row, found)}" for row in found.rows)]


def _line(row: Repeated, found: Confirmation) -> str:
    name = "the spec's own values" if row.trial == DEFAULTS else f"trial {row.trial}"
    name += " (winner)" if found.winner is row else ""
    spread = "" if row.spread is None else f" ± {row.spread:.4f}"
    said = "no training came to an end" if row.mean is None else f"{row.mean:.4f}{spread} ({len(row.tests)} seeds)"
    failed = f", {row.failed} failed" if row.failed else ""
    if row.difference is None:
        return f"{name}: {said}{failed}"
    d = row.difference
    return f"{name}: {said}{failed}; {d.mean:+.4f} to the spec's own, {interval(d, found.level)}: {d.verdict}"


def interval(difference: Difference, level: float) -> str:
    """An interval in words.

    >>> interval(Difference(0.03, 0.01, 0.05, 5, "better"), 0.95)
    '95 % interval +0.0100 to +0.0500'
    """
    return f"{level * 100:g} % interval {difference.low:+.4f} to {difference.high:+.4f}"


def quantile(level: float, degrees: int) -> float:
    """How far Student's t with so many degrees of freedom lies from 0 at most, with a probability.

    >>> round(quantile(0.95, 4), 3), round(quantile(0.95, 1), 3)
    (2.776, 12.706)
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, degrees) < level else (low, middle)
    return math.sqrt(degrees) * math.tan(low)


def _within(angle: float, degrees: int) -> float:
    """Probability that |t| is below sqrt(degrees) times the angle's tangent (Abramowitz and Stegun, 26.7.3 and .4)."""
    odd = degrees % 2
    terms, term = 0.0, math.cos(angle) if odd else 1.0
    for power in range(odd, degrees - 1, 2):
        terms += term
        term *= (power + 1) / (power + 2) * math.cos(angle) ** 2
    return 2 / math.pi * (angle + math.sin(angle) * terms) if odd else math.sin(angle) * terms
