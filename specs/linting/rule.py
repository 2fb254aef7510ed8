"""What a rule is, and what it gives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from specs.errors import Mark
from specs.linting.view import View

Finding = tuple[Mark, str, str]
"""Where a rule found something, the path of it, and what it found."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One piece of what the field knows.

    `title` names what is found, `reason` says why it harms and what to do, `source` where that is published. `find`
    gives every place of a model that the rule speaks of.
    """

    code: str
    find: "Callable[[View], Iterator[Finding]]"
    title: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What a rule has to say of one place of a spec; the spec is valid all the same.

    >>> print(Advice("N01", Mark("a.yaml", 9, 5), "body[1].conv", "the bias does nothing", "why", "where"))
    a.yaml:9:5: body[1].conv: N01 the bias does nothing
    """

    code: str
    mark: Mark
    path: str
    message: str
    reason: str
    source: str

    def __str__(self) -> str:
        return f"{self.mark}: {self.path}: {self.code} {self.message}"

    def as_dict(self) -> dict[str, object]:
        """The form that `zoo lint --json` prints."""
        return {
            "code": self.code,
            "file": self.mark.file,
            "line": self.mark.line,
            "column": self.mark.column,
            "path": self.path,
            "message": self.message,
            "reason": self.reason,
            "source": self.source,
        }
