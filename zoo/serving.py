"""Asks an export about files, with TensorFlow and no Keras; or a run, with Keras on any backend."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import specs
from specs.document import Document
from specs.errors import UserError
from specs.graph import Shape
from specs.infer.base import text
from specs.ops.core import InputLayer
from specs.sections.export import Detections, Export
from zoo.answers import Gives, class_scores
from zoo.data.dataset import Array, Classes
from zoo.detecting.region_wise import RegionWise, region_wise
from zoo.detecting.targeting import Grid, found_in, grids_of
from zoo.detecting.telling import Box, check_folder, draw, named
from zoo.exports.client import OPEN
from zoo.exports.formats import check_installed
from zoo.exports.manifest import MANIFEST, SERVING
from zoo.exports.trust import check_trusted
from zoo.reading import Takes, batches
from zoo.run_directory import SPEC


@dataclass(frozen=True, slots=True)
class Score:
    """A class and its probability, also where the model gives logits."""

    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The best classes, best first; the numbers of an output that has learnt numbers, row by row; or its boxes."""

    top: tuple[Score, ...] = ()
    values: tuple[float, ...] = ()
    boxes: tuple[Box, ...] | None = None
    """The surest first; None where the output tells none."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one example, by the names of its outputs.

    `source` is its file, with [i] where a file holds several.
    """

    source: str
    outputs: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Answering:
    """A model as it is asked, whatever it lies in."""

    takes: Takes
    shapes: Mapping[str, Shape]
    """Of its outputs."""
    gives: Mapping[str, Gives]
    """What its outputs are."""
    classes: Classes | None
    """None where nobody has told them."""
    ask: Callable[[dict[str, Array]], Mapping[str, Array]]
    """Inputs of a batch → what each output is for them."""
    grids: Mapping[str, Grid] = field(default_factory=dict)
    """How each output that tells boxes does."""
    detections: Detections = field(default_factory=Detections)
    """Which boxes are given."""
    regions: RegionWise | None = None
    """How it is asked about images where it knows regions alone."""


def predict(
    directory: str | Path, paths: Iterable[str | Path], top: int = 3, *, trust: bool = False
) -> list[Prediction]:
    """Ask an export, a run or an ensemble about files: one example or several a file.

    Files are images (.png, .jpg, .gif, .bmp), arrays (.npy; .npz with `x`, or for several inputs an array each), texts
    (.txt), tables (.csv, .parquet; of texts a column `text`, of a series its windows), and folders of images or texts.
    Images are resized to the model's input; arrays have its shape, pixels from 0 to 255; tables are read as those of
    the training. Classes of a model that was not trained are called by their number. An export is a program: one that
    was changed, or that this user did not write, is not loaded; the latter is with `trust`.

    Raises `UserError` where there is nothing of ours in the directory, `DataError` where files cannot be used, all of
    them in one error.
    """
    return list(predictions(directory, paths, top, trust=trust))


def predictions(
    directory: str | Path, paths: Iterable[str | Path], top: int = 3, *, trust: bool = False
) -> Iterator[Prediction]:
    """As `predict`, one batch after the other: what cannot be used is said at the end."""
    folder = Path(directory)
    model = answering(folder, trust)
    if model.regions is not None:
        yield from _in_images(model, model.regions, paths)
        return
    for name, shape in model.shapes.items():
        if len(shape) != 1 and model.gives[name] != "numbers":
            what = f"output {name!r} is {text(shape)}"
            more = "; with --masks FOLDER its classes are written as images" if len(shape) == 3 else ""
            raise UserError(f"{folder}: {what}; outputs that are a number a class, or numbers, can be asked{more}")
    for sources, x in batches(map(Path, paths), model.takes):
        answers = model.ask(x)
        for index, source in enumerate(sources):
            rows = {name: answers[name][index] for name in model.shapes}
            yield Prediction(source, {name: _answer(row, model, name, top) for name, row in rows.items()})


def _in_images(model: Answering, regions: RegionWise, paths: Iterable[str | Path]) -> Iterator[Prediction]:
    """What a model that knows regions finds in images."""
    labels = (model.classes or {}).get(regions.kind, ())
    takes = Takes({regions.input: InputLayer(shape=regions.image)})
    for sources, x in batches(map(Path, paths), takes):
        for source, image in zip(sources, x[regions.input], strict=True):
            found = regions.found_in(np.clip(np.rint(image), 0, 255).astype(np.uint8), model.ask, model.detections)
            yield Prediction(source, {regions.kind: Answer(boxes=named(found, labels))})


