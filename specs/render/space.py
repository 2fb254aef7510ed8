"""What `zoo validate` says of specs and their search spaces: lines as it goes, and all of it at the end."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import specs
from specs.errors import Problem, SpecError, UserError, listed

if TYPE_CHECKING:
    from specs.lower import Proof
    from specs.points import Survey
    from specs.regions import Region


@dataclass(slots=True)
class Checked:
    """What was found in several specs: those that could not be read, problems, and what is known of search spaces."""

    unread: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    spaces: list[dict[str, Any]] = field(default_factory=list)

    @property
    def errors(self) -> str:
        """Everything that is wrong, in lines; empty where nothing is."""
        return "\n".join([*self.unread, *([listed(self.problems)] if self.problems else [])])

    def as_json(self) -> dict[str, Any]:
        """What `zoo validate --json` prints."""
        nowhere: dict[str, Any] = {
            "path": "",
            "edits": [],
            "within": [],
            **dict.fromkeys(("file", "line", "column", "hint")),
        }
        unread = ({**nowhere, "message": text} for text in self.unread)
        errors = [*unread, *(problem.as_dict() for problem in self.problems)]
        return {"ok": not errors, "errors": errors, **({"spaces": self.spaces} if self.spaces else {})}


def checked(models: Iterable[str], params: Mapping[str, Any], say: Callable[[str], None]) -> Checked:
    """Checks specs one after the other; `say` is given a line for each that is in order."""
    found = Checked()
    for model in models:
        try:
            proof = specs.check(model, **params)
        except UserError as error:
            found.problems += getattr(error, "problems", ())
            found.unread += [] if isinstance(error, SpecError) else [str(error)]
            continue
        problems = proof.problems or told_of_the_run(proof)
        found.problems += problems
        note = survey_of(model, proof.survey, found.spaces) if proof.survey is not None else ""
        if not problems and (graph := proof.graph) is not None:
            say(f"{model}: ok, {graph.params:,} params, {len(graph.nodes)} layers{note}")
    return found


def told_of_the_run(proof: "Proof") -> tuple[Problem, ...]:
    """What keeps the teacher's run from teaching, where it is there already."""
    document, graph = proof.document, proof.graph
    if document.train is None or document.train.teacher is None or graph is None:
        return ()
    from specs.teaching import of_the_run

    return tuple(of_the_run(document, graph, must_be_there=False))


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


def region_as_json(region: "Region") -> dict[str, Any]:
    """A part of a space that does not fit, and what is wrong at one of its points."""
    values = {name: _values(each) for name, each in region.values.items()}
    return {"values": values, "error": region.problem.as_dict()}


def _values(values: Any) -> Any:
    return list(values) if isinstance(values, tuple) else {"min": values.low, "max": values.high}
