"""What a check is, and the words in which all of them give their findings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zoo.diagnosing.bench import Bench
from zoo.diagnosing.findings import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Check:
    """One question that a diagnosis asks. `find` answers it; its finding has the check's own name and question."""

    name: str
    question: str
    find: "Callable[[Bench], Answer]"


@dataclass(frozen=True, slots=True)
class Answer:
    """A finding before it is known of which check: see `Finding` for what `more` may hold."""

    verdict: Verdict
    message: str
    more: dict[str, Any]

    def to(self, check: Check, seconds: float) -> Finding:
        """The finding of a check that took so many seconds."""
        return Finding(check.name, check.question, self.verdict, self.message, seconds=seconds, **self.more)


def broken(message: str, **more: Any) -> Answer:
    """Training cannot get anywhere like this."""
    return Answer("broken", message, more)


def suspicious(message: str, **more: Any) -> Answer:
    """It may be meant; mostly it is not."""
    return Answer("suspicious", message, more)


def fine(message: str, **more: Any) -> Answer:
    """As it should be."""
    return Answer("fine", message, more)


def not_asked(message: str, **more: Any) -> Answer:
    """Why nothing is known."""
    return Answer("not asked", message, more)
