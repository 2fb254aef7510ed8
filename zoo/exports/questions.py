"""What each further signature of an export is asked, and what it has to answer by the model and by NumPy.

The answers come by the way of `zoo predict`: images are written as PNG and read by Pillow, columns are written as CSV
and read as a table. So the gate proves that what the graph prepares is what training prepared.
"""

import csv
import io
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from specs.cutting import with_features
from specs.graph import Graph
from specs.sections.export import answer_names
from specs.sections.tables import Csv
from zoo.answers import class_scores
from zoo.backend import keras
from zoo.building import ending_in, typed
from zoo.data.dataset import Array
from zoo.data.images import MODES, decoded, image_shape
from zoo.data.tables import fills_gaps, table_rows
from zoo.exports.box_questions import clear, told_boxes
from zoo.exports.formats import FORMATS, SAVED_MODEL
from zoo.exports.program import outputs_of
from zoo.exports.verifying import BATCHES, FREE_SIZE, Arrays, golden_texts
from zoo.exports.ways import COLUMNS, Ways, column_types, input_columns, input_of, labels_of, tells_classes

Asked = tuple[Arrays, Arrays]
"""What a signature is given by the names of its inputs, and the inputs of the model that this means."""

UNKNOWN = 5
"""Every so many-th field of a column is a gap."""


def questions(model: keras.Model, graph: Graph, ways: Ways, plain: Arrays) -> tuple[Arrays, Arrays]:
    """Questions by SIGNATURE/BATCH/INPUT and answers by SIGNATURE/BATCH/OUTPUT; `plain` has those of serving_default.

    An answer that is a label is of shape (batch, labels): those that are right, of scores that cannot be told apart.
    """
    asked: Arrays = {}
    expected: Arrays = {}
    for signature, batch, (given, meant) in _questions(model, graph, ways, plain):
        answers = _answers(model, graph, meant)
        if signature == "features":
            part = with_features(graph, ways.export.features)
            answers = _answers(ending_in(model, part), part, meant)
        else:
            answers |= {**_best(graph, ways, answers), **told_boxes(answers, ways, len(graph.outputs))}
        asked |= {f"{signature}/{batch}/{name}": each for name, each in given.items()}
        expected |= {f"{signature}/{batch}/{name}": each for name, each in answers.items()}
    return asked, expected


def _asked(model: keras.Model, graph: Graph, ways: Ways, signature: str, batch: int) -> Asked:
    """Of outputs that tell boxes what can be told one way only."""
    ask = partial(QUESTIONS[signature], graph, ways, batch)
    return clear(ask, partial(_answers, model, graph), ways, batch) if ways.grids else ask(0)


def _questions(model: keras.Model, graph: Graph, ways: Ways, plain: Arrays) -> Iterator[tuple[str, int, Asked]]:
    for batch in BATCHES:
        for signature in ways.export.signatures:
            yield signature, batch, _asked(model, graph, ways, signature, batch)
        if ways.export.features:
            inputs = {key.split("/", 2)[2]: each for key, each in plain.items() if key.split("/", 2)[1] == str(batch)}
            yield "features", batch, (inputs, inputs)


def _answers(model: keras.Model, graph: Graph, inputs: Arrays) -> Arrays:
    tensors = {name: typed(graph, name, inputs[name]) for name in graph.inputs}
    answers = outputs_of(model, graph, tensors)
    return {name: keras.ops.convert_to_numpy(value).astype(np.float32) for name, value in answers.items()}


def _best(graph: Graph, ways: Ways, answers: Arrays) -> Arrays:
    """Label and score of the best class of every output that tells classes."""
    found: Arrays = {}
    for name, (label, score) in answer_names(graph.outputs).items():
        if tells_classes(graph.output_shapes()[name], ways.gives[name]):
            values = answers[name]
            scores = class_scores(values, ways.gives[name])
            names = np.array([each.encode() for each in labels_of(values.shape[1], name, ways.classes)])
            close = (
                scores >= scores.max(axis=1, keepdims=True) - 2 * FORMATS[SAVED_MODEL].tolerance * np.abs(values).max()
            )
            found[label] = np.where(close, names, names[scores.argmax(axis=1)][:, np.newaxis])
            found[score] = scores.max(axis=1)
    return found


def _images(graph: Graph, ways: Ways, batch: int, draw: int) -> Asked:
    """PNGs of several sizes around that of the input."""
    name = graph.inputs[0]
    height, width, channels = image_shape(graph.input_shapes()[name])
    random = np.random.default_rng([batch, draw])
    files = []
    for index in range(batch):
        size = height + 3 * index, max(width + 5 * (index - batch // 2), 1)
        pixels = random.integers(0, 256, (*size, channels), np.uint8)
        file = io.BytesIO()
        Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels, MODES[channels]).save(file, "PNG")
        files.append(file.getvalue())
    read = [decoded(io.BytesIO(each), "golden.png", (height, width, channels)) for each in files]
    return {"image_bytes": np.array(files)}, {name: np.stack(read)}


def _tensors(graph: Graph, ways: Ways, batch: int, draw: int) -> Asked:
    """What the model itself takes: numbers from 0 to 255."""
    random = np.random.default_rng([batch, draw])
    shapes = graph.input_shapes().items()
    numbers = {
        name: 255 * random.random((batch, *(FREE_SIZE if size is None else size for size in shape)))
        for name, shape in shapes
    }
    inputs = {name: each.astype(input_of(graph, name).dtype) for name, each in numbers.items()}
    return inputs, inputs


def _texts(graph: Graph, ways: Ways, batch: int, draw: int) -> Asked:
    """Texts of seven words."""
    words = golden_texts(graph, 255 * np.random.default_rng([batch, draw]).random((batch, 7)))
    texts = np.array([" ".join(each) for each in words.tolist()])
    name = graph.inputs[0]
    return {"text": texts}, {name: texts.reshape(-1, *graph.input_shapes()[name])}


def _rows(graph: Graph, ways: Ways, batch: int, draw: int) -> Asked:
    """The rows of a CSV file: numbers, words that the model knows and one that it does not, and gaps."""
    assert ways.table is not None, "specs.export_checks demands a table"
    random = np.random.default_rng([batch, draw])
    whole = {each for name, own in input_columns(graph, ways).items() if not fills_gaps(graph, name) for each in own}
    fields, given = {}, {}
    for place, (column, dtype) in enumerate(column_types(graph, ways).items()):
        numbers = (255 * random.random(batch)).astype(np.float32)
        values = golden_texts(graph, numbers) if dtype == "string" else numbers.astype(dtype)
        can = dtype == "string" or (dtype == "float32" and column not in whole)
        gaps = (np.arange(batch) + place) % UNKNOWN == 1 if can and ways.table.missing else np.zeros(batch, bool)
        texts = np.where(gaps, ways.table.missing[-1:] or "", [str(each) for each in values.tolist()])
        fields[column] = texts
        given[column] = texts if dtype == "string" else np.where(gaps, np.nan, values).astype(dtype)
    return given, _read(graph, ways, fields)


def _read(graph: Graph, ways: Ways, fields: dict[str, Array]) -> Arrays:
    assert ways.table is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "golden.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=ways.table.delimiter if isinstance(ways.table, Csv) else ",")
            writer.writerow(fields)
            writer.writerows(zip(*(each.tolist() for each in fields.values()), strict=True))
        return table_rows(path, ways.table, graph)


QUESTIONS: dict[str, Callable[[Graph, Ways, int, int], Asked]] = {
    "from_bytes": _images,
    COLUMNS: _rows,
    "from_text": _texts,
    "detect": _tensors,
}
