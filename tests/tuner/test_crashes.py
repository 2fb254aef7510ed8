"""A search that ends at any of its durable writes goes on as if nothing had been; in full: tests/tuner/crashes.py."""

import pytest

from specs.sections.search import OracleName
from tests.tuner.crashes import DISKS, PLANS, broken_disks, kills, plan_of, quick_bayesian

STRIDE = 41
"""Each so many-th point, another one of each plan; the points of a trial come in rows of about a dozen."""


@pytest.mark.parametrize(("oracle", "trials", "size"), PLANS)
def test_a_search_goes_on_from_every_point(oracle: OracleName, trials: int, size: int) -> None:
    """keras-tuner #1055, #439: a search that is resumed."""
    with quick_bayesian():
        found = list(kills(plan_of(oracle, trials, size), size, STRIDE, first=7 * size + len(oracle)))
    assert len(found) >= 2
    assert [message for _, message in found if message] == []


@pytest.mark.parametrize("number", DISKS)
def test_a_full_or_broken_disk_is_one_line_and_blames_no_trial(number: int) -> None:
    """keras-tuner #481."""
    found = list(broken_disks(plan_of("hyperband", 26), 3, writes=200, stride=23, number=number))
    assert [message for _, message in found if message] == []
