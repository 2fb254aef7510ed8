"""Does an export compute what the model computes? Asked in a fresh process that has neither Keras nor speczoo."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specs.graph import Graph
from zoo.backend import keras
from zoo.building import typed
from zoo.exports import client
from zoo.exports.errors import ExportError, NoAnswerError
from zoo.exports.formats import FORMATS, SAVED_MODEL
from zoo.exports.manifest import SERVING
from zoo.exports.program import outputs_of

Arrays = dict[str, NDArray[Any]]

BATCHES = (1, 7)
"""Sizes that are asked: the batch axis is really free."""

FREE_SIZE = 64
"""What stands for a size that is known only at run time."""

TIMEOUT = 600
"""Seconds the fresh process may take."""


def golden_inputs(graph: Graph) -> Arrays:
    """Random inputs of every batch size, by SIGNATURE/BATCH/INPUT: the first up to 1, the last up to 255."""
    random = np.random.default_rng(0)
    arrays = {}
    for batch in BATCHES:
        for name, shape in graph.input_shapes().items():
            sizes = tuple(FREE_SIZE if size is None else size for size in shape)
            brightest = np.geomspace(255, 1, batch).reshape(batch, *(1 for _ in sizes))
            dtype = getattr(graph.node(name).args, "dtype")  # noqa: B009  # an InputLayer's, by construction
            numbers = random.random((batch, *sizes)) * brightest % _rows(graph, name)
            arrays[f"{SERVING}/{batch}/{name}"] = (
                golden_texts(graph, numbers) if dtype == "string" else numbers.astype(dtype)
            )
    return arrays


def _rows(graph: Graph, name: str) -> float:
    """How many numbers an Embedding that reads the input has vectors for; infinite where none does."""
    reading = [node.args for node in graph.nodes if node.op == "Embedding" and node.inputs[0] == name]
    return min((float(getattr(args, "input_dim")) for args in reading), default=np.inf)  # noqa: B009  # an Embedding's


def golden_texts(graph: Graph, numbers: NDArray[Any]) -> NDArray[Any]:
    """Texts of words that the model knows, and of one that it does not, chosen by the numbers."""
    values = [getattr(node.args, "vocabulary", None) or () for node in graph.nodes]
    values += [each.get("vocabulary", ()) for each in graph.adapted.values()]
    words = np.array(["unknown", *(str(word) for each in values for word in each)])
    return words[numbers.astype(np.int64) % len(words)]


def golden_outputs(model: keras.Model, graph: Graph, asked: Arrays) -> Arrays:
    """What the model itself answers, by SIGNATURE/BATCH/OUTPUT, as float32."""
    answers = {}
    for batch in BATCHES:
        inputs = {name: typed(graph, name, asked[f"{SERVING}/{batch}/{name}"]) for name in graph.inputs}
        for name, value in outputs_of(model, graph, inputs).items():
            answers[f"{SERVING}/{batch}/{name}"] = keras.ops.convert_to_numpy(value).astype(np.float32)
    return answers


def verify(export: Path, asked: Arrays, expected: Arrays, kind: str = SAVED_MODEL) -> float:
    """Largest difference between what the export answers in a format and what is expected, as `Format` measures it.

    A SavedModel has all signatures, any other format the model's own alone.

    Raises `ExportError` where it is above the format's tolerance, or where the fresh process fails.
    """
    if kind != SAVED_MODEL:
        asked, expected = _serving(asked), _serving(expected)
    return compared(_ask(export, asked, kind), expected, kind)


def compared(answered: Arrays, expected: Arrays, kind: str = SAVED_MODEL) -> float:
    """Largest difference between answers in a format and what is expected; `ExportError` as `verify` says."""
    tolerance, prefix = FORMATS[kind].tolerance, "" if kind == SAVED_MODEL else f"{kind}: "
    if kind == "keras":
        answered = _as_elsewhere(answered, expected)
    if answered.keys() != expected.keys():
        raise ExportError(f"{prefix}the export answers with {sorted(answered)} instead of {sorted(expected)}")
    worst = max(difference(prefix + key, answered[key], expected[key]) for key in expected)
    if worst > tolerance:
        told = f"off by {worst:.1e} (at most {tolerance})"
        raise ExportError(f"{prefix}the export computes other values than the model: {told}")
    return worst


def _serving(arrays: Arrays) -> Arrays:
    return {key: value for key, value in arrays.items() if key.startswith(f"{SERVING}/")}


def _as_elsewhere(answered: Arrays, expected: Arrays) -> Arrays:
    """What a Keras file answers as the other formats say it: as float32, an only output by its name."""
    names = {key.rpartition("/")[2] for key in expected}
    only = next(iter(names)) if len(names) == 1 else None
    return {
        f"{key.rpartition('/')[0]}/{only or key.rpartition('/')[2]}": value.astype(np.float32)
        for key, value in answered.items()
    }


def difference(key: str, answered: NDArray[Any], expected: NDArray[Any]) -> float:
    """Largest difference of a value, as a fraction of the largest that is expected."""
    if expected.dtype.kind == "S":
        return _checked_labels(key, answered, expected)
    if answered.shape != expected.shape:
        raise ExportError(f"{key}: the export answers with shape {answered.shape} instead of {expected.shape}")
    if answered.dtype != expected.dtype:
        raise ExportError(f"{key}: the export answers with {answered.dtype} instead of {expected.dtype}")
    if not np.isfinite(expected).all():
        raise ExportError(f"{key}: the model itself gives values that are not finite; its weights are of no use")
    scale = float(np.abs(expected).max()) or 1.0
    # NaN in the answer compares as False everywhere: nan_to_num makes it infinitely wrong.
    return float(np.nan_to_num(np.abs(answered - expected), nan=np.inf).max()) / scale


def _checked_labels(key: str, answered: NDArray[Any], expected: NDArray[Any]) -> float:
    """No difference, where every label is one of those that are right."""
    right: NDArray[Any] = (answered[:, np.newaxis] == expected).any(axis=1)
    if not right.all():
        found, best = (each[~right][0].decode() for each in (answered, expected[:, 0]))
        raise ExportError(f"{key}: the export says {found!r}, the model {best!r}")
    return 0.0


def _ask(export: Path, asked: Arrays, kind: str) -> Arrays:
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder, "asked.npz"), Path(folder, "answered.npz")
        np.savez(question, allow_pickle=False, **asked)
        ask_fresh(kind, [(export / FORMATS[kind].files[0], question, answer)])
        with np.load(answer, allow_pickle=False) as archive:
            return dict(archive)


def ask_fresh(kind: str, calls: Iterable[tuple[Path, Path, Path]]) -> None:
    """Ask files of one format, one after the other, in a fresh process: main file, questions, where answers go.

    Raises `ExportError` where the process fails or takes too long.
    """
    name = "the export" if kind == SAVED_MODEL else f"the export's {kind}"
    # -I: neither the current folder nor PYTHONPATH can bring speczoo in.
    command = [sys.executable, "-I", client.__file__, kind, *(str(path) for call in calls for path in call)]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", client.OURS: str(Path(__file__).parents[2])}
    try:
        done = subprocess.run(  # noqa: S603  # our own script; the paths are arguments, no shell is involved
            command, capture_output=True, text=True, timeout=TIMEOUT, check=False, env=os.environ | quiet
        )
    except subprocess.TimeoutExpired:
        raise NoAnswerError(f"{name} cannot be served: no answer within {TIMEOUT} s") from None
    if done.returncode:
        raise ExportError(f"{name} cannot be served:\n{last_lines(done.stderr)}")


def last_lines(text: str) -> str:
    """The end of what a process wrote before it failed."""
    return "\n".join(text.strip().splitlines()[-8:])
