"""A diagnosis as lines for a terminal, and what is told while it goes."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from zoo.diagnosing.findings import SEVERITY, Diagnosis, Finding
from zoo.diagnosing.studies import Study, study_lines
from zoo.json_text import finite
from zoo.progress import bar, say


def diagnosis_lines(diagnosis: Diagnosis, studies: Sequence[Study] = ()) -> str:
    """The verdict with its cause, what is wrong besides, then every check with its seconds, and every study."""
    return "\n".join([*_lines(diagnosis), *(f"\n{study_lines(each)}" for each in studies)])


def diagnosis_json(diagnosis: Diagnosis, studies: Sequence[Study]) -> dict[str, Any]:
    """The same with all that was measured, as data."""
    return {**diagnosis.as_json(), "studies": finite([asdict(each) for each in studies])}


def _lines(diagnosis: Diagnosis) -> Iterator[str]:
    main = diagnosis.main
    yield f"{diagnosis.name}: {headline(diagnosis)}"
    if main is not None and main.suggestion is not None:
        yield f"  {main.suggestion}"
    yield ""
    for finding in sorted(diagnosis.findings, key=lambda each: (each is not main, SEVERITY[each.verdict])):
        yield line(finding)
        if finding.suggestion is not None and finding is not main:
            yield f"{'':12}{finding.suggestion}"


def headline(diagnosis: Diagnosis) -> str:
    """The verdict in a sentence: the cause that explains most, and how many findings there are besides."""
    main, wrong = diagnosis.main, [each for each in diagnosis.findings if each.verdict in ("broken", "suspicious")]
    asked = [each for each in diagnosis.findings if each.verdict != "not asked"]
    if main is None:
        return f"nothing wrong was found by {len(asked)} of {len(diagnosis.findings)} checks"
    more = f" ({len(wrong) - 1} more below, which may follow from it)" if len(wrong) > 1 else ""
    return f"{main.verdict}: {main.check}: {main.message}{more}"


def line(finding: Finding) -> str:
    """One finding: verdict, name and sentence."""
    return f"{finding.verdict:<11} {finding.check}: {finding.message}"


@contextlib.contextmanager
def telling(quiet: bool) -> Iterator[dict[str, Any]]:
    """What `diagnose` calls as it goes: a bar in a terminal, elsewhere a line a check, or nothing."""
    if quiet:
        yield {}
    elif not sys.stderr.isatty():
        yield {"on_finding": lambda finding: say(f"{finding.check}: {finding.verdict} ({finding.seconds:.1f} s)")}
    else:
        with bar("building the model") as (_, show):
            yield {"on_check": show}
