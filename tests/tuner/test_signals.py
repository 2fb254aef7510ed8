"""A search that is asked to end."""

import os
import signal
import threading
from pathlib import Path

import pytest

from tests.tuner.made_up import good_at, searched, settings
from tuner import conducting
from tuner.errors import Interrupted
from tuner.proposal import Proposal
from tuner.signals import interrupted_by_signals
from tuner.trial import OnEpoch, Outcome


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_puts_the_trial_back_and_counts_as_no_crash(tmp_path: Path, number: signal.Signals) -> None:
    def ended(proposal: Proposal, digest: str | None, on_epoch: OnEpoch) -> Outcome:
        if signal.getsignal(number) is signal.SIG_DFL:
            pytest.fail("the signal would have ended the tests")
        os.kill(os.getpid(), number)
        return good_at(proposal)

    for _ in range(conducting.MAX_STARTS + 1):
        with pytest.raises(Interrupted, match="stopped in trial 1; 0 are recorded, the same command goes on"):
            searched(tmp_path, settings("random", 2), ended)
    assert signal.getsignal(number) is signal.SIG_DFL
    assert [row[1] for row in searched(tmp_path, settings("random", 2))] == ["done", "done"]


def test_what_the_caller_handles_or_ignores_stays_his() -> None:
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupted_by_signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, old)


def test_another_thread_changes_nothing() -> None:
    seen = []

    def look() -> None:
        with interrupted_by_signals():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]
