"""What can be said of a search without running it: its params exist and act, and every point of its space fits."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from specs.errors import Problem, SpecError, in_order, yaml_text
from specs.lower import Proof
from specs.points import Point, Survey, space_of, survey
from specs.pruning import too_late
from specs.reach import SIZES, Reach, reach
from specs.regions import Interval, Region
from specs.resolve import names_used
from specs.sections import Axis
from specs.tree import FROM_OUTSIDE, MappingNode, ScalarNode, SequenceNode, TreeNode
from specs.try_first import misfits, misnamed
from specs.validate import validated

MAX_COMBINATIONS = 5
"""Combinations of several params that are told."""


Check = Callable[[Mapping[str, Any]], Proof]
"""Proves a spec with other values of its params."""


def check_search(proof: Proof, check: Check) -> Proof:
    """The proof with the problems of its search added; what is wrong with one axis hides nothing of the others."""
    space = _space(proof.document.tree)
    axes = _axes(proof, space)
    found = reach_of(proof, {*axes, *_order(space)})
    problems = [*_unknown_params(proof, space, found), *misnamed(proof.document), *too_late(proof.document)]
    if any(not each.path.startswith("search") for each in proof.problems) or proof.graph is None:
        return replace(proof, problems=in_order([*proof.problems, *problems]))
    axes = {name: axis for name, axis in axes.items() if name in found.used}
    trial = _Trial(proof, check, axes, found)
    known = trial.survey()
    corners = tuple(_told(known, space))
    single = (region for region in known.regions if len(region.values) == 1)
    problems += [*(each for region in single for each in _of_values(region, space)), *_idle(trial, space)]
    problems += () if problems else misfits(proof.document, trial.attempt)
    return replace(proof, problems=in_order([*proof.problems, *problems, *corners]), survey=known, left_out=corners)


def check_names(proof: Proof) -> Proof:
    """The proof with the problems of the names in its search added: what can be said without trying any point."""
    space = _space(proof.document.tree)
    unknown = _unknown_params(proof, space, reach_of(proof, {*_axes(proof, space), *_order(space)}))
    return replace(proof, problems=in_order([*proof.problems, *unknown, *misnamed(proof.document)]))


def surveyed(proof: Proof, check: Check) -> Survey:
    """What is known of the search space of a spec that is right itself; nothing where it has no search."""
    search = proof.document.search
    if search is None or proof.graph is None:
        return Survey()
    return _Trial(proof, check, search.space, reach_of(proof, search.space)).survey()


def without_search(tree: MappingNode) -> MappingNode:
    """The tree to be checked at each point, without the values of the search; with them where they refer to a param."""
    space = tree.get("search")
    if space is None or names_used(space):
        return tree
    return replace(tree, entries=tuple(each for each in tree.entries if each.key != "search"))


class _Trial:
    """A spec at the points of its search space, each looked at once."""

    def __init__(self, proof: Proof, check: Check, axes: Mapping[str, Axis], found: Reach) -> None:
        self.proof, self.check, self.axes, self.found = proof, check, axes, found
        self.known: dict[tuple[tuple[str, Any], ...], tuple[tuple[Problem, ...], Any]] = {}
        # A search that is wrong itself would be so at every point.
        self.before = frozenset(proof.problems)
        self.tree = without_search(proof.document.tree)

    def at(self, point: Point) -> tuple[tuple[Problem, ...], Any]:
        """The problems at a point, and what is built and trained there."""
        key = tuple(sorted((name, value) for name, value in point.items()))
        if key not in self.known:
            try:
                proof = self.check(point)
                built = (proof.graph, proof.document.train)
                problems = proof.problems
            except SpecError as error:
                problems, built = error.problems, None
            self.known[key] = tuple(each for each in problems if each not in self.before), built
        return self.known[key]

    def attempt(self, point: Point) -> Problem | None:
        """The first problem at a point."""
        return min(self.at(point)[0], key=lambda each: (each.mark.line, each.mark.column), default=None)

    def judge(self, values: Mapping[str, Any]) -> bool | None:
        """Whether the spec fails at all points of values and ranges, at none, or (None) neither is known."""
        from specs.span_run import fails_everywhere
        from specs.spans import Origins, Span, UndecidedError

        origins: Origins = {}
        document, spanned, given = self.proof.document, set[str](), dict[str, Any]()
        for number, (name, value) in enumerate(values.items()):
            if isinstance(value, Interval) and value.low < value.high:
                given[name] = Span(value.low, value.high, number, origins)
                spanned |= self.found.arguments[name]
            else:
                given[name] = value.low if isinstance(value, Interval) else value
        try:
            every = {**document.overrides, **given}
            return fails_everywhere(self.tree, document.file, every, frozenset(spanned))
        except UndecidedError:
            return None

    def survey(self) -> Survey:
        """What is known of the space."""
        graph, found = self.proof.graph, self.found
        if graph is None or not self.axes:
            return Survey()
        lines = {
            name
            for name, axis in self.axes.items()
            if axis.values is None and name in found.structural and found.arguments[name] <= SIZES
        }
        space = space_of(
            self.axes,
            found.structural,
            lines=frozenset(lines),
            direct=found.direct,
            monotone=found.monotone,
            arguments=found.arguments,
        )
        return survey(space, len(graph.nodes), self.attempt, self.judge, self.proof.document.params)


def _axes(proof: Proof, space: TreeNode | None) -> dict[str, Axis]:
    """The axes of the search that are right by themselves, also where the search is not."""
    if proof.document.search is not None:
        return dict(proof.document.search.space)
    found = {}
    for entry in space.entries if isinstance(space, MappingNode) else ():
        axis = validated(Axis, entry.value, entry.key, _reported_already)
        if axis is not None:
            found[entry.key] = axis
    return found


def _reported_already(problem: Problem) -> None:
    pass


def reach_of(proof: Proof, names: Iterable[str]) -> Reach:
    """What the params of these names reach in the spec."""
    document = proof.document
    weighed = document.limits is not None and document.limits.memory is not None
    return reach(document.tree, names, weighed=weighed)


def _space(tree: MappingNode) -> TreeNode | None:
    search = tree.get("search")
    return search.get("space") if isinstance(search, MappingNode) else None


def _unknown_params(proof: Proof, space: TreeNode | None, found: Reach) -> Iterator[Problem]:
    params = proof.document.params
    for entry in space.entries if isinstance(space, MappingNode) else ():
        if entry.key not in params:
            from specs.repairs import spelled

            hint = "declare it under params: and refer to it where it acts"
            meant = spelled(entry.key_mark, entry.key, params)
            yield Problem(entry.key_mark, entry.value.path, f"no param is named {entry.key!r}", hint, meant)
        elif entry.key not in found.used:
            message = f"nothing refers to {entry.key!r}, so that searching it changes nothing"
            yield Problem(entry.key_mark, entry.value.path, message, f"write ${entry.key} where it acts")


def _idle(trial: _Trial, space: TreeNode | None) -> Iterator[Problem]:
    """The searched params with whose values nothing of the built model and its training changes."""
    from specs.idle import idle

    for name in idle(trial.axes, trial.found, trial.proof.document.params, trial.at):
        entry = space.entry(name) if isinstance(space, MappingNode) else None
        if entry is not None:
            message = f"{name!r} changes nothing in the built model, whatever the other searched params are"
            hint = f"take it out, or see whether each step that refers to ${name} is there and lets it act"
            yield Problem(entry.key_mark, entry.value.path, message, hint)


def _told(known: Survey, space: TreeNode | None) -> Iterator[Problem]:
    """The combinations of several params that do not fit, each at the place of its first param."""
    several = [region for region in known.regions if len(region.values) > 1]
    for number, region in enumerate(several[:MAX_COMBINATIONS], 1):
        first = region.problem
        name = next(each for each in _order(space) if each in region.values)
        entry = space.entry(name) if isinstance(space, MappingNode) else None
        last = number == min(len(several), MAX_COMBINATIONS)
        more = _more(len(several) - MAX_COMBINATIONS, known) if last else ""
        if entry is not None:
            file = f" of {first.mark.file}" if first.mark.file != entry.key_mark.file else ""
            message = f"with {region} {first.path} (line {first.mark.line}{file}): {_rule(first)}{more}"
            yield Problem(entry.key_mark, entry.value.path, message, first.hint)


def _more(hidden: int, known: Survey) -> str:
    """What is not told, and what is not known."""
    parts = [f"and {hidden} more combinations"] if hidden > 0 else []
    parts += [known.text()] if known.proven < 1 else []
    return f" ({'; '.join(parts)})" if parts else ""


def _rule(problem: Problem) -> str:
    """The rule that a point breaks; that its value comes from outside is the search's doing."""
    return problem.rule.replace(FROM_OUTSIDE, "")


