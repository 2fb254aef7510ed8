"""What a study keeps of its trials when something else is asked for: all whose scores still say the same."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from specs.errors import UserError
from specs.sections.search import Search, Value
from tuner.objective import rank
from tuner.space import Space, same, space_of
from tuner.study import Study, Trial


def extended(old: Mapping[str, Any], new: Mapping[str, Any], trials: Iterable[Trial], search: Search) -> list[Trial]:
    """The trials that ended whose values are still asked for, in the terms of the new space and numbered anew."""
    ended = [trial for trial in trials if trial.status != "running"]
    carried = [(trial, _carried(old, new, search, trial)) for trial in ended]
    kept = [replace(trial, values=values) for trial, values in carried if values is not None]
    return [replace(trial, id=number, told=number - 1, place=number) for number, trial in enumerate(kept, 1)]


def forked(source: Path, target: Path, new: Mapping[str, Any], search: Search) -> list[Mapping[str, Value]]:
    """The points of another study's best trials that lie in the space, the best first: half a search at most.

    Raises UserError where there is no study in `source`, or it is the `target` itself.
    """
    file = source / "study.sqlite"
    if source.resolve() == target.resolve() or not file.is_file():
        raise UserError(f"{source}: " + ("is the study itself" if file.is_file() else "holds no study to fork"))
    with Study.open(file) as study:
        old, trials = study.made_for(), study.trials()
    if old is None:
        raise UserError(f"{source}: holds no study to fork")
    scored = [trial for trial in rank(old["search"]["objective"][0], trials) if trial.score is not None]
    points = [_carried(old, {"params": {}}, search, trial) for trial in scored]
    return [point for point in points if point is not None][: max(1, search.trials // 2)]


def _carried(
    old: Mapping[str, Any], new: Mapping[str, Any], search: Search, trial: Trial
) -> Mapping[str, Value] | None:
    """Values of the params that are searched now, None where the trial had others than are asked for."""
    space = space_of(search.space, grid=search.oracle == "grid")
    had = {**old["params"], **trial.values}
    names = [dimension.name for dimension in space.dimensions]
    fixed = {name: value for name, value in new["params"].items() if name not in names}
    if not all(same(had.get(name), value) for name, value in fixed.items()):
        return None
    # The defaults are tried even where they lie outside the range of a number.
    defaults = trial.id == 1 and all(same(had.get(name), new["params"].get(name)) for name in names)
    return {name: had[name] for name in names} if _inside(space, had, anywhere=defaults) else None


def _inside(space: Space, values: Mapping[str, Any], *, anywhere: bool) -> bool:
    codes = space.encode(values)
    if codes is None:
        return False
    return anywhere or all(same(value, values[name]) for name, value in space.decode(codes).items())
