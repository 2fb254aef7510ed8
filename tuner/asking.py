"""What oracles have in common that ask a library which points to try: what was tried or does not fit is left out."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from tuner.proposers import RUNNING, Proposer, kt

MAX_ASKED = 20
"""Points that are asked for in one proposal; where all were tried or do not fit, one is drawn at random."""


class Asking(Proposer, kt.oracles.RandomSearchOracle):  # type: ignore[misc]  # keras-tuner has no types
    """Proposes the first point of `asked` that is new and fits."""

    def asked(self) -> Iterator[dict[str, Any]]:
        """Points to try, likeliest first, as many as one cares to take."""
        raise NotImplementedError

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """The next point; that of the record where there is one."""
        if self.recorded is not None:
            return {"status": RUNNING, "values": dict(self.recorded)}
        response: dict[str, Any] = super().populate_space(trial_id)
        return response

    def _random_values(self) -> dict[str, Any] | None:
        start = self.start()
        if start is not None:
            return dict(start)
        for point in map(self.fitting.settled, islice(self.asked(), MAX_ASKED)):
            if not self._duplicate(point) and self.fitting.fits(point):
                return point
        return super()._random_values()
