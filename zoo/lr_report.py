"""What `zoo lr-find` makes of a range test: a drawing, lines or JSON, and the suggestion in the spec."""

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from specs.document import Document
from specs.errors import RunError, UserError
from specs.learning_rates import number, with_learning_rate
from zoo.curves import draw_range_test
from zoo.files import written_atomically
from zoo.lr_finding import RangeTest, lr_find
from zoo.progress import stepping


@dataclass(frozen=True, slots=True)
class Report:
    """A range test, its drawing, and what has changed in the spec; `changes` is None where nothing was to change."""

    test: RangeTest
    out: Path
    changes: tuple[str, ...] | None


def reported(document: Document, out: Path | None, write: bool, quiet: bool, **how: Any) -> Report:
    """Test, draw, and write the suggestion into the document's file where `write` asks for it.

    Raises `UserError` before the test where the spec cannot be written to, else as `zoo.lr_find`.
    """
    out = out or Path(f"{document.name}.lr.svg")
    if out.suffix.lower() != ".svg":
        raise UserError(f"{out}: the drawing is an .svg; name it so")
    if write:
        with_learning_rate(document, 1.0)
    with stepping(quiet) as tell:
        test = lr_find(document, **how, **tell)
    try:
        with written_atomically(out) as partial:
            draw_range_test(test, partial)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from None
    return Report(test, out, write_rate(document, test.suggestion) if write and test.suggestion else None)


def write_rate(document: Document, rate: float) -> tuple[str, ...]:
    """Put a learning rate into the document's own file, comments and layout kept; gives what has changed, in lines.

    Raises `UserError` where it cannot be put in, see `specs.learning_rates`; the file is then as it was.
    """
    found = with_learning_rate(document, rate)
    # A link stays a link, and who may read the file may do so afterwards.
    path = Path(document.file).resolve()
    try:
        with written_atomically(path) as partial:
            partial.write_bytes(found.text.encode())
            shutil.copymode(path, partial)
    except OSError as error:
        raise UserError(f"{document.file}: cannot be written ({error.strerror or error})") from None
    return tuple(f"{document.file}: {change}" for change in found.changes)


def report_lines(report: Report) -> str:
    """The verdict, where the drawing lies, and what was written."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    test = report.test
    if test.suggestion is not None:
        yield test.verdict
    if test.tenth is not None:
        yield f"the loss was lowest at ten times {number(test.tenth)}, a more careful choice"
    yield f"drawing: {report.out}"
    yield from report.changes or ()


def report_json(report: Report) -> dict[str, Any]:
    """All of it as data."""
    return {**asdict(report.test), "out": str(report.out), "changes": report.changes}


def refuse_without_suggestion(report: Report) -> None:
    """`RunError` with the verdict of a test that says nothing."""
    if report.test.suggestion is None:
        raise RunError(f"{report.test.verdict} (steps: {report.test.steps})")
