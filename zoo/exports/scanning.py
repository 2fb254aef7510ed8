"""Does a stranger's SavedModel touch files, Python or the network? Read from its bytes, before anything loads it.

TensorFlow has operations for all of that; an export of ours has none but those with which TensorFlow saves and restores
variables, in functions that nothing calls. The field numbers are those of tensorflow/core/protobuf/meta_graph.proto,
saved_object_graph.proto and tensorflow/core/framework/{graph,node_def,function,attr_value}.proto.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from specs.errors import UserError
from zoo.files import open_regular

PROGRAM = "saved_model.pb"

SUSPECT = re.compile(
    "File|Reader|Dataset|Iterator|PyFunc|Summary|Checkpoint|Save|Restore|Proto|^Print|Debug|ImmutableConst"
    "|VocabRemapping|RemapMatrix|Rpc|Gcs|Bigtable|Sql|LMDB|TPU"
)
"""Operations by what is in their names; PrintV2 and ImmutableConst, too, can write or read any file."""

SAVING = frozenset({"SaveV2", "RestoreV2", "ShardedFilename", "MergeV2Checkpoints"})
SAVER = re.compile("__inference__traced_(save|restore)_[0-9]+")

META_GRAPH, GRAPH, OBJECTS, ASSETS = 2, 2, 7, 6
NODE, LIBRARY, FUNCTION, BODY = 1, 2, 1, 3


def check_program(folder: Path) -> None:
    """`UserError` where the SavedModel in a folder has operations that reach outside it, or cannot be read."""
    path = folder / PROGRAM
    with open_regular(path) as file:
        data = memoryview(file.read())
    try:
        found = sorted(set(_suspects(data)))
    except (ValueError, IndexError) as error:
        raise UserError(f"{path}: is no SavedModel ({error})") from None
    if found:
        raise UserError(f"{path}: reaches outside of the export, and is not loaded: {', '.join(found[:5])}")


def _suspects(data: memoryview) -> Iterator[str]:
    for meta in _all(data, META_GRAPH):
        for graph in _all(meta, GRAPH):
            yield from _of_nodes(_all(graph, NODE), "")
            for library in _all(graph, LIBRARY):
                for function in _all(library, FUNCTION):
                    yield from _of_function(function)
        for objects in _all(meta, OBJECTS):
            names = (_text(entry, 1) for entry in _all(objects, 2))
            yield from (name for name in names if SAVER.fullmatch(name))
        for asset in _all(meta, ASSETS):
            name = _text(asset, 2)
            if "/" in name or "\\" in name or name in ("", ".", ".."):
                yield f"the asset {name!r}"


def _of_function(function: memoryview) -> Iterator[str]:
    name = "".join(_text(signature, 1) for signature in _all(function, 1))
    yield from _of_nodes(_all(function, BODY), name)


def _of_nodes(nodes: Iterator[memoryview], function: str) -> Iterator[str]:
    """Suspects among the nodes of a function, of the graph itself where it has no name."""
    for node in nodes:
        for op in map(_string, _all(node, 2)):
            if SUSPECT.search(op) and not (op in SAVING and SAVER.fullmatch(function)):
                yield op
        if function:
            yield from (name for name in _called(node) if SAVER.fullmatch(name))


def _called(node: memoryview) -> Iterator[str]:
    """Functions that a node's attributes name."""
    for entry in _all(node, 5):
        for value in _all(entry, 2):
            yield from (_text(function, 1) for function in _all(value, 10))
            yield from (_text(function, 1) for each in _all(value, 1) for function in _all(each, 9))


def _text(message: memoryview, number: int) -> str:
    return "".join(map(_string, _all(message, number)))


def _string(value: memoryview) -> str:
    return bytes(value).decode("utf-8", "replace")


def _all(message: memoryview, number: int) -> Iterator[memoryview]:
    """The values of a field that has a length: messages and texts. https://protobuf.dev/programming-guides/encoding"""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == 2:
            length, place = _varint(message, place)
            if place + length > len(message):
                raise ValueError("it is cut off")
            if key >> 3 == number:
                yield message[place : place + length]
            place += length
        elif kind == 0:
            _, place = _varint(message, place)
        elif kind in (1, 5):
            place += 8 if kind == 1 else 4
        else:
            raise ValueError("it is of another kind")


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
        if shift > 63:
            raise ValueError("a number in it is too long")
