"""Document → Graph, and the checks that need both."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specs import checks, kinds, measured
from specs.counting import first_beyond
from specs.document import Document
from specs.errors import Mark, Problem, Problems, SpecError, in_order
from specs.expand import BROKEN, NOWHERE, Builder, Tensor, TooManyLayersError, Trace, run_steps
from specs.graph import Graph, Output
from specs.limits import limits_hold
from specs.resolve import Report
from specs.step import MAX_STEPS, NO_ARGUMENTS, Step
from specs.tree import MappingNode, TreeNode

if TYPE_CHECKING:
    from specs.points import Survey


def expand(
    document: Document, report: Report, trace: Trace | None = None, kind: type[Builder] = Builder
) -> Graph | None:
    """The flat graph with everything inferred; None where a problem was reported that leaves no output."""
    builder = kind(document.defaults, report, later=frozenset(_names(document.body)), trace=trace)
    extra = first_beyond(document.body, MAX_STEPS)
    if extra is not None:
        builder.refuse(extra, f"the model has more than {MAX_STEPS:,} steps")
        return None
    try:
        end = _run_body(builder, document)
    except TooManyLayersError:
        return None
    outputs = _outputs(builder, document, end)
    if outputs is None:
        return None
    return Graph(
        document.name,
        tuple(builder.nodes.values()),
        tuple(document.inputs),
        outputs,
        builder.scopes(),
        document.adapted,
    )


def _names(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        if step.name:
            yield step.name
        for body in step.bodies:
            yield from _names(body)


def _run_body(builder: Builder, document: Document) -> Tensor:
    inputs = [
        builder.add("InputLayer", args, (), name, _step_at(document, "inputs", name))
        for name, args in document.inputs.items()
    ]
    start = inputs[0] if len(inputs) == 1 else NOWHERE if inputs else BROKEN
    return run_steps(builder, document.body, start, "")


def _step_at(document: Document, section: str, name: str) -> Step:
    """A stand-in for the place of something that is no step: an input or an output."""
    node = document.tree.get(section)
    entry = node.entry(name) if isinstance(node, MappingNode) else document.tree.entry("input")
    mark = entry.key_mark if entry else document.tree.mark
    places = dict(_places(entry.value)) if entry else {}
    path = f"{section}.{name}" if isinstance(node, MappingNode) else "input"
    return Step("", NO_ARGUMENTS, mark, path, places=places)


def _places(value: TreeNode) -> Iterator[tuple[str, tuple[Mark, str]]]:
    """Where an output says of which steps it is; without a mapping its value is the step that computes it."""
    for key in ("from", "reconstructs"):
        node = value.get(key) if isinstance(value, MappingNode) else value if key == "from" else None
        if node is not None:
            yield key, (node.mark, node.path)


def _outputs(builder: Builder, document: Document, end: Tensor) -> dict[str, Output] | None:
    if document.outputs is None:
        return None if end in (BROKEN, NOWHERE) else {"output": Output(end)}
    found = {}
    for name, spec in document.outputs.items():
        tensor = builder.find(spec.source, "", _step_at(document, "outputs", name))
        target = _target(builder, document, name)
        if BROKEN in (tensor, target):
            return None
        found[name] = Output(tensor, spec.loss_weight, spec.auxiliary, spec.loss, target)
    return found or None


def _target(builder: Builder, document: Document, name: str) -> Tensor | None:
    """What an output reconstructs; None where it learns labels."""
    assert document.outputs is not None
    wanted = document.outputs[name].reconstructs
    if wanted is None:
        return None
    found = builder.full_name(wanted, "", _step_at(document, "outputs", name), "reconstructs")
    return BROKEN if found is None else builder.names[found][0]


Check = Callable[[Document, Graph, Report], None]


def table_fits(document: Document, graph: Graph, report: Report) -> None:
    """What is checked of columns and arrays is imported where a spec has one."""
    if document.train is not None and document.train.data.kind in ("csv", "parquet", "npz", "digits"):
        from specs import table_checks

        table_checks.table_fits(document, graph, report)


CHECKS: tuple[Check, ...] = (
    checks.every_node_is_used,
    kinds.layers_get_what_they_read,
    checks.the_first_output_is_served,
    checks.the_top_is_a_step,
    checks.the_frozen_part_is_a_step,
    checks.weights_have_an_original,
    checks.no_param_is_misspelt,
    checks.expectations,
    checks.embeddings_look_up_whole_numbers,
    checks.reconstructions_fit,
    checks.training_fits,
    checks.data_fits,
    table_fits,
    measured.adapted_values_fit,
    measured.what_is_measured_stands_before_weights,
    checks.augmentation_fits,
    checks.export_fits,
    limits_hold,
)
"""What is checked once the whole graph is there, in this order."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What checking a spec found: its problems, and the graph where it has one."""

    document: Document
    graph: Graph | None
    problems: tuple[Problem, ...]
    survey: "Survey | None" = None
    """What was proven of its search space, where it has one that could be looked at."""
    left_out: tuple[Problem, ...] = ()
    """Those of the problems that are combinations of searched params: the tuner leaves them out."""


def prove(document: Document, problems: Iterable[Problem]) -> Proof:
    """The graph of a document and all problems, those of its text (given) and those of its graph."""
    found = Problems(problems)
    graph = expand(document, found.report)
    if graph is not None and not found:
        for check in CHECKS:
            check(document, graph, found.report)
    return Proof(document, graph, in_order(found))


def lower(document: Document) -> Graph:
    """The flat graph of a document; SpecError with all problems where it has none.

    >>> from specs import load
    >>> lower(load("digits_mlp")).output_shapes()
    {'output': (10,)}
    """
    proof = prove(document, [])
    if proof.problems or proof.graph is None:
        raise SpecError(proof.problems)
    return proof.graph
