"""An export from another backend: a process on TensorFlow writes it, and is held to what this backend answers.

JAX's own way to a SavedModel is not taken: what the newest JAX writes names operations by a version that TensorFlow
does not know, and does not run. Weights and answers go over in files, code does not.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import specs
from specs.document import Document
from specs.errors import RunError, SpeczooError, UserError
from zoo.backend import keras
from zoo.exports.errors import ExportError
from zoo.exports.verifying import Arrays, last_lines
from zoo.finished import Finished
from zoo.weights import load_weights

TOLERANCE = 1e-4
"""Largest difference between two backends, as a fraction of the output's largest value; see docs/decisions/0020."""

WEIGHTS, ANSWERS, REQUEST, REPLY = "model.keras", "answers.npz", "request.json", "reply.json"

MAIN = "import sys; sys.path.insert(0, sys.argv[1]); from zoo.exports.elsewhere import main; main(sys.argv[2])"


@dataclass(frozen=True, slots=True)
class Handed:
    """What the other backend has handed over in a folder."""

    folder: Path

    def put(self, model: keras.Model) -> None:
        """Its weights into the model; a run's are in the run."""
        if (self.folder / WEIGHTS).is_file():
            load_weights(model, self.folder / WEIGHTS)

    def check(self, expected: Arrays) -> None:
        """`ExportError` where TensorFlow's model answers otherwise than the other backend's."""
        with np.load(self.folder / ANSWERS, allow_pickle=False) as archive:
            for key, answer in archive.items():
                off = float(np.abs(expected[key] - answer).max() / (np.abs(answer).max() or 1.0))
                if not off <= TOLERANCE:
                    told = "TensorFlow computes other values than the backend that the model comes from"
                    raise ExportError(f"{key}: {told}: off by {off:.1e} (at most {TOLERANCE})")


def hand_over(origin: Finished | Document, model: keras.Model, answers: Arrays, **request: Any) -> Any:
    """Have a process on TensorFlow export what this process has built and asked; the fields of its report.

    `request` holds the target and the fields of `zoo.exports.exporting.Wanted`. Raises what `zoo.export` does.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savez(folder / ANSWERS, allow_pickle=False, **answers)
        if isinstance(origin, Finished):
            source = str(origin.directory.resolve())
        else:
            source = str(folder / f"{origin.name}.yaml")
            Path(source).write_text(specs.dump(origin, folder), encoding="utf-8")
            model.save(folder / WEIGHTS)
        (folder / REQUEST).write_text(json.dumps({"source": source, **request}), encoding="utf-8")
        command = [sys.executable, "-c", MAIN, str(Path(__file__).parents[2]), str(folder)]
        environment = os.environ | {"KERAS_BACKEND": "tensorflow"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603  # ours
        if not (folder / REPLY).is_file():
            raise ExportError(f"the process on TensorFlow failed:\n{last_lines(done.stderr)}")
        reply = json.loads((folder / REPLY).read_text(encoding="utf-8"))
    if "refused" in reply:
        raise (UserError if reply["user"] else RunError)(reply["refused"])
    return reply


def main(name: str) -> None:
    """The other process: export what lies in the folder, and leave a report there or the reason why not."""
    from zoo.exports.exporting import Wanted, export_origin, read_source

    folder = Path(name)
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    try:
        wanted = Wanted(tuple(request["formats"]), request["optimize"], request["quantize"], Handed(folder))
        report = export_origin(read_source(Path(request["source"]), {}), Path(request["target"]), wanted)
        signatures = {name: each.model_dump_json() for name, each in report.signatures.items()}
        reply = {**asdict(report), "directory": str(report.directory), "signatures": signatures}
    except SpeczooError as error:
        reply = {"refused": str(error), "user": isinstance(error, UserError)}
    (folder / REPLY).write_text(json.dumps(reply), encoding="utf-8")
