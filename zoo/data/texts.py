"""Texts in one folder a class, as they lie or in an archive."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from specs.errors import DataError
from specs.graph import Graph
from specs.sections import tables
from specs.sections.texts import TextFolder
from zoo.data.archives import MIB, members
from zoo.data.dataset import Array, Examples, InMemory
from zoo.data.labelling import labelled, only_shape
from zoo.data.table_files import check_columns, open_asked

MAX_BYTES = 2048 * MIB
"""All texts together: they are kept in memory."""
COLUMN = "text"
"""In a table of texts."""
MAX_NAMED = 5
"""Files that an error names."""

Name = tuple[str, ...]


def text_folder(arguments: TextFolder, folder: Path, graph: Graph) -> Examples:
    """Texts of shape () or (1), as the model's input has it, with the number of their class."""
    texts, labels, classes = read_texts(folder / arguments.path)
    return labelled(graph, InMemory(texts.reshape(-1, *[1 for _ in only_shape(graph)])), labels, classes)


def text_rows(path: Path, arguments: TextFolder, graph: Graph) -> dict[str, Array]:
    """The texts in the column `text` of a table that a model is asked about."""
    table = open_asked(path, tables.Csv(path=path.name, target=COLUMN))
    check_columns(path, [COLUMN], table.names)
    texts = table.read([COLUMN])[COLUMN].texts()
    return {graph.inputs[0]: texts.reshape(-1, *[1 for _ in only_shape(graph)])}


def read_texts(path: Path) -> tuple[Array, Array, tuple[str, ...]]:
    """Every .txt in path/CLASS/, or that deep in an archive: texts (examples), labels (examples), names of classes.

    Classes and texts come in the order of their names, so that an archive and its folder give the same. Raises
    `DataError` where there are fewer than two classes or where texts are not UTF-8: all of those in one error.
    """
    found = {name: content for name, content in _contents(path).items() if content is not None}
    classes = tuple(sorted({name[-2] for name in found}))
    texts, failures = [], []
    for name in sorted(found):
        try:
            texts.append(found[name].decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            failures.append(f"{'/'.join(name)} (byte {error.start + 1})")
    if failures:
        raise DataError(f"{path}: {len(failures)} of {len(found)} texts are not UTF-8: {_named(failures)}")
    labels = [classes.index(name[-2]) for name in sorted(found)]
    return np.array(texts, dtype=object), np.array(labels, np.int64), classes


def _contents(path: Path) -> Mapping[Name, bytes]:
    """The content of every .txt in the folders of the classes, which are the innermost."""
    contents: dict[Name, bytes] = {}
    total = 0
    for member in members(path):
        # What lies beside a folder is not of its classes: a README.
        if member.parts[-1].lower().endswith(".txt") and len(member.parts) > 1:
            total += member.size
            if total > MAX_BYTES:
                raise DataError(f"{path}: has more than {MAX_BYTES // MIB:,} MiB of texts, too many for memory")
            contents[member.parts] = member.read()
    depth = max(map(len, contents), default=0)
    found = {name: content for name, content in contents.items() if len(name) == depth}
    _check_folders(path, {name[:-1] for name in found})
    return found


def _check_folders(path: Path, folders: set[Name]) -> None:
    if not folders:
        raise DataError(f"{path}: has no .txt in a folder; texts belong into one folder a class")
    if len({folder[:-1] for folder in folders}) > 1:
        parents = sorted({"/".join(folder[:-1]) for folder in folders})
        raise DataError(f"{path}: has classes in several folders: {_named(parents)}; name one of them")
    if len(folders) == 1:
        raise DataError(f"{path}: has one class only ({next(iter(folders))[-1]}); at least two are needed")


def _named(names: list[str]) -> str:
    hidden = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {hidden} more" if hidden > 0 else "")
