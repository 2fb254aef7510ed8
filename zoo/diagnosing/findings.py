"""What a diagnosis gives: frozen data that is printed, written as JSON and drawn without a model at hand."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from specs.errors import Mark
from zoo.diagnosing.signals import Signal
from zoo.json_text import finite

Verdict = Literal["broken", "suspicious", "fine", "not asked"]

SEVERITY: Mapping[Verdict, int] = {"broken": 0, "suspicious": 1, "fine": 2, "not asked": 3}
"""What is told first."""

Figure = float | int | str | None


@dataclass(frozen=True, slots=True)
class Moment:
    """What flowed through the model after so many steps, 0 at the start: a signal for each layer, from the input on."""

    step: int
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of a drawing: `y` over `x`, with what they are; `logarithmic` says that x goes by factors."""

    name: str
    x_title: str
    y_title: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure of a layer, a class or a column: what it is of, what it is called, and where that was written."""

    of: str
    name: str
    value: float
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to change, and the place of the value that should change: None for what no spec says, as labels."""

    text: str
    mark: Mark | None = None
    path: str = ""

    def __str__(self) -> str:
        return self.text if self.mark is None else f"{self.mark}: {self.path}: {self.text}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to.

    `message` is a sentence with the figures that count; `reason` of what was not asked is that sentence too. `advice`
    has the codes of the rules of `zoo lint` that say the same from the text alone. `curves`, `moments` and `bars` are
    what there is to draw.
    """

    check: str
    question: str
    verdict: Verdict
    message: str
    figures: Mapping[str, Figure] = field(default_factory=dict)
    suggestion: Suggestion | None = None
    advice: tuple[str, ...] = ()
    curves: tuple[Curve, ...] = ()
    moments: tuple[Moment, ...] = ()
    bars: tuple[Bar, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings in the order of the checks, in which what explains stands before what follows from it."""

    name: str
    file: str
    backend: str
    seconds: float
    findings: tuple[Finding, ...]
    stopped: bool = False
    """Whether Ctrl-C ended it; checks that were left have no finding but `not asked`."""

    @property
    def main(self) -> Finding | None:
        """The first of the worst findings, which most likely causes the others; None where nothing is wrong."""
        wrong = [each for each in self.findings if each.verdict in ("broken", "suspicious")]
        return min(wrong, key=lambda each: SEVERITY[each.verdict], default=None)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the main finding; `fine` where nothing is wrong."""
        return self.main.verdict if self.main is not None else "fine"

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON has it: null for a number that is not finite."""
        main = self.main.check if self.main is not None else None
        found: dict[str, Any] = finite({"verdict": self.verdict, "main": main, **asdict(self)})
        return found
