"""Has processes replace artefacts in a loop, kills each at a random moment, and says whether all is whole after it.

    KERAS_BACKEND=numpy python tests/zoo/kills_driver.py FOLDER KILLS

The processes are forks of this one, which has imported everything: a kill costs no imports. Keras runs on NumPy, since
TensorFlow's threads do not survive a fork. An export is replaced as `zoo export` does once it is verified.
"""

import itertools
import json
import mmap
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import specs
import zoo
from tuner import checkpoints
from zoo.backend import keras
from zoo.exports.manifest import SERVING, described, serving_signature, write_manifest
from zoo.exports.origin import Needs, Origin
from zoo.exports.trust import check_trusted, sign
from zoo.files import partial_of, remove_leftovers, replace_directory, written_atomically

TEXT = "{name: killed, input: {shape: [300]}, body: [Dense: {units: 300}, Dense: {units: 300}]}"
FILES = ("saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001", "assets/classes.txt")
NUMBERS = (1, 2)
"""What all that is old holds, and all that is new."""
BETWEEN = "between"


def model_of(number: int) -> Any:
    """A model all of whose weights are a number."""
    model = zoo.build(specs.loads(TEXT))
    model.set_weights([np.full(weight.shape, number, np.float32) for weight in model.weights])
    return model


def export_of(folder: Path, number: int) -> None:
    """The files of an export, each filled with a number."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(bytes([number]) * 200_000)
    needs = Needs(params=0, macs=None, memory=None)
    said, formats = {"number": str(number)}, {"saved_model": "saved_model.pb"}
    graph = specs.lower(specs.loads(TEXT))
    signatures = {SERVING: serving_signature(graph)}
    manifest = described(graph, signatures, None, {}, Origin(needs=needs), said, formats)
    write_manifest(folder, manifest)


def replace_export(folder: Path, number: int, model: Any) -> None:
    """As `zoo.export` after it has verified what it wrote."""
    target = folder / "export"
    partial = partial_of(target)
    remove_leftovers(target)
    shutil.copytree(folder / f"export{number}", partial)
    sign(partial)
    replace_directory(partial, target)


def replace_keras(folder: Path, number: int, model: Any) -> None:
    """As a run's model."""
    with written_atomically(folder / "model.keras") as partial:
        model.save(partial)


def replace_weights(folder: Path, number: int, model: Any) -> None:
    """As weights of a trial."""
    checkpoints.save(model.save_weights, folder / "model.weights.h5")


REPLACE: dict[str, Callable[[Path, int, Any], None]] = {
    "export": replace_export,
    ".keras": replace_keras,
    "weights": replace_weights,
}


def loop(folder: Path, models: dict[int, Any], at: mmap.mmap) -> None:
    """Replace everything, old by new and new by old, until killed; `at` says what is being replaced."""
    for number in itertools.cycle(NUMBERS):
        for index, replace in enumerate(REPLACE.values()):
            at[0] = index
            replace(folder, number, models[number])
        at[0] = len(REPLACE)


def whole(folder: Path, model: Any) -> list[int]:
    """The number that each artefact holds throughout; an error where one is no whole artefact."""
    manifest = check_trusted(folder / "export")
    number = int(manifest.versions["number"])
    for name in FILES:
        assert (folder / "export" / name).read_bytes() == bytes([number]) * 200_000, name
    found = [number]
    for name in ("model.keras", "model.weights.h5"):
        model.load_weights(folder / name)
        values = {float(value) for weight in model.get_weights() for value in np.unique(weight)}
        assert len(values) == 1, f"{name}: holds {values}"
        found.append(int(values.pop()))
    return found


def main(folder: Path, kills: int) -> dict[str, Any]:
    """What came of so many kills."""
    models = {number: model_of(number) for number in NUMBERS}
    began = time.monotonic()
    for number in NUMBERS:
        export_of(folder / f"export{number}", number)
        for replace in REPLACE.values():
            replace(folder, number, models[number])
    period = time.monotonic() - began
    at, chance = mmap.mmap(-1, 1), random.Random(0)
    killed_at, held = Counter[str](), Counter[int]()
    for _ in range(kills):
        child = os.fork()
        if child == 0:
            loop(folder, models, at)
        time.sleep(chance.uniform(0, period))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        killed_at[[*REPLACE, BETWEEN][at[0]]] += 1
        held.update(whole(folder, keras.models.clone_model(models[1])))
    left = sum(".partial-" in path.name for path in folder.iterdir())
    return {"kills": kills, "killed_at": killed_at, "held": held, "partials_left": left}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
