"""What can be wrong, and where.

The tree of errors a user can meet; everything else that escapes is a bug of ours and stays a traceback:

    SpeczooError            exit code 1: it failed while running
    ├── UserError           exit code 2: the spec or the call is wrong
    │   ├── SpecError       a spec with its problems, each with its place
    │   └── DataError       the data a person pointed at (raised in zoo.data)
    └── RunError            training, searching or exporting failed (raised in zoo and tuner)
"""

import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specs.repairs import Edit, Repair
    from specs.within import Frame

MAX_SHOWN = 20
"""Problems printed before "… and N more"."""

MAX_PROBLEMS = 500
"""Problems after which a spec is not read on."""

MAX_VALUE_TEXT = 60
"""Characters of an offending value that a message quotes."""

MAX_PATH = 500
"""Characters of a path that a line shows: a name may be as long as a text."""

MAX_WITHIN = 4
"""Blocks, turns and files around a mistake that a message names, the outermost among them."""

LINE_WIDTH = 120
"""A hint that would make a line longer than this moves to a line of its own."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file: 1-based line and column.

    >>> str(Mark("lenet5.yaml", 14, 19))
    'lenet5.yaml:14:19'
    """

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: its place, the path of the value in the document, the broken rule, and a repair.

    `repairs` may mend it and wait to be tried (specs.repairs); the text of those that do becomes the hint, and `edits`
    are the changes of the first. `within` leads from the place outwards: blocks and where they are used, turns, files.

    >>> print(Problem(Mark("a.yaml", 2, 5), "body[0].Dens", "no such layer or block", "did you mean Dense?"))
    a.yaml:2:5: body[0].Dens: no such layer or block; did you mean Dense?
    """

    mark: Mark
    path: str
    message: str
    hint: str | None = None
    repairs: "tuple[Repair, ...]" = field(default=(), compare=False)
    edits: "tuple[Edit, ...]" = field(default=(), compare=False)
    within: "tuple[Frame, ...]" = field(default=(), compare=False)

    @property
    def rule(self) -> str:
        """The broken rule, and from where it was come to the place."""
        within = [frame.text(self.mark.file) for frame in self.within]
        hidden = len(within) - MAX_WITHIN
        shown = [*within[: MAX_WITHIN - 1], f"… ({hidden} more)", within[-1]] if hidden > 0 else within
        return ", ".join([self.message, *shown])

    def __str__(self) -> str:
        path = self.path if len(self.path) <= MAX_PATH else f"{self.path[: MAX_PATH - 1]}…"
        line = f"{self.mark}: {path}: {self.rule}" if path else f"{self.mark}: {self.rule}"
        line, hint = printable(line), self.hint and printable(self.hint)
        if hint is None:
            return line
        joined = f"{line}; {hint}"
        if len(joined) <= LINE_WIDTH:
            return joined
        lines = textwrap.wrap(hint, LINE_WIDTH - 4, break_long_words=False, break_on_hyphens=False)
        return "\n    ".join([f"{line};", *lines])

    def as_dict(self) -> dict[str, object]:
        """The form that `zoo validate --json` prints."""
        return {
            "file": self.mark.file,
            "line": self.mark.line,
            "column": self.mark.column,
            "path": self.path,
            "message": self.message,
            "hint": self.hint,
            "edits": [edit.as_dict() for edit in self.edits],
            "within": [frame.as_dict() for frame in self.within],
        }


def printable(text: str) -> str:
    """The text with escapes for what would move a terminal's cursor, begin a line, or turn what follows around.

    >>> printable("a\\nb \\x1b[2J é")
    'a\\\\nb \\\\x1b[2J é'
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


class SpeczooError(Exception):
    """Root of the errors that reach a user as a sentence instead of a traceback."""

    exit_code = 1


class UserError(SpeczooError):
    """The spec or the call is wrong; nothing was run."""

    exit_code = 2


class DataError(UserError):
    """The data a person pointed at cannot be used: missing, empty, unreadable, of the wrong shape."""


class RunError(SpeczooError):
    """Training, searching or exporting failed while it ran."""


class SpecError(UserError):
    """A spec that cannot be used, with every problem found in it, ordered by place.

    >>> error = SpecError([Problem(Mark("a.yaml", 3, 1), "name", "is required")])
    >>> print(error)
    a.yaml:3:1: name: is required
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__(listed(self.problems))


class Problems:
    """The problems found so far, each once: a block that is used twice says what is wrong in it once."""

    def __init__(self, found: Iterable[Problem] = ()) -> None:
        self._found = dict.fromkeys(found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def __bool__(self) -> bool:
        return bool(self._found)

    def report(self, problem: Problem) -> None:
        """Adds a problem; SpecError with all of them where there are too many to read on."""
        self._found[problem] = None
        if len(self._found) >= MAX_PROBLEMS:
            raise SpecError(self)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, ordered by place."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda p: (p.mark.file, p.mark.line, p.mark.column)))


def listed(problems: Sequence[Problem]) -> str:
    """The problems as a user reads them, at most MAX_SHOWN of them."""
    shown = [str(problem) for problem in problems[:MAX_SHOWN]]
    hidden = len(problems) - len(shown)
    least = "at least " if len(problems) >= MAX_PROBLEMS else ""
    return "\n".join([*shown, f"… and {least}{hidden} more"] if hidden else shown)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The hint for a misspelt name, or None where nothing known is close.

    >>> did_you_mean("Convv2D", ["Conv2D", "Dense"])
    'did you mean Conv2D?'
    >>> did_you_mean("xyz", ["Conv2D"]) is None
    True
    """
    name = closest(word, known)
    return f"did you mean {name}?" if name else None


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known name that a misspelt or shortened one most likely means, or None where none is close.

    >>> closest("kernal_size", ["kernel_size", "units"]), closest("min", ["max_value", "min_value"])
    ('kernel_size', 'min_value')
    """
    # Only asked where something is wrong.
    from specs.names import near

    return next(iter(near(word, known)), None)


def got(value: object) -> str:
    """The suffix that quotes an offending value as YAML would write it, shortened where it is long.

    >>> got(0), got(True), got(None), got("relu"), got((1, 2))
    ('(got 0)', '(got true)', '(got null)', "(got 'relu')", '(got [1, 2])')
    """
    text = yaml_text(value)
    return f"(got {text if len(text) <= MAX_VALUE_TEXT else text[: MAX_VALUE_TEXT - 1] + '…'})"


def yaml_text(value: object) -> str:
    """A value in YAML's flow style, cut off early where it is large.

    >>> yaml_text({"units": [1, None]})
    '{units: [1, null]}'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, str):
        return repr(value[:MAX_VALUE_TEXT])
    if isinstance(value, dict):
        return "{" + ", ".join(f"{str(k)[:MAX_VALUE_TEXT]}: {yaml_text(v)}" for k, v in list(value.items())[:8]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(yaml_text(v) for v in value[:16]) + "]"
    if isinstance(value, int) and value.bit_length() > 200:
        return "a very large integer"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    return str(value)[:MAX_VALUE_TEXT]
