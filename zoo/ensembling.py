"""Several finished runs as one model, and whether it is better than they are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from specs.errors import UserError
from specs.graph import Shape
from zoo.evaluating import Evaluation, evaluation, own_data, part_of
from zoo.files import write_text_atomically
from zoo.finished import ENSEMBLE, Finished, Member, ensemble_text, read_run
from zoo.json_text import json_text
from zoo.run_directory import CLASSES, METRICS, appearing
from zoo.running import versions
from zoo.voting import Vote, Voting


@dataclass(frozen=True, slots=True)
class Ensemble:
    """An ensemble and the directory in which it lies: how good the whole is on the test part, and how each member."""

    directory: Path
    whole: Evaluation
    members: Mapping[str, Evaluation]
    """By the directory of the member."""


def ensemble(
    runs: Iterable[str | Path], out: str | Path, vote: Vote = "mean", weights: Sequence[float] | None = None
) -> Ensemble:
    """Let finished runs vote, evaluate the whole and each member on the test part, and keep that in a new directory.

    The runs have the same inputs, outputs, classes, data and split of them; `weights` say how much each counts, all
    the same where None. `vote` is one of those of `zoo.voting.Voting`; of models that give numbers only `mean` makes
    one. The directory holds ensemble.yaml with the rule and the members, each with hashes, classes.json and, as it
    appears, metrics.json; the members stay where they are. `zoo.export` makes one SavedModel of all.

    Raises `UserError` where the runs do not go together or the directory is there already.
    """
    target = Path(out)
    members = tuple(read_run(Path(run)) for run in runs)
    _check_members(members)
    finished = Finished(target, target.name, members, _voting(members, vote, weights))
    with appearing(target) as folder:
        test = part_of(own_data(finished), "test")
        singly = (Finished(member.directory, member.document.name, (member,)) for member in members)
        each = {str(single.directory): evaluation(single, single.model(), test, "test") for single in singly}
        found = Ensemble(target, evaluation(finished, finished.model(), test, "test"), each)
        write_text_atomically(folder / ENSEMBLE, ensemble_text(finished))
        write_text_atomically(folder / CLASSES, json_text(finished.classes))
        write_text_atomically(folder / METRICS, json_text(_metrics(finished, found)))
    return found


def _check_members(members: tuple[Member, ...]) -> None:
    if len(members) < 2:
        raise UserError(f"an ensemble needs at least two runs (got {len(members)})")
    first, *others = members
    seen = {first.directory.resolve()}
    for other in others:
        for what, of in SAME.items():
            if of(first) != of(other):
                told = f"their {what} differ ({of(first)} and {of(other)})"
                raise UserError(f"{other.directory} cannot vote with {first.directory}: {told}")
        if other.directory.resolve() in seen:
            raise UserError(f"{other.directory}: is named twice; --weights say how much a run counts")
        seen.add(other.directory.resolve())


def _inputs(member: Member) -> str:
    graph = member.graph
    kinds = {name: getattr(graph.node(name).args, "dtype") for name in graph.inputs}  # noqa: B009  # an InputLayer's
    return f"{_listed(graph.input_shapes())} {', '.join(kinds.values())}"


def _listed(shapes: Mapping[str, Shape]) -> str:
    return ", ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in shapes.items())


SAME: dict[str, Callable[[Member], str]] = {
    "inputs": _inputs,
    "outputs": lambda member: _listed(member.graph.output_shapes()),
    "classes": lambda member: "; ".join(f"{name}: {', '.join(each)}" for name, each in member.classes.items()),
    "kinds of output": lambda member: ", ".join(member.gives.values()),
    "data or the splits of them": lambda member: f"fingerprint {member.fingerprint[:12]}…",
}
"""What all members have in common, as text."""


def _voting(members: tuple[Member, ...], vote: Vote, weights: Sequence[float] | None) -> Voting:
    found = tuple(map(float, weights)) if weights is not None else (1.0,) * len(members)
    if len(found) != len(members) or not all(0 < weight < float("inf") for weight in found):
        given = ", ".join(f"{weight:g}" for weight in found)
        raise UserError(f"weights must be a number above 0 for each of the {len(members)} runs (got {given})")
    if "numbers" in members[0].gives.values() and vote != "mean":
        raise UserError(f"{members[0].directory}: gives numbers, on which models vote by mean only (got {vote})")
    return Voting(vote, found)


def _metrics(finished: Finished, found: Ensemble) -> dict[str, Any]:
    assert finished.voting is not None, "an ensemble votes"
    return {
        "name": finished.name,
        **asdict(finished.voting),
        "test": found.whole.metrics,
        "members": [{"run": run, "test": each.metrics} for run, each in found.members.items()],
        "data": {"fingerprint": finished.members[0].fingerprint, "examples": {"test": found.whole.examples}},
        "versions": versions(),
    }
