"""What is known of data without loading them, and whether it fits the model."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from specs.checks import place
from specs.document import Document
from specs.errors import Problem
from specs.graph import Graph, Node, Shape
from specs.infer.base import text
from specs.kinds import ONLY_TEXT
from specs.resolve import Report

if TYPE_CHECKING:
    from specs.repairs import Repair


Found = tuple[str, str | None, tuple["Repair", ...]]
"""Message, hint and repairs of a problem."""


@dataclass(frozen=True, slots=True)
class Known:
    """What one example is, and what is to be learnt of it."""

    shapes: tuple[Shape, ...]
    """Any of them, the usual one first; None for a size that is made to fit."""
    classes: int | None = None
    """Number of classes; None where it is not known, or where numbers are learnt."""
    numbers: int | None = None
    """How many numbers are learnt; None where it is classes."""
    steps: int | None = None
    """How many classes are told apart at each step of the input; None where it is something else that is learnt."""
    text: bool = False
    targets: Mapping[str, "Known"] = field(default_factory=dict)
    """Of outputs that learn something of their own: what that is."""
    pixels: int | None = None
    """Number of classes that each pixel of an image may have; None where the example as a whole has one."""


def _series(args: Any) -> Known:
    return Known(((args.window, len(args.columns)),), numbers=args.horizon)


def _regions(args: Any) -> Known:
    """The classes of the boxes and the background, where they are known."""
    names = getattr(args.of.args, "classes", None)
    classes = 10 if args.of.kind == "digit_canvas" else len(names) if names else None
    return Known(((None, None, None),), classes=None if classes is None else classes + 1)


def _pairs(args: Any) -> Known | None:
    """Two of what the source has, and whether they are of one class."""
    known = known_of(args.of.kind, args.of.args)
    return None if known is None else Known(known.shapes, classes=2, text=known.text)


def _cifar100(args: Any) -> Known:
    return Known(((32, 32, 3),), classes=20 if args.label_mode == "coarse" else 100)


DIGITS = {
    "digit": Known(((8, 8, 1),), classes=10),
    "odd": Known(((8, 8, 1),), classes=2),
    "ink": Known(((8, 8, 1),), numbers=1),
}
"""What each target of the digits is."""


def _digits(args: Any) -> Known:
    if isinstance(args.target, str):
        return DIGITS[args.target]
    return Known(((8, 8, 1),), targets={name: DIGITS[each] for name, each in args.target.items()})


def _masks(args: Any) -> Known:
    return Known(((None, None, None),), pixels=len(args.classes))


def _digit_masks(args: Any) -> Known:
    return Known(((args.size, args.size, 1),), pixels=len(args.classes))


DATASETS: dict[str, Known | Callable[[Any], Known | None]] = {
    "digits": _digits,
    "image_masks": _masks,
    "digit_masks": _digit_masks,
    "text_folder": Known(((), (1,)), text=True),
    "time_series": _series,
    "characters": lambda args: Known(((args.window,),), steps=args.vocabulary),
    "regions": _regions,
    "pairs": _pairs,
    **dict.fromkeys(("coco", "pascal_voc", "yolo_text", "digit_canvas"), Known(((None, None, None),))),
    "mnist": Known(((28, 28, 1),), classes=10),
    "fashion_mnist": Known(((28, 28, 1),), classes=10),
    "cifar10": Known(((32, 32, 3),), classes=10),
    "cifar100": _cifar100,
    "imdb": lambda args: Known(((args.maxlen,),), classes=2),
    "reuters": lambda args: Known(((args.maxlen,),), classes=46),
    "california_housing": Known(((8,),), numbers=1),
    "boston_housing": Known(((13,),), numbers=1),
}
"""By name under `train.data`: what is known of it, or how that follows from its arguments."""


def known_of(kind: str, args: Any) -> Known | None:
    """What is known of the data of that name with those arguments; None where that is nothing.

    >>> known_of("mnist", None).classes, known_of("npz", None)
    (10, None)
    """
    facts = DATASETS.get(kind)
    return facts(args) if callable(facts) else facts


def data_fits(document: Document, graph: Graph, report: Report) -> None:
    """The input has the shape of the data, and the output a place for what is learnt, where both are known."""
    assert document.train is not None
    kind, known = document.train.data.kind, known_of(document.train.data.kind, document.train.data.args)
    # A spec that names no data may be trained on data from Python, which are held against it when they are there; of
    # what an adversarial step is shown specs.adversarial_checks has said it already.
    if known is not None and "data" in document.train.model_fields_set and document.train.step is None:
        mark, path = place(document, "train", "data")
        for message, hint, repairs in (
            *_inputs(kind, known, document, graph),
            *_outputs(kind, known, document, graph),
        ):
            report(Problem(mark, path, message, hint, repairs))


def _inputs(kind: str, known: Known, document: Document, graph: Graph) -> Iterator[Found]:
    # Hints are imported where something does not fit.
    for name, given in graph.input_shapes().items():
        if not any(fits(given, shape) for shape in known.shapes):
            from specs.data_hints import shape_repairs

            shape = known.shapes[0]
            message = f"{kind} has examples of shape {text(shape)}, the input is {text(given)}"
            yield message, None, shape_repairs(document, shape)
        dtype = getattr(graph.node(name).args, "dtype", "float32")
        # Of a layer that reads nothing but text specs.kinds has said it already.
        if known.text != (dtype == "string") and not _read_as_text(graph, name):
            from specs.data_hints import dtype_repairs

            wanted = "string" if known.text else "float32"
            message = f"{kind} has {'texts' if known.text else 'numbers'}, the input is of dtype {dtype}"
            yield message, f"give it dtype: {wanted}", dtype_repairs(document, wanted)


def _read_as_text(graph: Graph, name: str) -> bool:
    return any(name in node.inputs and node.op in ONLY_TEXT for node in graph.nodes)


def fits(given: Shape, shape: Shape) -> bool:
    """Whether examples of a shape fit where one is given; None is any size."""
    if len(given) != len(shape):
        return False
    return all(size is None or wanted is None or size == wanted for size, wanted in zip(given, shape, strict=True))


def _outputs(kind: str, known: Known, document: Document, graph: Graph) -> Iterator[Found]:
    from specs.recipe import loss_of
    from specs.sections.judging import LABELS

    assert document.train is not None
    shapes = graph.output_shapes()
    for name in graph.labelled:
        out = shapes[name]
        loss = loss_of(document.train, graph.outputs[name]).kind
        end = graph.node(graph.outputs[name].node)
        if LABELS[loss] == "identities":
            yield from _places(kind, known, name, out)
            continue
        # What does not fit there is said by specs.box_checks, region_checks and pair_checks.
        if LABELS[loss] in ("boxes", "shifts", "pairs"):
            continue
        known = known.targets.get(name, known)
        if known.classes is not None:
            yield from _classes(kind, known.classes, name, out, LABELS[loss], end)
        if known.steps is not None:
            yield from _steps(kind, known, name, graph)
        if known.pixels is not None:
            from specs.mask_checks import masks_fit

            yield from masks_fit(document, graph, name, known.pixels)
        if known.numbers is not None:
            yield from _numbers(kind, known.numbers, name, out, end)
            if LABELS[loss] != "numbers":
                from specs.data_hints import loss_repairs

                message = f"{kind} has numbers to tell, {loss} takes classes"
                yield message, "write loss: MeanSquaredError", loss_repairs(document, graph.outputs[name])


def _steps(kind: str, known: Known, name: str, graph: Graph) -> Iterator[Found]:
    """The next class is told at each step, of what came before it alone."""
    from specs.data_hints import class_repairs

    end = graph.node(graph.outputs[name].node)
    assert known.steps is not None
    wanted = (*known.shapes[0], known.steps)
    if end.output_shape != wanted:
        message = f"{kind} has {known.steps} classes at each step, {text(wanted)}, the output {name!r} is"
        hint = f"end with Dense: {{units: {known.steps}, activation: softmax}} behind return_sequences: true"
        yield f"{message} {text(end.output_shape)}", hint, class_repairs(end, known.steps)
    for node in graph.nodes:
        if node.op == "Bidirectional" and node.name in graph.upstream([end.name]):
            message = f"Bidirectional ({node.name!r}, line {node.mark.line}) reads the {kind} that are to be told"
            yield message, "take the layer in it alone", ()


def _classes(kind: str, classes: int, name: str, out: Shape, labels: str, end: Node) -> Iterator[Found]:
    # One number may be the class's number itself, or the probability of the second of two.
    if out == (1,) and (labels == "numbers" or (labels == "binary" and classes == 2)):
        return
    if len(out) != 1 or out[0] is None or out[0] < classes:
        from specs.data_hints import class_repairs

        message = f"{kind} has {classes} classes, the output {name!r} is {text(out)}"
        yield message, f"end with Dense: {{units: {classes}, activation: softmax}}", class_repairs(end, classes)


def _places(kind: str, known: Known, name: str, out: Shape) -> Iterator[Found]:
    if known.classes is None:
        yield f"{kind} has no classes, by which Triplet knows what belongs together", "take a loss for what it has", ()
    elif len(out) != 1:
        yield f"Triplet needs a place for each example, the output {name!r} is {text(out)}", "end with a Dense", ()


def _numbers(kind: str, numbers: int, name: str, out: Shape, end: Node) -> Iterator[Found]:
    if [size for size in out if size != 1] != [size for size in (numbers,) if size != 1]:
        from specs.data_hints import class_repairs

        message = f"{kind} has {numbers} numbers to tell, the output {name!r} is {text(out)}"
        yield message, f"end with Dense: {{units: {numbers}}}", class_repairs(end, numbers)
