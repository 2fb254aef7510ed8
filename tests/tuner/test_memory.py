"""What a search itself takes, however many trials it has."""

import tempfile
from pathlib import Path

from tests.tuner.crashes import SCRATCH
from tests.tuner.made_up import good_at, searched, settings
from tuner.proposal import Proposal
from tuner.trial import OnEpoch, Outcome
from tuner.worker import memory


def test_the_search_grows_by_less_than_a_tenth_of_a_megabyte_a_trial() -> None:
    """keras-tuner #873: it grew by 4 to 25 MB a trial."""
    seen: dict[int, int] = {}

    def run(proposal: Proposal, digest: str | None, on_epoch: OnEpoch) -> Outcome:
        seen[proposal.id] = memory()
        return good_at(proposal)

    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        searched(Path(folder), settings("random", 200), run)
    assert seen[200] - seen[50] < 150 * 0.1 * 2**20
