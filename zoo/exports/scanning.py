"""Does a stranger's SavedModel touch files, Python or the network? Parsed, which runs nothing, before it is loaded.

TensorFlow has operations for all of that; an export of ours has none but those with which TensorFlow saves and restores
variables, in functions that nothing calls.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from specs.errors import UserError
from zoo import backend
from zoo.files import open_regular

PROGRAM = "saved_model.pb"

SUSPECT = re.compile(
    "File|Reader|Dataset|Iterator|PyFunc|Summary|Checkpoint|Save|Restore|Proto|^Print|Debug|ImmutableConst"
    "|VocabRemapping|RemapMatrix|Rpc|Gcs|Bigtable|Sql|LMDB|TPU"
)
"""Operations by what is in their names; PrintV2 and ImmutableConst, too, can write or read any file."""

SAVING = frozenset({"SaveV2", "RestoreV2", "ShardedFilename", "MergeV2Checkpoints"})
SAVER = re.compile("__inference__traced_(save|restore)_[0-9]+")


def check_program(folder: Path) -> None:
    """`UserError` where the SavedModel in a folder has operations that reach outside it, or cannot be read."""
    path = folder / PROGRAM
    with open_regular(path) as file:
        found = sorted(set(_suspects(_parsed(path, file.read()))))
    if found:
        raise UserError(f"{path}: reaches outside of the export, and is not loaded: {', '.join(found[:5])}")


def _parsed(path: Path, data: bytes) -> Any:
    """The SavedModel message, by the parser of the loader itself: what it does not see, that does not run."""
    errors = backend.import_quietly("google.protobuf.message")
    _ = backend.tensorflow
    try:
        return backend.import_quietly("tensorflow.core.protobuf.saved_model_pb2").SavedModel.FromString(data)
    except errors.DecodeError:
        raise UserError(f"{path}: is no SavedModel") from None


def _suspects(program: Any) -> Iterator[str]:
    for meta in program.meta_graphs:
        yield from _of_nodes(meta.graph_def.node, "")
        for function in meta.graph_def.library.function:
            yield from _of_nodes(function.node_def, function.signature.name)
        yield from (name for name in meta.object_graph_def.concrete_functions if SAVER.fullmatch(name))
        for asset in meta.asset_file_def:
            name = asset.filename
            if "/" in name or "\\" in name or name in ("", ".", ".."):
                yield f"the asset {name!r}"


def _of_nodes(nodes: Iterable[Any], function: str) -> Iterator[str]:
    """Suspects among the nodes of a function, of the graph itself where it has no name."""
    for node in nodes:
        if SUSPECT.search(node.op) and not (node.op in SAVING and SAVER.fullmatch(function)):
            yield node.op
        if function:
            yield from (name for name in _called(node) if SAVER.fullmatch(name))


def _called(node: Any) -> Iterator[str]:
    """Functions that a node's attributes name."""
    for value in node.attr.values():
        yield value.func.name
        yield from (function.name for function in value.list.func)
