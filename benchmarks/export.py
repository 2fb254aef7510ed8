"""Our SavedModel, plain and optimised, against `keras.Model.export`: size, latency at batch 1, largest difference.

    python benchmarks/export.py FOLDER [MODEL…]

Programs are written to FOLDER, each model's by a process of its own, where they are not there yet; then a process with
TensorFlow alone asks them in turn, A B C A B C …. Weights are random, and batch norms have statistics that are not
those of an untrained model. All are asked as a server asks: by `serving_default`, with one image.
"""

import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from side_by_side import seconds

MODELS = ("resnet50", "densenet121", "inception_v3", "mobilenet")
KINDS = ("theirs", "ours", "optimized")
RUNS = 21
WARM = 3
"""Calls of each that are not counted: the first prepares the program."""


def write(folder: Path, name: str) -> None:
    """The three programs of one model."""
    import specs
    from zoo.backend import keras
    from zoo.building import build
    from zoo.exports.optimizing import folded
    from zoo.exports.program import write_program

    keras.utils.set_random_seed(0)
    graph = specs.lower(specs.load(name)).served()
    model = build(graph)
    random = np.random.default_rng(0)
    for weight in model.weights:
        if weight.name in STATISTICS:
            weight.assign(STATISTICS[weight.name](random, weight.shape))
    write_program(model, graph, folder / name / "ours")
    write_program(*folded(model, graph), folder / name / "optimized", frozen=True)
    model.export(folder / name / "theirs", verbose=False)


STATISTICS: dict[str, Callable[[np.random.Generator, Any], Any]] = {
    "gamma": lambda random, shape: random.uniform(0.5, 1.5, shape),
    "beta": lambda random, shape: random.normal(0, 0.3, shape),
    "moving_mean": lambda random, shape: random.normal(0, 0.3, shape),
    "moving_variance": lambda random, shape: random.uniform(0.5, 1.5, shape),
}


def measure(folder: Path, name: str) -> None:
    """One line: sizes and times as ratios to theirs; the medians of the ratios, and the ratio of the shortest times."""
    sys.modules["keras"] = None  # type: ignore[assignment]  # TensorFlow imports it where it is there
    import tensorflow as tf

    programs = {kind: tf.saved_model.load(str(folder / name / kind)) for kind in KINDS}
    asked = {kind: _asker(tf, program) for kind, program in programs.items()}
    answers = {kind: ask() for kind, ask in asked.items()}
    rounds = [{kind: seconds(ask) for kind, ask in asked.items()} for _ in range(WARM + RUNS)][WARM:]
    sizes = {kind: sum(path.stat().st_size for path in (folder / name / kind).rglob("*.*")) for kind in KINDS}
    shortest = {kind: min(each[kind] for each in rounds) for kind in KINDS}
    for kind in KINDS:
        ratio = statistics.median(each[kind] / each["theirs"] for each in rounds)
        off = np.abs(answers[kind] - answers["theirs"]).max() / np.abs(answers["theirs"]).max()
        print(
            f"{name:12} {kind:10} {sizes[kind] / 1e6:7.1f} MB {sizes[kind] / sizes['theirs']:6.3f}"
            f"   {1000 * statistics.median(each[kind] for each in rounds):7.1f} ms {ratio:6.3f}"
            f"   {1000 * shortest[kind]:7.1f} ms {shortest[kind] / shortest['theirs']:6.3f}   {off:.0e}",
            flush=True,
        )


def _asker(tf: Any, program: Any) -> Callable[[], Any]:
    serve = program.signatures["serving_default"]
    ((name, spec),) = serve.structured_input_signature[1].items()
    image = tf.constant(255 * np.random.default_rng(0).random((1, *spec.shape[1:])), spec.dtype)
    return lambda: next(iter(serve(**{name: image}).values())).numpy()


def main(folder: Path, names: list[str]) -> None:
    """Writes what is missing, one process a model, and prints the table."""
    for name in names:
        if not (folder / name / "theirs" / "saved_model.pb").exists():
            subprocess.run([sys.executable, __file__, str(folder), "--write", name], check=True)
    print(f"{'':23} {'size':>17}   {'latency, median':>17}   {'latency, least':>17}   off", flush=True)
    for name in names:
        subprocess.run([sys.executable, __file__, str(folder), "--measure", name], check=True)


if __name__ == "__main__":
    place, *rest = sys.argv[1:]
    if rest[:1] == ["--write"]:
        write(Path(place), rest[1])
    elif rest[:1] == ["--measure"]:
        measure(Path(place), rest[1])
    else:
        main(Path(place), rest or list(MODELS))
