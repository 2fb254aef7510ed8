"""Does an export compute what the model computes? Asked in a fresh process that has neither Keras nor speczoo."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specs.errors import RunError
from specs.graph import Graph
from zoo.backend import keras
from zoo.building import typed
from zoo.exports import client
from zoo.exports.manifest import SERVING
from zoo.exports.program import outputs_of

Arrays = dict[str, NDArray[Any]]

TOLERANCE = 1e-5
"""Largest difference of a value, as a fraction of the output's largest value: |served - model| ≤ 1e-5 · max |model|."""

BATCHES = (1, 7)
"""Sizes that are asked: the batch axis is really free."""

FREE_SIZE = 64
"""What stands for a size that is known only at run time."""

TIMEOUT = 600
"""Seconds the fresh process may take."""


class ExportError(RunError):
    """The export could not be written, or does not compute what the model computes; nothing was left behind."""


def golden_inputs(graph: Graph) -> Arrays:
    """Random inputs of every batch size, by SIGNATURE/BATCH/INPUT: the first up to 1, the last up to 255."""
    random = np.random.default_rng(0)
    arrays = {}
    for batch in BATCHES:
        for name, shape in graph.input_shapes().items():
            sizes = tuple(FREE_SIZE if size is None else size for size in shape)
            brightest = np.geomspace(255, 1, batch).reshape(batch, *(1 for _ in sizes))
            dtype = getattr(graph.node(name).args, "dtype")  # noqa: B009  # an InputLayer's, by construction
            numbers = random.random((batch, *sizes)) * brightest
            arrays[f"{SERVING}/{batch}/{name}"] = _texts(graph, numbers) if dtype == "string" else numbers.astype(dtype)
    return arrays


def _texts(graph: Graph, numbers: NDArray[Any]) -> NDArray[Any]:
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


def verify(export: Path, asked: Arrays, expected: Arrays) -> float:
    """Largest difference between what the export answers and what is expected, as `TOLERANCE` measures it.

    Raises `ExportError` where it is above `TOLERANCE`, or where the fresh process fails.
    """
    return compared(_ask(export, asked), expected)


def compared(answered: Arrays, expected: Arrays) -> float:
    """Largest difference, as `TOLERANCE` measures it; `ExportError` where it is above that."""
    if answered.keys() != expected.keys():
        raise ExportError(f"the export answers with {sorted(answered)} instead of {sorted(expected)}")
    worst = max(difference(key, answered[key], expected[key]) for key in expected)
    if worst > TOLERANCE:
        raise ExportError(f"the export computes other values than the model: off by {worst:.1e} (at most {TOLERANCE})")
    return worst


def difference(key: str, answered: NDArray[Any], expected: NDArray[Any]) -> float:
    """Largest difference of a value, as a fraction of the largest that is expected."""
    if answered.shape != expected.shape:
        raise ExportError(f"{key}: the export answers with shape {answered.shape} instead of {expected.shape}")
    if not np.isfinite(expected).all():
        raise ExportError(f"{key}: the model itself gives values that are not finite; its weights are of no use")
    scale = float(np.abs(expected).max()) or 1.0
    # NaN in the answer compares as False everywhere: nan_to_num makes it infinitely wrong.
    return float(np.nan_to_num(np.abs(answered - expected), nan=np.inf).max()) / scale


def _ask(export: Path, asked: Arrays) -> Arrays:
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder, "asked.npz"), Path(folder, "answered.npz")
        np.savez(question, allow_pickle=False, **asked)
        # -I: neither the current folder nor PYTHONPATH can bring speczoo in.
        command = [sys.executable, "-I", client.__file__, str(export), str(question), str(answer)]
        try:
            done = subprocess.run(  # noqa: S603  # our own script; the paths are arguments, no shell is involved
                command, capture_output=True, text=True, timeout=TIMEOUT, check=False, env=os.environ | QUIET
            )
        except subprocess.TimeoutExpired:
            raise ExportError(f"the export cannot be served: no answer within {TIMEOUT} s") from None
        if done.returncode:
            raise ExportError(f"the export cannot be served:\n{_last_lines(done.stderr)}")
        with np.load(answer, allow_pickle=False) as archive:
            return dict(archive)


QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3"}


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-8:])