def _order(space: TreeNode | None) -> Iterator[str]:
    return (entry.key for entry in space.entries) if isinstance(space, MappingNode) else iter(())


def _of_values(region: Region, space: TreeNode | None) -> Iterator[Problem]:
    """One problem for each listed value, and one for a part of a range, at the end where it lies."""
    ((name, values),) = region.values.items()
    axis = space.get(name) if isinstance(space, MappingNode) else None
    first = region.problem
    for node, text in _places(axis, values):
        file = f" of {first.mark.file}" if first.mark.file != node.mark.file else ""
        reason = f"{text} does not fit line {first.mark.line}{file}: {first.path}: {_rule(first)}"
        yield Problem(node.mark, node.path, reason, first.hint)


def _places(axis: TreeNode | None, values: "tuple[Any, ...] | Interval") -> Iterator[tuple[TreeNode, str]]:
    listed = axis.get("values") if isinstance(axis, MappingNode) else None
    if isinstance(listed, SequenceNode):
        for item in listed.items:
            if isinstance(item, ScalarNode) and item.value in values:
                yield item, yaml_text(item.value)
    elif isinstance(axis, MappingNode):
        low, high = (values.low, values.high) if isinstance(values, Interval) else (min(values), max(values))
        edges = [axis.get(key) for key in ("min_value", "max_value")]
        place = next((each for each in edges if isinstance(each, ScalarNode) and each.value in values), axis)
        yield place, yaml_text(low) if low == high else f"{yaml_text(low)} to {yaml_text(high)}"
