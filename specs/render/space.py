"""What `zoo validate` prints of search spaces, and all that it prints as plain data."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specs.errors import Problem
    from specs.points import Survey
    from specs.regions import Region


def survey_of(model: str, survey: "Survey", spaces: list[dict[str, Any]]) -> str:
    """Adds what is known of one spec's space to the others; gives what stands behind `ok` where not all is proven.

    `proven` is the part of the space, from 0 to 1, of which it is known whether it fits.

    >>> from specs.points import Survey
    >>> survey_of("a.yaml", Survey(proven=0.5, points=10**9, tried=40), []), survey_of("b.yaml", Survey(), [])
    ('; search space proven for 50 % of 1,000,000,000 points, 40 tried', '')
    """
    regions = [region_as_json(region) for region in survey.regions]
    known = {"points": survey.points, "proven": survey.proven, "tried": survey.tried}
    spaces.append({"model": model, **known, "infeasible": regions})
    return "" if survey.proven >= 1 else f"; search space {survey.text()}"


def validate_json(unread: Iterable[str], problems: "Iterable[Problem]", spaces: list[dict[str, Any]]) -> dict[str, Any]:
    """What `zoo validate --json` prints: files that could not be read, problems, and what is known of search spaces."""
    nowhere: dict[str, Any] = {
        "path": "",
        "edits": [],
        "within": [],
        **dict.fromkeys(("file", "line", "column", "hint")),
    }
    errors = [*({**nowhere, "message": text} for text in unread), *(problem.as_dict() for problem in problems)]
    return {"ok": not errors, "errors": errors, **({"spaces": spaces} if spaces else {})}


def region_as_json(region: "Region") -> dict[str, Any]:
    """A part of a space that does not fit, and what is wrong at one of its points."""
    values = {name: _values(each) for name, each in region.values.items()}
    return {"values": values, "error": region.problem.as_dict()}


def _values(values: Any) -> Any:
    return list(values) if isinstance(values, tuple) else {"min": values.low, "max": values.high}
