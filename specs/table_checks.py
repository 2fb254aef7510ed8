"""What can be said of a table as training data without opening it: which input gets which columns."""

from collections.abc import Iterable, Iterator, Mapping

from specs.adversarial import shown
from specs.adversarial_checks import adversaries_fit
from specs.checks import place
from specs.document import Document
from specs.errors import Mark, Problem
from specs.graph import Graph, Shape
from specs.infer.base import text
from specs.ops.core import InputLayer
from specs.repairs import spelled
from specs.resolve import Report
from specs.sections.data import Digits, Npz
from specs.sections.tables import Csv, Table
from specs.tree import MappingNode, TreeNode
from specs.validate import locate

Path = tuple[str | int, ...]


class Checked:
    """One document with a table, and where its words stand."""

    def __init__(self, document: Document, graph: Graph, table: Table | Npz | Digits) -> None:
        self.document, self.graph = document, graph
        self.known = table.columns if isinstance(table, Csv) else None
        self.targets = table.targets(graph.labelled)
        self.target, self.every = table.target, table.inputs if isinstance(table, Table) else None
        self.inputs = self.every if isinstance(self.every, Mapping) else None

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong, in the order of the keys."""
        yield from self.of_targets()
        if self.inputs is None and len(self.graph.inputs) > 1:
            names = ", ".join(self.graph.inputs)
            message = f"the model has {len(self.graph.inputs)} inputs; say which columns each gets"
            yield self._problem(("inputs",), message, f"a list for each of {names}")
            return
        if self.inputs is not None:
            yield from self._names_of_inputs(self.inputs)
        yield from self._columns()
        yield from self._shapes()

    def _problem(self, path: Path, message: str, hint: str | None = None, known: Iterable[str] = ()) -> Problem:
        mark, where, key = self._place(path)
        repairs = spelled(mark, str(key), known) if known and key else ()
        return Problem(mark, where, message, hint, repairs)

    def _place(self, path: Path) -> tuple[Mark, str, str]:
        """Where a value of the section is written, and the word there; the nearest thing around it where it is not."""
        assert self.document.train is not None
        train = self.document.tree.get("train")
        mark, where = place(self.document, "train", "data")
        data = train.get("data") if isinstance(train, MappingNode) else None
        section = data.get(self.document.train.data.kind) if isinstance(data, MappingNode) else None
        if section is None:
            return mark, where, ""
        found, rest = locate(section, path)
        return found.mark, found.path, "" if rest else str(getattr(found, "value", ""))

    def _key(self, path: Path) -> Mark:
        """Where a key of the section is written."""
        assert self.document.train is not None
        train: TreeNode | None = self.document.tree.get("train")
        around, rest = locate(train or self.document.tree, ("data", self.document.train.data.kind, *path[:-1]))
        entry = around.entry(str(path[-1])) if isinstance(around, MappingNode) and not rest else None
        return entry.key_mark if entry else around.mark

    def of_targets(self) -> Iterator[Problem]:
        """Every output learns something, and nothing but outputs does."""
        named = isinstance(self.target, Mapping)
        for output, column in self.targets.items():
            path: Path = ("target", output) if named else ("target",)
            if output not in self.graph.labelled:
                mark = self._key(path)
                there = f"the output {output!r} learns no labels" if output in self.graph.outputs else ""
                message = there or f"the model has no output {output!r}"
                yield Problem(mark, self._place(path)[1], message, None, spelled(mark, output, self.graph.labelled))
            elif self.known is not None and column not in self.known:
                yield self._problem(path, f"no column is named {column!r}", None, self.known)
        if not set(self.targets) <= set(self.graph.labelled):
            # A misspelt name is one mistake, though the right one is missing as well.
            return
        for output in self.graph.labelled:
            if output not in self.targets:
                yield self._problem(("target",), f"names nothing for the output {output!r}")

    def _names_of_inputs(self, inputs: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
        for name in inputs:
            if name not in self.graph.inputs:
                mark = self._key(("inputs", name))
                message = f"the model has no input {name!r}"
                free = [each for each in self.graph.inputs if each not in inputs]
                yield Problem(mark, self._place(("inputs", name))[1], message, None, spelled(mark, name, free))
        if not set(inputs) <= set(self.graph.inputs):
            return
        for name in self.graph.inputs:
            if name not in inputs:
                yield self._problem(("inputs",), f"names no columns for the input {name!r}")

    def _columns(self) -> Iterator[Problem]:
        """Columns that there are, none of them what is to be learnt."""
        lists = self.inputs.items() if self.inputs is not None else [("", self.every or ())]
        for name, columns in lists:
            for index, column in enumerate(columns):
                path: Path = ("inputs", name, index) if name else ("inputs", index)
                if column in self.targets.values():
                    yield self._problem(path, f"the column {column!r} is the target, which no input may see")
                elif self.known is not None and column not in self.known:
                    yield self._problem(path, f"no column is named {column!r}", None, self.known)

    def _shapes(self) -> Iterator[Problem]:
        """An input has a place for each of its columns."""
        for name, shape in self.graph.input_shapes().items():
            columns = self._count(name)
            path: Path = ("inputs", name) if self.inputs is not None else ("inputs",)
            if len(shape) > 1:
                message = f"a table gives an input of shape (columns), the input {name!r} is {text(shape)}"
                yield self._problem(path, message, "Reshape can bring (columns) into another shape")
            elif columns is not None and not _takes(shape, columns):
                message = f"{columns} columns for the input {name!r} of shape {text(shape)}"
                dtype = self.graph.node(name).args
                kind = f", dtype: {dtype.dtype}" if isinstance(dtype, InputLayer) and dtype.dtype != "float32" else ""
                yield self._problem(
                    path, message, f"give it shape: [{columns}]{kind}" if columns != 1 or shape else None
                )

    def _count(self, name: str) -> int | None:
        """How many columns an input gets; None where only the file can say."""
        if self.inputs is not None:
            return len(self.inputs[name]) if name in self.inputs else None
        if self.every is not None:
            return len(self.every)
        return None if self.known is None else len(self.known) - len(set(self.targets.values()) & {*self.known})


def _takes(shape: Shape, columns: int) -> bool:
    """Whether an input of that shape has a place for so many columns; one without axes takes a single one."""
    return shape in ((None,), (columns,)) or (shape == () and columns == 1)


def table_fits(document: Document, graph: Graph, report: Report) -> None:
    """The columns of a table and the inputs and outputs of the model fit each other, as far as the text says."""
    args = document.train.data.args if document.train else None
    if isinstance(args, (Table, Npz, Digits)) and document.train:
        if any(adversaries_fit(document, document.train, graph)):
            # What the data are shown of such a graph is not known.
            return
        checked = Checked(document, shown(graph, document.train), args)
        for problem in checked.problems() if isinstance(args, Table) else checked.of_targets():
            report(problem)
