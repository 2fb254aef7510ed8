"""What is checked once the whole graph is known: one function a rule."""

from collections.abc import Iterable

from specs.cutting import start_of
from specs.document import Document
from specs.errors import Mark, Problem
from specs.graph import Graph, Node
from specs.infer.base import text
from specs.ops.core import InputLayer
from specs.resolve import Report, names_used
from specs.tree import MappingNode, TreeNode


def every_node_is_used(document: Document, graph: Graph, report: Report) -> None:
    """Every node leads to an output; Keras would leave the others out without a word."""
    ends = {output.node for output in graph.outputs.values()}
    consumed = {name for node in graph.nodes for name in node.inputs}
    for node in graph.nodes:
        if node.name not in consumed and node.name not in ends:
            what = "the input" if node.op == "InputLayer" else "the step"
            hint = "name it under outputs:, or take it out"
            report(Problem(node.mark, path_of(document, node), f"{what} {node.name!r} leads to no output", hint))


def path_of(document: Document, node: Node) -> str:
    """The path of the step or input that a node comes from."""
    if node.op != "InputLayer":
        from specs.repairs import path_at

        return path_at(document.tree, node.mark)
    return f"inputs.{node.name}" if document.tree.get("inputs") else "input"


def the_first_output_is_served(document: Document, graph: Graph, report: Report) -> None:
    """The first output is what the model is for: what is published, exported and watched in training."""
    name, output = next(iter(graph.outputs.items()))
    if output.auxiliary:
        mark, _ = place(document, "outputs", name)
        hint = "the output that the model is for comes before it"
        report(Problem(mark, f"outputs.{name}", "the first output cannot be auxiliary: exports leave it out", hint))


def the_top_is_a_step(document: Document, graph: Graph, report: Report) -> None:
    """`top` names a step: at least one thing stands before it."""
    if document.top and start_of(graph, document.top) is None:
        mark, path = place(document, "top")
        known = [*(node.name for node in graph.nodes if node.inputs), *graph.scopes]
        report(no_such_step(mark, path, document.top, known))


def the_frozen_part_is_a_step(document: Document, graph: Graph, report: Report) -> None:
    """`train.freeze_until` names a step."""
    name = document.train.freeze_until if document.train else None
    known = (*(node.name for node in graph.nodes), *graph.scopes)
    if name is not None and name not in known:
        mark, path = place(document, "train", "freeze_until")
        report(no_such_step(mark, path, name, known))


def no_such_step(mark: Mark, path: str, name: str, known: Iterable[str]) -> Problem:
    """That a name at a place is none of the known ones."""
    from specs.repairs import spelled

    # Stages before what stands inside them.
    outer = sorted(known, key=lambda each: each.count("_"))
    hint = "a step gets a name by name: beside its layer"
    return Problem(mark, path, f"no step is named {name!r}", hint, spelled(mark, name, outer))


def weights_have_an_original(document: Document, graph: Graph, report: Report) -> None:
    """Published weights need a model that they were published for."""
    if document.weights == "imagenet" and document.original is None:
        mark, path = place(document, "weights")
        hint = "extend a shipped model that has one, or name a run to start from"
        report(Problem(mark, path, "imagenet weights need an original: that they were published for", hint))


def no_param_is_misspelt(document: Document, graph: Graph, report: Report) -> None:
    """A param that nothing refers to, beside one of nearly its name in the extended spec, was meant to be that one."""
    params = document.tree.get("params")
    entries = params.entries if isinstance(params, MappingNode) else ()
    used = names_used(document.tree)
    for entry in entries:
        others = [each.key for each in entries if each.key in used and each.key_mark.file != entry.key_mark.file]
        if entry.key in used or not others:
            continue
        from specs.names import similar
        from specs.repairs import renamed

        message, repairs = f"nothing refers to {entry.key!r}", renamed(entry.key_mark, similar(entry.key, others))
        if repairs:
            report(Problem(entry.key_mark, entry.value.path, message, repairs=repairs))


def expectations(document: Document, graph: Graph, report: Report) -> None:
    """The published figures under `expects` are those of the graph."""
    expects = document.expects
    if expects is None:
        return
    first = next(iter(graph.output_shapes().values()))
    actual = {"params": graph.params, "trainable": graph.trainable, "macs": graph.macs, "output": first}
    for name in expects.model_fields_set:
        expected = getattr(expects, name)
        if expected != actual[name]:
            mark, path = place(document, "expects", name)
            report(Problem(mark, path, f"expects {_figure(expected)}, the model has {_figure(actual[name])}"))


def _looks_up(node: Node) -> bool:
    """Whether a node is an Embedding, or one inside a wrapper."""
    if getattr(node.args, "layer", None) is None:
        return node.op == "Embedding"
    from specs.ops.wrapper import innermost

    return innermost(node.op, node.args) == "Embedding"


def embeddings_look_up_whole_numbers(document: Document, graph: Graph, report: Report) -> None:
    """Embeddings read an input of integers; Keras would cut fractions off, and no gradient would pass."""
    nodes = {node.name: node for node in graph.nodes}
    for node in graph.nodes:
        if _looks_up(node):
            source = nodes[node.inputs[0]]
            while len(source.inputs) == 1 and not source.has_weights:
                source = nodes[source.inputs[0]]
            message, hint = "Embedding looks up whole numbers", "give it dtype: int32"
            if source.op == "InputLayer" and isinstance(source.args, InputLayer) and "float" in source.args.dtype:
                found = f"the input {source.name!r} is of dtype {source.args.dtype}"
                report(Problem(node.mark, path_of(document, node), f"{message}; {found}", hint))
            elif source.has_weights:
                found = f"{source.name!r} (line {source.mark.line}) computes fractions"
                report(Problem(node.mark, path_of(document, node), f"{message}; {found}"))


def _figure(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else text(value) if isinstance(value, tuple) else str(value)


def reconstructions_fit(document: Document, graph: Graph, report: Report) -> None:
    """What an output learns of the model itself stands still in training and has its shape."""
    if len(graph.labelled) < len(graph.outputs):
        from specs.reconstructing import check

        check(document, graph, report)


def training_fits(document: Document, graph: Graph, report: Report) -> None:
    """Losses, metrics and watched values of the training go with the outputs."""
    if document.train is not None:
        # The recipe's tables are imported where there is one.
        from specs.training_checks import training_fits as fits

        fits(document, document.train, graph, report)


def data_fits(document: Document, graph: Graph, report: Report) -> None:
    """The input has the shape of the data, and the output a place for what is learnt, where both are known."""
    if document.train is not None:
        from specs.known_data import data_fits as fits

        fits(document, graph, report)


def export_fits(document: Document, graph: Graph, report: Report) -> None:
    """The model has what the signatures of its export take and give."""
    if document.export is not None:
        from specs.export_checks import export_fits as fits

        fits(document, document.export, graph, report)


def augmentation_fits(document: Document, graph: Graph, report: Report) -> None:
    """What `train.augment` makes of the images fits the model, the data and the loss."""
    if document.train is not None and document.train.augment:
        from specs.augmenting import check

        check(document, graph, report)


def place(document: Document, section: str, key: str | None = None) -> tuple[Mark, str]:
    """Where a key of a section stands, or the section, or the document; without a key where its value does."""
    entry = document.tree.entry(section)
    if key is None and entry is not None:
        return entry.value.mark, section
    node: TreeNode = entry.value if entry else document.tree
    inner = node.get(key or "") if isinstance(node, MappingNode) and entry else None
    return (inner.mark, inner.path) if inner else (entry.key_mark if entry else node.mark, section)
