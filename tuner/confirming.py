"""After the search: the best trials and the spec's own values are trained again over several seeds.

The best score of a search is the luckiest of many, on examples that it was chosen by. What is trained here has seeds
that the search never used, and is held against the test part, which the search never saw.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from specs.sections.search import Search, Value
from tuner import checkpoints
from tuner.conducting import MAX_DEATHS
from tuner.errors import Interrupted
from tuner.objective import rank
from tuner.pools import Death, Pool
from tuner.proposal import Proposal
from tuner.signals import interrupted_by_signals
from tuner.spending import Spending
from tuner.study import Repeat, Study, Trial

if TYPE_CHECKING:
    from tuner.trial import Outcome

FIRST_ID, MAX_SEEDS = 10**9, 100
"""Numbers under which workers know repeats, beyond those of any trial."""

OnRepeat = Callable[[Repeat, int, int], None]
"""Called with each repeat that was found or has ended, with how many there are so far, and in all."""


def candidates(search: Search, trials: tuple[Trial, ...], params: Mapping[str, Any]) -> dict[int, Mapping[str, Value]]:
    """What is trained again: the spec's own values as 0, and the best trials with other values, each values once."""
    assert search.confirm is not None
    found: dict[int, Mapping[str, Value]] = {0: {name: params[name] for name in search.space}}
    for trial in rank(search.objective[0], trials):
        if len(found) <= search.confirm.trials and trial.score is not None and trial.values not in found.values():
            found[trial.id] = trial.values
    return found


@interrupted_by_signals()
def confirm(
    study: Study, search: Search, params: Mapping[str, Any], seed: int, pool: Pool, on_repeat: OnRepeat
) -> str | None:
    """Trains again what `search.confirm` asks for and records it, but what is recorded already.

    `params` has the values of the spec's params, `seed` is the last that the search trained with: repeats have those
    that follow it, the same for all, so that they can be compared seed by seed. Gives the reason where there are fewer
    repeats than were asked for.
    """
    if search.confirm is None:
        return None
    values = candidates(search, study.trials(), params)
    every = [(trial, seed + index) for index in range(1, search.confirm.seeds + 1) for trial in values]
    found = {(each.trial, each.seed): each for each in study.repeats()}
    known = [found[each] for each in every if each in found]
    for count, each in enumerate(known, 1):
        on_repeat(each, count, len(every))
    spending = Spending(study, search, 0, pool.size)
    course = _Course(study, pool, [each for each in every if each not in found], values, seed, spending)
    try:
        for count, repeat in enumerate(course, len(known) + 1):
            on_repeat(repeat, count, len(every))
    except KeyboardInterrupt as error:
        done = len({(each.trial, each.seed) for each in study.repeats()} & set(every))
        message = f"stopped while the best are trained again; {done} of {len(every)} are recorded"
        raise Interrupted(f"{message}, the same command goes on") from error
    return course.note


class _Course:
    """Repeats as they end; as many run as the pool takes."""

    note: str | None = None
    """Why there are fewer than were asked for."""

    def __init__(
        self,
        study: Study,
        pool: Pool,
        tasks: list[tuple[int, int]],
        values: dict[int, Mapping[str, Value]],
        seed: int,
        spending: Spending,
    ) -> None:
        self._study = study
        self._pool = pool
        self._values = values
        self._seed = seed
        self._waiting = deque(tasks)
        self._spending = spending
        self._running: dict[int, tuple[int, int]] = {}
        self._deaths: dict[int, int] = {}

    def __iter__(self) -> "_Course":
        self._pool.prepare(len(self._waiting))
        return self

    def __next__(self) -> Repeat:
        while self._waiting or self._running:
            while self._waiting and len(self._running) < self._pool.size:
                self._submit(*self._waiting.popleft())
            ended = self._pool.wait(_unheard, self._spending.until())
            self._spending.record()
            if ended is None:
                self.note = self._spending.used_up()
                break
            number, found = ended
            repeat = self._settled(number, found)
            if repeat is not None:
                self._study.add(repeat)
                checkpoints.forget(self._study.directory / "trials", number)
                return repeat
        raise StopIteration

    def _submit(self, trial: int, seed: int) -> None:
        number = FIRST_ID + MAX_SEEDS * trial + seed - self._seed
        self._running[number] = (trial, seed)
        (self._study.directory / "trials").mkdir(exist_ok=True)
        proposal = Proposal(number, self._values[trial], seed=seed)
        self._spending.start(proposal)
        self._pool.submit(proposal, None)

    def _settled(self, number: int, found: "Outcome | Death") -> Repeat | None:
        """The repeat, or None where its worker ended and it is tried once more."""
        trial, seed = self._running.pop(number)
        seconds = self._spending.end(number)
        if not isinstance(found, Death):
            return Repeat(trial, seed, found.score, found.test, seconds, found.reason)
        self._deaths[number] = self._deaths.get(number, 0) + 1
        if self._deaths[number] < MAX_DEATHS:
            self._waiting.appendleft((trial, seed))
            return None
        return Repeat(trial, seed, seconds=seconds, reason=f"its worker {found.reason}")


def _unheard(number: int, epoch: int, logs: Mapping[str, float]) -> None:
    pass
