"""What is checked of an `export` section once the graph is known; only imported where a spec has one."""

from collections.abc import Callable, Iterator

from specs.checks import no_such_step, place
from specs.document import Document
from specs.errors import Mark, Problem
from specs.graph import Graph
from specs.infer.base import text
from specs.ops.core import InputLayer
from specs.recipe import loss_of
from specs.resolve import Report
from specs.sections.export import Export, answer_names, box_names
from specs.sections.judging import LABELS
from specs.sections.tables import Csv, Table
from specs.validate import locate

IMAGE_CHANNELS = (1, 3)
"""Grey, or red, green and blue."""

Found = Iterator[tuple[str, str | None]]
"""What is wrong, and what to do."""


def export_fits(document: Document, export: Export, graph: Graph, report: Report) -> None:
    """The model has what each signature takes, and every feature."""
    for index, name in enumerate(export.signatures):
        mark, path = _place(document, "signatures", index)
        for message, hint in SIGNATURES[name](document, graph):
            report(Problem(mark, path, f"{name} {message}", hint))
    if export.signatures:
        _answers_have_names_of_their_own(document, graph, report)
    _features_are_steps(document, export, graph.served(), report)


def _place(document: Document, *keys: str | int) -> tuple[Mark, str]:
    """Where a value of the section was written."""
    section = document.tree.get("export")
    assert section is not None, "the document has the section"
    node, _ = locate(section, keys)
    return node.mark, node.path


def _takes_an_image(document: Document, graph: Graph) -> Found:
    yield from _has_a_single_input(graph)
    name = graph.inputs[0]
    args = _input(graph, name)
    fixed = len(args.shape) == 3 and None not in args.shape
    if len(graph.inputs) == 1 and not (fixed and args.shape[-1] in IMAGE_CHANNELS and args.dtype != "string"):
        what = f"{name!r} is {text(args.shape)}" + (", of text" if args.dtype == "string" else "")
        yield f"needs an input of height, width and 1 or 3 channels, all fixed; {what}", "take it out"


def _takes_text(document: Document, graph: Graph) -> Found:
    yield from _has_a_single_input(graph)
    name = graph.inputs[0]
    args = _input(graph, name)
    if len(graph.inputs) == 1 and (args.dtype != "string" or any(size != 1 for size in args.shape)):
        what = f"{name!r} is {text(args.shape)}, of {args.dtype}"
        yield f"needs an input of one text; {what}", "input: {shape: [], dtype: string} is one"


def _has_a_single_input(graph: Graph) -> Found:
    if len(graph.inputs) > 1:
        yield f"needs a model with a single input; this one has {', '.join(graph.inputs)}", "take it out"


def _input(graph: Graph, name: str) -> InputLayer:
    args = graph.node(name).args
    assert isinstance(args, InputLayer)
    return args


def _takes_columns(document: Document, graph: Graph) -> Found:
    """The columns have names in the spec, and each is of one type."""
    data = document.train.data if document.train else None
    table = data.args if data else None
    if data is None or not isinstance(table, Table):
        given = f"this one is trained on {data.kind}" if data else "this one has no train section"
        yield f"needs a model of a table; {given}", "train.data: csv or parquet is one"
        return
    known = (table.columns if isinstance(table, Csv) else None) or ()
    columns = table.columns_of(graph.inputs, tuple(graph.outputs), known)
    if not all(columns.values()):
        yield "needs to know the columns, which only the file has", f"list them under train.data.{data.kind}.inputs"
    types: dict[str, str] = {}
    for name, own in columns.items():
        dtype = _input(graph, name).dtype
        for column in own:
            if types.setdefault(column, dtype) != dtype:
                what = f"the column {column!r} goes into inputs of {types[column]} and of {dtype}"
                yield f"takes every column in one type; {what}", "give both inputs the same dtype"


def _tells_boxes(document: Document, graph: Graph) -> Found:
    if not _boxed(document, graph):
        yield "needs an output that tells boxes", "train with loss: YoloV1, or take it out"


def _boxed(document: Document, graph: Graph) -> list[str]:
    """The outputs that tell boxes."""
    train = document.train
    return [name for name, each in graph.outputs.items() if train and LABELS[loss_of(train, each).kind] == "boxes"]


SIGNATURES: dict[str, Callable[[Document, Graph], Found]] = {
    "from_bytes": _takes_an_image,
    "from_columns": _takes_columns,
    "from_text": _takes_text,
    "detect": _tells_boxes,
}
"""Why a model does not have a signature, by the signature's name."""


def _answers_have_names_of_their_own(document: Document, graph: Graph, report: Report) -> None:
    outputs = graph.served().outputs
    for name, answers in answer_names(outputs).items():
        for taken in outputs.keys() & {*answers}:
            message = f"an output cannot be called {taken!r}: a signature tells the best class of {name!r} by it"
            report(Problem(*place(document, "outputs", taken), message, "give it another name"))
    for name in _boxed(document, graph.served()):
        for taken in outputs.keys() & {*box_names(name, alone=len(outputs) == 1).values()}:
            message = f"an output cannot be called {taken!r}: a signature tells the boxes of {name!r} by it"
            report(Problem(*place(document, "outputs", taken), message, "give it another name"))


def _features_are_steps(document: Document, export: Export, graph: Graph, report: Report) -> None:
    nodes = {node.name: node.name for node in graph.nodes}
    ends = {**{name: end for name, end in graph.scopes.items() if end in nodes}, **nodes}
    for index, name in enumerate(export.features):
        mark, path = _place(document, "features", index)
        if name not in ends:
            report(no_such_step(mark, path, name, ends))
        elif getattr(graph.node(ends[name]).args, "dtype", "") == "string":
            report(Problem(mark, path, f"{name!r} is text; features are numbers", "name a step behind it"))
