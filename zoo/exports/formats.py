"""The formats of an export: what each consists of, how it is written, who asks it, how exact it is, what it lacks."""

import contextlib
import importlib.util
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from specs.errors import UserError
from specs.graph import Graph
from zoo.exports.writers import write_keras, write_litert, write_onnx, write_openvino

if TYPE_CHECKING:
    from zoo.backend import keras

SAVED_MODEL = "saved_model"


@dataclass(frozen=True, slots=True)
class Format:
    """One way in which an export lies in its directory; `zoo.exports.client.OPEN` has the client that asks it."""

    files: tuple[str, ...]
    """Its files; the first is the one that is opened."""
    tolerance: float
    """Largest difference of a value to the model's, as a fraction of the output's largest value."""
    write: Callable[[Path, "keras.Model", Path], None] | None = None
    """From the SavedModel's directory and the model to the main file; None: `zoo.exports.program` writes it."""
    extra: str | None = None
    """The extra of ours that installs what it needs."""
    modules: tuple[str, ...] = ()
    """What is imported to write and to ask it."""
    lacks: frozenset[str] = frozenset()
    """Layers that it cannot express; texts are none of its types then, too."""


TABLES = frozenset({"Hashing", "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization"})
"""Layers that look up words and numbers in tables, which TensorFlow alone can."""

LOOPS = frozenset({"RNN", "SimpleRNN", "GRU", "LSTM", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
"""Layers that go step by step: TensorFlow's converter to LiteRT wants a fixed batch for them."""

FORMATS: dict[str, Format] = {
    SAVED_MODEL: Format(("saved_model.pb",), 1e-5),
    "onnx": Format(("model.onnx",), 1e-5, write_onnx, "onnx", ("tf2onnx", "onnxruntime"), TABLES),
    "litert": Format(("model.tflite",), 1e-5, write_litert, "litert", ("ai_edge_litert",), TABLES | LOOPS),
    "openvino": Format(("model.xml", "model.bin"), 1e-5, write_openvino, "openvino", ("openvino",), TABLES),
    "keras": Format(("model.keras",), 1e-5, write_keras),
}
"""By name, in the order in which they are written. The tolerance is TensorFlow's own, see docs/decisions/0020."""


def check_formats(names: Iterable[str]) -> tuple[str, ...]:
    """The formats of these names in the table's order; `UserError` names all that are unknown or cannot be written."""
    asked = [name.strip() for name in names]
    unknown = [name for name in asked if name not in FORMATS]
    if unknown or not asked:
        got = ", ".join(unknown) or "none"
        raise UserError(f"--format: there is no such format (got {got}); there are {', '.join(FORMATS)}")
    chosen = tuple(name for name in FORMATS if name in asked)
    check_installed(chosen)
    return chosen


def check_installed(chosen: Iterable[str]) -> None:
    """`UserError` where packages are missing that formats need, with the command that installs all of them."""
    lacking = {name: [module for module in FORMATS[name].modules if not _is_there(module)] for name in chosen}
    if any(lacking.values()):
        told = "; ".join(f"{name} needs {' and '.join(each)}" for name, each in lacking.items() if each)
        extras = ",".join(str(FORMATS[name].extra) for name, each in lacking.items() if each)
        raise UserError(f"{told}, not installed here; run: pip install 'speczoo[{extras}]'")


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def check_expressible(graph: Graph, formats: Iterable[str], *, voting: bool = False) -> None:
    """`UserError` where a format cannot express a layer of the graph, with the first such layer of each format.

    With `voting` it is an ensemble, whose vote no Keras file can hold.
    """
    if voting and "keras" in formats:
        raise UserError(f"{graph.name}: keras cannot express the vote of an ensemble; leave it out of --format")
    told = [f"{name} cannot express {found}" for name in formats if (found := _foreign(graph, FORMATS[name].lacks))]
    if told:
        raise UserError(f"{graph.name}: {'; '.join(told)}; leave out what cannot from --format")


def _foreign(graph: Graph, lacks: frozenset[str]) -> str | None:
    for node in graph.nodes:
        if node.op in lacks:
            return f"the layer {node.name!r}, {node.op}"
        if lacks and getattr(node.args, "dtype", "") == "string":
            return f"the input {node.name!r}, text"
    return None


@contextlib.contextmanager
def program_folder(folder: Path, formats: Iterable[str]) -> Iterator[Path]:
    """Where the SavedModel is written, from which others are made: `folder`, or one that goes again."""
    if SAVED_MODEL in formats:
        yield folder
        return
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as elsewhere:
        yield Path(elsewhere)


def write_format(kind: str, program: Path, model: "keras.Model", folder: Path) -> None:
    """Write the files of a format into `folder`, from the SavedModel in `program`, which is there already.

    Raises `ExportError` where the format's converter fails.
    """
    write = FORMATS[kind].write
    if write is not None:
        write(program, model, folder / FORMATS[kind].files[0])
