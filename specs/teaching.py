"""What a student learns from and how (`train.teacher`): whether it can, and whether the teacher's run fits it."""

from collections.abc import Iterator
from pathlib import Path

from specs.alone import trains_alone
from specs.document import Document
from specs.dump import teacher_path
from specs.errors import Problem, SpecError, got
from specs.graph import Graph, Node, Shape
from specs.infer.base import text
from specs.linting.kinds import activation
from specs.recipe import loss_of
from specs.sections import Train
from specs.sections.judging import LossChoice
from specs.written import written

Found = Iterator[Problem]

TELLS_CLASSES = (
    "SparseCategoricalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
)
"""Losses of outputs that are a distribution over classes."""
FINISHED = ("spec.yaml", "model.keras", "classes.json", "metrics.json")
"""What a finished run holds."""


def problems_of(document: Document, train: Train, graph: Graph) -> Found:
    """The model has one output, which is a distribution over classes, and trains by itself on one device."""
    mark, path = written(document, "train", "teacher")
    if len(graph.outputs) > 1:
        yield Problem(mark, path, f"teaches a model with one output {got(tuple(graph.outputs))}", "keep one output")
        return
    ((name, output),) = graph.outputs.items()
    loss, node = loss_of(train, output), graph.node(output.node)
    if loss.kind not in TELLS_CLASSES or output.reconstructs is not None:
        what = f"{loss.kind} of {name!r} is not for them"
        hint = f"take a loss of classes, as {TELLS_CLASSES[0]}"
        yield Problem(mark, path, f"teaches distributions over classes; {what}", hint)
    elif not logits_of(loss) and activation(node) not in ("softmax", "unknown"):
        hint = "end with a softmax, or say from_logits: true beside the loss"
        yield Problem(mark, path, f"teaches distributions; {node.name!r} ends with {activation(node)}", hint)
    if getattr(loss.args, "ignore_class", None) is not None:
        mark, path = written(document, "train", "loss", loss.kind, "ignore_class")
        yield Problem(mark, path, "a teacher answers for every label, ignored ones too", "take out one of the two")
    yield from trains_alone(document, train, "a student of train.teacher trains alone, on one device")


def logits_of(loss: LossChoice) -> bool:
    """Whether an output with that loss gives logits; a distribution where not."""
    return bool(getattr(loss.args, "from_logits", False))


def check_teacher(document: Document, graph: Graph) -> None:
    """Raises `SpecError` where the teacher of a document is no finished run, or one that takes or gives something else.

    Asked before a training; a finished student needs its teacher no more.
    """
    problems = list(of_the_run(document, graph))
    if problems:
        raise SpecError(problems)


def of_the_run(document: Document, graph: Graph, *, must_be_there: bool = True) -> Found:
    """What keeps the run from teaching the model, from what lies in its directory, without Keras."""
    run = teacher_path(document)
    if run is None:
        return
    mark, path = written(document, "train", "teacher", "path")
    missing = [name for name in FINISHED if not (run / name).is_file()]
    if missing and not must_be_there:
        return
    if missing:
        what = f"has no {missing[0]}" if run.is_dir() else "is not there"
        yield Problem(mark, path, f"must be a finished run; {run} {what}", "train the teacher first")
        return
    try:
        differences = list(_differences(run, graph))
    except SpecError as error:
        differences = [f"the teacher's spec is not valid: {str(error).splitlines()[0]}"]
    for message in differences:
        yield Problem(mark, path, f"{message} {got(str(run))}", "name a run that takes and gives what this model does")


def _differences(run: Path, graph: Graph) -> Iterator[str]:
    from specs import load, lower

    document = load(run / FINISHED[0])
    teacher = lower(document).served()
    ours, theirs = ([(name, each.node(name)) for name in each.inputs] for each in (graph, teacher))
    if len(ours) != len(theirs) or (len(ours) > 1 and dict(ours).keys() != dict(theirs).keys()):
        yield f"the teacher takes {_listed(theirs)}, the student {_listed(ours)}"
    else:
        known = dict(theirs)
        for name, node in ours:
            other = known.get(name, theirs[0][1])
            if not _takes(other, node):
                yield f"the teacher takes {_input(other)}, the student {_input(node)}"
    if len(teacher.outputs) > 1:
        yield f"the teacher has the outputs {', '.join(teacher.outputs)}, and one is learnt from"
        return
    (output,), (shape,) = teacher.outputs.values(), teacher.output_shapes().values()
    train = document.train or Train()
    if loss_of(train, output).kind not in TELLS_CLASSES:
        yield f"the teacher learnt by {loss_of(train, output).kind}, and tells no distribution over classes"
    elif shape != (wanted := next(iter(graph.output_shapes().values()))):
        yield f"the teacher gives {text(shape)}, the student {text(wanted)}"


def _takes(teacher: Node, student: Node) -> bool:
    """Whether the teacher takes what the student is given; sizes that it leaves open may be any."""
    known, given = teacher.output_shape, student.output_shape
    fits = len(known) == len(given) and all(one in (None, other) for one, other in zip(known, given, strict=True))
    return fits and _is_text(teacher) == _is_text(student)


def _is_text(node: Node) -> bool:
    return getattr(node.args, "dtype", "") == "string"


def _input(node: Node) -> str:
    shape: Shape = node.output_shape
    return f"texts {text(shape)}" if _is_text(node) else text(shape)


def _listed(inputs: list[tuple[str, Node]]) -> str:
    return ", ".join(f"{name!r} {_input(node)}" for name, node in inputs)
