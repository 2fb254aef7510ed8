"""The ways in which an export can be asked, as data: what a spec's `export` means for a model and its training."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import specs
from specs.document import Document
from specs.graph import Graph, Shape
from specs.ops.core import InputLayer
from specs.sections.export import Export
from specs.sections.tables import Csv, Table
from zoo.answers import Gives, gives_of
from zoo.data.dataset import Classes
from zoo.detecting.targeting import Grid, grids_of
from zoo.exports.formats import SAVED_MODEL
from zoo.finished import Finished

COLUMNS = "from_columns"


@dataclass(frozen=True, slots=True)
class Ways:
    """Which signatures an export has beside its own, and what these know of the training."""

    export: Export
    table: Table | None
    """How the training read its table."""
    classes: Classes | None
    """None where the model was not trained: classes are called by their number."""
    gives: Mapping[str, Gives]
    """What each output is."""
    grids: Mapping[str, Grid]
    """How each output that tells boxes does."""


def ways_of(origin: Finished | Document, formats: Collection[str] = (SAVED_MODEL,), *, optimize: bool = False) -> Ways:
    """What the spec asks for, of an ensemble its first member; nothing where no SavedModel is written.

    Features have neither an ensemble, no part of which is the whole, nor an optimised export, whose parts are folded.
    """
    document = origin.document if isinstance(origin, Finished) else origin
    export = document.export if document.export and SAVED_MODEL in formats else Export()
    if optimize or (isinstance(origin, Finished) and origin.voting is not None):
        export = export.model_copy(update={"features": ()})
    table = document.train.data.args if document.train else None
    classes = origin.classes if isinstance(origin, Finished) else None
    graph = specs.lower(document).served()
    gives = gives_of(document.train, graph, classes)
    return Ways(export, table if isinstance(table, Table) else None, classes, gives, grids_of(graph, document.train))


def asked_for(document: Document) -> tuple[str, ...]:
    """The signatures that a spec names."""
    export = document.export or Export()
    return (*export.signatures, *(["features"] if export.features else []))


def input_of(graph: Graph, name: str) -> InputLayer:
    """The arguments of an input."""
    args = graph.node(name).args
    assert isinstance(args, InputLayer)
    return args


def input_columns(graph: Graph, ways: Ways) -> dict[str, tuple[str, ...]]:
    """The columns of every input."""
    assert ways.table is not None, "specs.export_checks demands a table"
    known = (ways.table.columns if isinstance(ways.table, Csv) else None) or ()
    return ways.table.columns_of(graph.inputs, tuple(graph.outputs), known)


def column_types(graph: Graph, ways: Ways) -> dict[str, str]:
    """What `from_columns` takes for each column: string, int64, or float32 where NaN is a gap."""
    found: dict[str, str] = {}
    for name, columns in input_columns(graph, ways).items():
        dtype = input_of(graph, name).dtype
        found |= dict.fromkeys(columns, "string" if dtype == "string" else "int64" if "int" in dtype else "float32")
    return found


def column_places(graph: Graph, ways: Ways) -> dict[str, str]:
    """The columns by the names that they have where only those of Python's arguments will do."""
    return {f"column{index}": column for index, column in enumerate(column_types(graph, ways))}


def tells_classes(shape: Shape, gives: Gives) -> bool:
    """Whether an output of that shape, without the batch axis, has a number for each class."""
    return len(shape) == 1 and shape[0] is not None and gives != "numbers"


def labels_of(count: int, output: str, classes: Classes | None) -> tuple[str, ...]:
    """What the classes of an output of so many numbers are called; a number alone is for the second of two.

    >>> labels_of(1, "output", {"output": ("no", "yes")}), labels_of(3, "output", None)
    (('no', 'yes'), ('0', '1', '2'))
    """
    known = (classes or {}).get(output, ())
    count = max(count, 2)
    return (*known[:count], *(str(index) for index in range(len(known), count)))