def drawn(found: Iterable[Prediction], folder: Path) -> Iterator[Prediction]:
    """The same predictions; into the folder goes the image of each as a .png, with the boxes that were found in it."""
    check_folder(folder)
    for each in found:
        boxes = [answer.boxes for answer in each.outputs.values() if answer.boxes is not None]
        if not boxes:
            raise UserError(f"{each.source}: the model tells no boxes that could be drawn")
        draw(each.source, [box for some in boxes for box in some], folder)
        yield each


def _answer(row: Array, model: Answering, output: str, top: int) -> Answer:
    labels = (model.classes or {}).get(output, ())
    if output in model.grids:
        (found,) = found_in(row[np.newaxis], model.grids[output], model.detections)
        return Answer(boxes=named(found, labels))
    if (gives := model.gives[output]) != "numbers":
        return Answer(top=_best(class_scores(row, gives), labels, top))
    return Answer(values=tuple(row.ravel().tolist()))


def answering(folder: Path, trust: bool) -> Answering:
    """The model in a directory; `UserError` where there is nothing of ours."""
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such run or export")
    return _exported(folder, trust) if (folder / MANIFEST).is_file() else _finished(folder)


def _exported(folder: Path, trust: bool) -> Answering:
    manifest = check_trusted(folder, trust)
    takes = Takes(manifest.inputs, _spec_of(folder))
    kind, file = next(iter(manifest.formats.items()))
    check_installed([kind])
    if kind == "saved_model":
        # Before the client does, who does it aloud, and takes Keras along.
        from zoo.backend import tensorflow  # noqa: F401
    served = OPEN[kind](str(folder / file))
    only = next(iter(manifest.outputs)) if len(manifest.outputs) == 1 else None

    def ask(x: dict[str, Array]) -> dict[str, Array]:
        answers = served(SERVING, _typed(x, takes))
        return {only or name: each for name, each in answers.items()}  # in a Keras file an only output has no name

    return Answering(
        takes, manifest.outputs, manifest.gives, manifest.classes, ask, *_boxes(specs.load(_spec_of(folder)))
    )


def _boxes(document: Document) -> tuple[Mapping[str, Grid], Detections, RegionWise | None]:
    """How a model that was trained so tells boxes, and which of them are given."""
    export, graph = document.export or Export(), specs.lower(document).served()
    return grids_of(graph, document.train), export.detections, region_wise(graph, document.train)


def _spec_of(folder: Path) -> Path:
    """The spec of an export; of an ensemble that of the first member, which was trained on the same data."""
    return folder / SPEC if (folder / SPEC).is_file() else folder / "member1.yaml"


def _finished(folder: Path) -> Answering:
    from zoo.building import one_or_all
    from zoo.compiling import compile_model
    from zoo.data.loading import training_of
    from zoo.finished import read_finished

    finished = read_finished(folder)
    model, graph = finished.model(), finished.graph
    compile_model(model, graph, training_of(finished.document), steps_per_epoch=1)  # it is asked only
    inputs = {name: graph.node(name).args for name in graph.inputs}
    takes = Takes(inputs, finished.members[0].directory / SPEC)  # type: ignore[arg-type]  # they are InputLayers

    def ask(x: dict[str, Array]) -> dict[str, Array]:
        answers = model.predict_on_batch(one_or_all(_typed(x, takes)))
        named = answers if isinstance(answers, dict) else dict.fromkeys(graph.outputs, answers)
        return {name: np.asarray(each) for name, each in named.items()}

    gives, shapes = finished.members[0].gives, graph.output_shapes()
    return Answering(takes, shapes, gives, finished.classes, ask, *_boxes(finished.document))


def _typed(x: dict[str, Array], takes: Takes) -> dict[str, Array]:
    kinds = takes.inputs
    return {name: each if kinds[name].dtype == "string" else each.astype(kinds[name].dtype) for name, each in x.items()}


def _best(scores: Array, labels: tuple[str, ...], top: int) -> tuple[Score, ...]:
    return tuple(
        Score(labels[index] if index < len(labels) else str(index), float(scores[index]))
        for index in np.argsort(-scores, kind="stable")[:top].tolist()
    )
