"""Whether a graph holds what an adversarial step trains, and whether the rest of the training goes with it."""

from collections.abc import Iterator

from specs.adversarial import adversarial_of, discriminator_of
from specs.checks import path_of
from specs.document import Document
from specs.errors import Problem, got
from specs.graph import Graph
from specs.infer.base import text
from specs.measured import to_measure
from specs.sections import Train
from specs.sections.optimizing import OptimizerChoice
from specs.sections.stepping import Adversarial
from specs.written import written

Found = Iterator[Problem]

LOSSES = ("BinaryCrossentropy", "MeanSquaredError")
"""What a verdict can be judged by: the likelihood of arXiv:1406.2661, or the squares of arXiv:1611.04076."""
IDLE = (
    "metrics",
    "class_weight",
    "augment",
    "pretrain",
    "unfreeze",
    "teacher",
    "distribution",
    "task_weights",
    "precision",
)
"""Keys of `train` that an adversarial step knows only at their defaults."""


def adversaries_fit(document: Document, train: Train, graph: Graph) -> Found:
    """There are a generator and a discriminator, and nothing else stands in the training that neither obeys."""
    step = adversarial_of(train)
    if step is None:
        return
    problems = [*_inputs(document, graph, step), *_measures(document, graph)]
    problems = problems or [*_outputs(document, graph, step)]
    yield from problems or _data(document, train, graph, step)
    yield from _recipe(document, train)


def _outputs(document: Document, graph: Graph, step: Adversarial) -> Found:
    mark, path = written(document, "outputs")
    auxiliary = [output.auxiliary for output in graph.outputs.values()]
    if auxiliary != [False, True]:
        rule = "an adversarial step has two outputs: what is made, and the verdict on it, which alone is auxiliary"
        yield Problem(mark, path, rule)
        return
    made, verdict = graph.outputs
    for name, output in graph.outputs.items():
        for key, usual in (("loss", None), ("reconstructs", None), ("loss_weight", 1.0)):
            if getattr(output, key) != usual:
                where = written(document, "outputs", name, key)
                yield Problem(*where, f"{key} does nothing in an adversarial step", "take it out")
    mark, path = written(document, "outputs", verdict)
    shape = graph.output_shapes()[verdict]
    if shape != (1,):
        yield Problem(mark, path, f"a verdict is one number (1), {verdict!r} is {text(shape)}", "end with one unit")
    yield from _parts(document, graph, made, verdict, step.condition)


def _parts(document: Document, graph: Graph, made: str, verdict: str, condition: str | None) -> Found:
    """The discriminator reads what is made, and what else both are told; neither has weights of the other."""
    mark, path = written(document, "outputs", verdict)
    judging, end = discriminator_of(graph, made, verdict), graph.outputs[made].node
    if end not in graph.upstream([graph.outputs[verdict].node]):
        yield Problem(mark, path, f"{verdict!r} is not computed from {made!r}, which it is to judge")
        return
    for node in graph.nodes:
        if node.name not in judging:
            continue
        strangers = [name for name in node.inputs if name not in judging and name != end]
        others = [name for name in strangers if not _only_tells(graph, name, condition)]
        if others:
            rule = f"{node.name!r} judges {made!r} by {others[0]!r} (line {graph.node(others[0]).mark.line})"
            where = path_of(document, node)
            yield Problem(node.mark, where, f"{rule}, which no real example has", f"give it from: {end}")
        if node.shares is not None and node.shares not in judging:
            rule = f"{node.name!r} has the weights of {node.shares!r}, against which it learns"
            yield Problem(node.mark, path_of(document, node), rule, "give it weights of its own")


def _only_tells(graph: Graph, name: str, condition: str | None) -> bool:
    """Whether a node is the condition, or computes nothing but another form of it."""
    before = graph.upstream([name])
    learns = any(node.has_weights for node in graph.nodes if node.name in before)
    return before & set(graph.inputs) == {condition} and not learns


