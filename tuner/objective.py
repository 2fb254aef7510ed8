"""What is better: which epoch, which trial."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuner.study import Trial

from specs.sections.reported import is_maximised


def cost(objective: str, score: float) -> float:
    """The score turned so that smaller is better; a sort key.

    >>> cost("val_accuracy", 0.75)
    -0.75
    """
    return -score if is_maximised(objective) else score


def best_epoch(objective: str, history: Iterable[Mapping[str, float]]) -> tuple[int, float] | None:
    """Position from 0 and value of the best finite epoch, the first among equals; None where no epoch is finite.

    >>> best_epoch("val_loss", [{"val_loss": 2.0}, {"val_loss": 1.5}, {"val_loss": float("nan")}])
    (1, 1.5)
    """
    values = [(index, float(logs[objective])) for index, logs in enumerate(history)]
    finite = [pair for pair in values if math.isfinite(pair[1])]
    return min(finite, key=lambda pair: cost(objective, pair[1])) if finite else None


def mean_history(histories: Sequence[Sequence[Mapping[str, float]]]) -> tuple[Mapping[str, float], ...]:
    """What several trainings of one trial reported, averaged epoch by epoch, over the epochs that all of them have.

    Early stopping ends some before others; a mean of those that went on would be of another set of trainings.

    >>> mean_history([[{"loss": 2.0}, {"loss": 1.0}], [{"loss": 4.0}]])
    ({'loss': 3.0},)
    """
    if len(histories) == 1:
        return tuple(histories[0])
    epochs = zip(*histories, strict=False)
    return tuple({name: statistics.fmean(logs[name] for logs in each) for name in each[0]} for each in epochs)


def front(objectives: Sequence[str], trials: "Iterable[Trial]") -> "tuple[Trial, ...]":
    """The trials that no other one is better than in one objective and as good in all (the Pareto front), by rank."""

    def costs(trial: "Trial") -> tuple[float, ...]:
        scores = trial.scores or {objectives[0]: trial.score or 0.0}
        found = (cost(name, scores[name]) for name in objectives)
        return tuple(value if math.isfinite(value) else math.inf for value in found)

    scored = [trial for trial in rank(objectives[0], trials) if trial.score is not None]
    known = {trial.id: costs(trial) for trial in scored}
    return tuple(trial for trial in scored if not any(_dominates(each, known[trial.id]) for each in known.values()))


def _dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def rank(objective: str, trials: "Iterable[Trial]") -> "tuple[Trial, ...]":
    """The trials that ended, the best first; of equals the earlier; those without a score last."""

    def place(trial: "Trial") -> tuple[bool, float, int]:
        return trial.score is None, 0.0 if trial.score is None else cost(objective, trial.score), trial.id

    return tuple(sorted((trial for trial in trials if trial.status != "running"), key=place))
