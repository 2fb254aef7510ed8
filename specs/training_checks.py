"""What is checked of a `train` section once the graph is known; only imported where a spec has one."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from specs.adversarial_checks import adversaries_fit
from specs.box_checks import boxes_fit
from specs.document import Document
from specs.errors import Problem, got
from specs.graph import Graph
from specs.infer.base import text
from specs.pair_checks import pairs_fit
from specs.recipe import labels_of, learnt_as, loss_of, reported, suits
from specs.region_checks import regions_fit
from specs.resolve import Report
from specs.sections import Train
from specs.sections.judging import METRICS, LossChoice, MetricChoice
from specs.sections.reported import COUNTED
from specs.task_checks import tasks_can_be_weighed, void_has_a_channel
from specs.written import written

if TYPE_CHECKING:
    from specs.repairs import Repair

Found = Iterator[Problem]

MADE = ("pairs", "digit_masks", "digit_canvas")
"""Data that are made of other examples."""


def training_fits(document: Document, train: Train, graph: Graph, report: Report) -> None:
    """Losses, metrics, weights of classes and watched values go with the outputs."""
    for check in CHECKS:
        for problem in check(document, train, graph):
            report(problem)


def _sequences_have_time(document: Document, train: Train, graph: Graph) -> Found:
    for name, shape in graph.output_shapes().items():
        output = graph.outputs[name]
        if loss_of(train, output).kind == "CTC" and len(shape) != 2:
            mark, path = written(document, *(("outputs", name, "loss") if output.loss else ("train", "loss")))
            yield Problem(mark, path, f"CTC needs an output of shape (time, classes), {name!r} is {text(shape)}")


def _metrics_fit(document: Document, train: Train, graph: Graph) -> Found:
    """Each metric can be computed of an output at least, and stands there once."""
    shapes = graph.output_shapes()
    judged = [(output, shapes[name]) for name, output in graph.outputs.items()]
    seen: set[str] = set()
    for index, metric in enumerate(train.metrics):
        mark, path = written(document, "train", "metrics", index)
        if metric.kind in seen:
            yield Problem(mark, path, f"{metric.kind} is there twice, and would be reported under one name")
        seen.add(metric.kind)
        if not any(suits(metric, train, output, shape) for output, shape in judged):
            loss, shape = loss_of(train, judged[0][0]), judged[0][1]
            message = f"{metric.kind} cannot be computed of an output {text(shape)} with {loss.kind}"
            yield Problem(mark, path, message, _metric_hint(metric, loss), _other_loss(document, metric, loss))


def _metric_hint(metric: MetricChoice, loss: LossChoice) -> str:
    forms = METRICS[metric.kind][1]
    if getattr(loss.args, "from_logits", False) and labels_of(loss, ()) in forms:
        return "it needs probabilities, and the loss takes logits"
    words = {"integers": "class numbers", "one_hot": "classes as vectors", "binary": "yes or no", "numbers": "numbers"}
    return f"it is for losses whose labels are {', or '.join(words[form] for form in forms)}"


def _other_loss(document: Document, metric: MetricChoice, loss: LossChoice) -> "tuple[Repair, ...]":
    """The loss with the same value whose labels are vectors."""
    entry = document.tree.entry("train")
    plainly = loss.kind == "SparseCategoricalCrossentropy" and not loss.args.model_fields_set
    if not plainly or "one_hot" not in METRICS[metric.kind][1] or entry is None:
        return ()
    from specs.repairs import Edit, Repair

    kind = "CategoricalCrossentropy"
    return (Repair(f"use loss: {kind}", (Edit("set", entry.key_mark, kind, "loss"),)),)


def _what_is_watched_is_reported(document: Document, train: Train, graph: Graph) -> Found:
    # The losses of two that learn against each other tell nothing of how far they are.
    names = [f"val_{name}" for name in reported(train, graph) if train.step is None or name != "loss"]
    stopping, plateau, search = train.early_stopping, train.reduce_on_plateau, document.search
    watched: dict[tuple[str | int, ...], str | None] = {
        ("train", "early_stopping", "monitor"): stopping.monitor if stopping else None,
        ("train", "reduce_on_plateau", "monitor"): plateau.monitor if plateau else None,
    }
    several = search is not None and len(search.objective) > 1
    for number, goal in enumerate(search.objective if search else ()):
        watched["search", "objective", *((number,) if several else ())] = goal
    for keys, name in watched.items():
        if name is not None and name not in COUNTED and f"val_{name.removeprefix('val_')}" not in names:
            mark, path = written(document, *keys)
            message = f"training with {train.loss.kind} reports no {name}"
            message = message if train.step is None else f"{name} does not say how far an {train.step.kind} step is"
            hint = None if train.step is None else f"watch {names[0]}"
            yield Problem(mark, path, message, hint, _other_names(document, keys, (*names[1:], names[0])))


def _what_is_counted_is_known(document: Document, train: Train, graph: Graph) -> Found:
    from specs.analysis.counted import counted

    goals = document.search.objective if document.search else ()
    found = counted(graph, train) if {*goals} & {*COUNTED} else {}
    for number, name in enumerate(goals):
        if name in found and found[name] is None:
            mark, path = written(document, "search", "objective", number)
            message = f"{name} cannot be counted, because sizes of this model are those of its examples"
            yield Problem(mark, path, message, "take it out")


def _other_names(document: Document, keys: Sequence[str | int], names: Sequence[str]) -> "tuple[Repair, ...]":
    """What may be watched instead, written where a value is or, of a default, into its section."""
    from specs.repairs import Edit, Repair

    section = document.tree.entry(str(keys[0]))
    mark, path = written(document, *keys)
    stands = path.endswith("]") or path == ".".join(map(str, keys))
    if not stands and (section is None or len(keys) > 2):
        return ()
    edits = [
        Edit("replace", mark, name) if stands or section is None else Edit("set", section.key_mark, name, str(keys[-1]))
        for name in names
    ]
    before = "" if isinstance(keys[-1], int) else f"{keys[-1]}: "
    return tuple(Repair(f"use {before}{edit.value}", (edit,)) for edit in edits)


def _weighed_classes_are_there(document: Document, train: Train, graph: Graph) -> Found:
    shapes = graph.output_shapes()
    forms = {learnt_as(train, output, shapes[name]) for name, output in graph.outputs.items()}
    if train.class_weight is not None and not forms & {"integers", "one_hot", "binary"}:
        mark, path = written(document, "train", "class_weight")
        yield Problem(mark, path, f"{train.loss.kind} has no classes that could be weighed", "take it out")


def _text_stays_on_one_device(document: Document, train: Train, graph: Graph) -> Found:
    """Keras 3.15 begins with the mean of a batch over the devices, which text does not have."""
    texts = [name for name in graph.inputs if getattr(graph.node(name).args, "dtype", "") == "string"]
    if texts and train.distribution is not None:
        mark, path = written(document, "train", "distribution")
        yield Problem(
            mark, path, f"the input {texts[0]!r} is text, which cannot be spread over replicas", "take it out"
        )


def _trials_at_once_have_one_device(document: Document, train: Train, graph: Graph) -> Found:
    if document.search is not None and document.search.trials_per_step > 1 and train.distribution is not None:
        mark, path = written(document, "search", "trials_per_step")
        at_once = got(document.search.trials_per_step)
        yield Problem(mark, path, f"must be 1 with train.distribution: trials at once have one device {at_once}")


def _words_have_a_vector(document: Document, train: Train, graph: Graph) -> Found:
    """An Embedding looks the numbers of words up in a table, and has a row for each."""
    words = getattr(train.data.args, "num_words", None)
    if words is None:
        return
    for node in graph.nodes:
        size = getattr(node.args, "input_dim", words)
        if node.op == "Embedding" and node.inputs[0] in graph.inputs and size < words:
            from specs.repairs import Edit, Repair

            mark, path = written(document, "train", "data", train.data.kind, "num_words")
            message = f"must be at most the input_dim of {node.name!r}, which is {size} {got(words)}"
            fewer, more = Edit("replace", mark, size), Edit("set", node.mark, words, "input_dim")
            repairs = Repair(f"write {size}", (fewer,)), Repair(f"use input_dim: {words}", (more,))
            yield Problem(mark, path, message, repairs=repairs)


def _a_trial_is_within_the_budget(document: Document, train: Train, graph: Graph) -> Found:
    search = document.search
    if search is None or search.budget is None or search.budget.epochs is None:
        return
    epochs, most = search.trainings * (search.epochs or train.epochs), search.budget.epochs
    if most < epochs:
        from specs.repairs import Edit, Repair

        mark, path = written(document, "search", "budget", "epochs")
        message = f"must be at least the {epochs} epochs of one trial {got(most)}"
        yield Problem(mark, path, message, repairs=(Repair(f"write {epochs}", (Edit("replace", mark, epochs),)),))


def _layers_can_be_pretrained(document: Document, train: Train, graph: Graph) -> Found:
    if train.pretrain is not None:
        from specs.pretraining import problems_of

        yield from problems_of(document, train, graph)


def _stages_can_come(document: Document, train: Train, graph: Graph) -> Found:
    if train.unfreeze:
        from specs.unfreezing import problems_of

        yield from problems_of(document, train, graph)


def _students_can_be_taught(document: Document, train: Train, graph: Graph) -> Found:
    if train.teacher is not None:
        from specs.teaching import problems_of

        yield from problems_of(document, train, graph)


def _labels_are_counted_once(document: Document, train: Train, graph: Graph) -> Found:
    """What says how many examples have labels is for outputs that learn some, and for one split."""
    count = getattr(train.data.args, "labelled", None)
    folded = document.search is not None and document.search.folds is not None
    mark, path = written(document, "train", "data", train.data.kind, "labelled")
    if count is not None and not graph.labelled:
        yield Problem(mark, path, f"no output learns labels {got(count)}", "take it out")
    elif count is not None and folded:
        yield Problem(mark, path, f"goes with one split, and search.folds makes others {got(count)}", "take one out")


def _folds_share_nothing(document: Document, train: Train, graph: Graph) -> Found:
    """What is made of other examples, which are divided before, has that one split."""
    data = getattr(train.data.args, "of", train.data) if train.data.kind == "regions" else train.data
    if data.kind in MADE and document.search is not None and document.search.folds is not None:
        mark, path = written(document, "search", "folds")
        message = f"{data.kind} has one split, and folds of it would share the examples that it is made of"
        yield Problem(mark, path, message, "take it out; seeds measures each trial several times")


CHECKS: Sequence[Callable[[Document, Train, Graph], Found]] = (
    adversaries_fit,
    _sequences_have_time,
    boxes_fit,
    void_has_a_channel,
    tasks_can_be_weighed,
    regions_fit,
    pairs_fit,
    _metrics_fit,
    _what_is_watched_is_reported,
    _what_is_counted_is_known,
    _weighed_classes_are_there,
    _text_stays_on_one_device,
    _trials_at_once_have_one_device,
    _words_have_a_vector,
    _a_trial_is_within_the_budget,
    _layers_can_be_pretrained,
    _stages_can_come,
    _students_can_be_taught,
    _labels_are_counted_once,
    _folds_share_nothing,
)