def _inputs(document: Document, graph: Graph, step: Adversarial) -> Found:
    """One input is noise; that of the class, where there is one, a vector."""
    mark, path = written(document, "train", "step", "adversarial", "condition")
    if step.condition is not None and step.condition not in graph.inputs:
        from specs.repairs import spelled

        rule = f"the model has no input {step.condition!r}"
        yield Problem(mark, path, rule, repairs=spelled(mark, step.condition, graph.inputs))
        return
    shapes = graph.input_shapes()
    if step.condition is not None and (len(shapes[step.condition]) != 1 or shapes[step.condition] == (None,)):
        rule = f"a class is a vector (classes), the input {step.condition!r} is {text(shapes[step.condition])}"
        yield Problem(mark, path, rule)
    noise = [name for name in graph.inputs if name != step.condition]
    if len(noise) != 1:
        rule = f"an adversarial step has one input for noise, beside that of the condition {got(len(noise))}"
        yield Problem(*written(document, "inputs"), rule, "name the input of the class as condition")
    elif None in shapes[noise[0]] or not _of_numbers(graph, noise[0]):
        node = graph.node(noise[0])
        given = f"{getattr(node.args, 'dtype', '')} {text(node.output_shape)}"
        rule = f"noise is float32 of a known shape, the input {node.name!r} is {given}"
        yield Problem(node.mark, path_of(document, node), rule)


def _measures(document: Document, graph: Graph) -> Found:
    """What is measured on training examples before the first step would have to be shown some."""
    for node in to_measure(graph):
        rule = f"{node.name!r} measures examples, and neither part of an adversarial step takes them alone"
        yield Problem(node.mark, path_of(document, node), rule, "give it its values")


def _of_numbers(graph: Graph, name: str) -> bool:
    return str(getattr(graph.node(name).args, "dtype", "")).startswith("float")


def _data(document: Document, train: Train, graph: Graph, step: Adversarial) -> Found:
    """What is made has the shape of the data, and the condition a place for each class, where both are known."""
    from specs.known_data import fits, known_of

    known = known_of(train.data.kind, train.data.args)
    if known is None or "data" not in train.model_fields_set:
        return
    mark, path = written(document, "train", "data")
    if train.data.kind == "pairs":
        yield Problem(
            mark, path, "an adversarial step makes single examples, and these are pairs", "name what they are of"
        )
        return
    made, output = next(iter(graph.outputs.items()))
    shape = graph.node(output.node).output_shape
    if not any(fits(shape, each) for each in known.shapes):
        rule = f"{train.data.kind} has examples of shape {text(known.shapes[0])}, {made!r} is {text(shape)}"
        yield Problem(mark, path, rule, f"end {made!r} with that shape")
    if step.condition is not None:
        places = graph.input_shapes()[step.condition]
        if known.classes is not None and places != (known.classes,):
            rule = f"{train.data.kind} has {known.classes} classes, the input {step.condition!r} is {text(places)}"
            yield Problem(mark, path, rule, f"give it shape: [{known.classes}]")
        elif known.classes is None and known.numbers is not None:
            rule = f"{train.data.kind} has no classes for the condition {step.condition!r}"
            yield Problem(mark, path, rule, "take the condition out")


def _recipe(document: Document, train: Train) -> Found:
    """The loss is one of a verdict, and nothing stands beside it that the step does not do."""
    if train.loss.kind not in LOSSES:
        mark, path = written(document, "train", "loss")
        yield Problem(mark, path, f"a verdict is judged by {' or '.join(LOSSES)} {got(train.loss.kind)}")
    for key in IDLE:
        if getattr(train, key) != Train.model_fields[key].default:
            yield Problem(*written(document, "train", key), f"an adversarial step knows no {key}", "take it out")
    step = adversarial_of(train)
    both = (("optimizer",), train.optimizer), (("step", "adversarial", "discriminator_optimizer"), _own(step))
    for keys, optimizer in both:
        if optimizer is not None and getattr(optimizer.args, "use_ema", False):
            where = written(document, "train", *keys, optimizer.kind, "use_ema")
            yield Problem(*where, "an adversarial step averages no weights", "take it out")
    if document.search is not None and document.search.trials_per_step > 1:
        where = written(document, "search", "trials_per_step")
        yield Problem(*where, f"must be 1 for an adversarial step {got(document.search.trials_per_step)}")


def _own(step: Adversarial | None) -> OptimizerChoice | None:
    return None if step is None else step.discriminator_optimizer
