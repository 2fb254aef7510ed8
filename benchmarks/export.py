"""Our SavedModel, plain and optimised, against `keras.Model.export`: size, latency at batch 1, largest difference.

    python benchmarks/export.py FOLDER [MODEL…]

Programs are written to FOLDER, each model's by a process of its own, where they are not there yet; then a process with
TensorFlow alone asks them in turn, A B C A B C …. Weights are random, and batch norms have statistics that are not
those of an untrained model. All are asked as a server asks: by `serving_default`, with one image.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from side_by_side import seconds

MODELS = ("resnet50", "densenet121", "inception_v3", "mobilenet")
KINDS = ("theirs", "ours", "optimized")
RUNS = 15
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
    """A line for each: sizes, times by the clock and of the processors, each with its ratio to theirs."""
    sys.modules["keras"] = None  # type: ignore[assignment]  # TensorFlow imports it where it is there
    import tensorflow as tf

    programs = {kind: tf.saved_model.load(str(folder / name / kind)) for kind in KINDS}
    asked = {kind: _asker(tf, program) for kind, program in programs.items()}
    answers = {kind: ask() for kind, ask in asked.items()}
    rounds = [{kind: _timed(ask) for kind, ask in asked.items()} for _ in range(WARM + RUNS)][WARM:]
    sizes = {kind: sum(path.stat().st_size for path in (folder / name / kind).rglob("*.*")) for kind in KINDS}
    for kind in KINDS:
        clock, processors = (_compared(rounds, kind, which) for which in (0, 1))
        off = np.abs(answers[kind] - answers["theirs"]).max() / np.abs(answers["theirs"]).max()
        print(
            f"{name:12} {kind:10} {sizes[kind] / 1e6:7.1f} MB {sizes[kind] / sizes['theirs']:6.3f}"
            f"   {clock}   {processors}   {off:.0e}",
            flush=True,
        )


def _timed(ask: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of all processors together, which neighbours on the machine do not change as much."""
    start = time.process_time()
    clock = seconds(ask)
    return clock, time.process_time() - start


def _compared(rounds: list[dict[str, tuple[float, float]]], kind: str, which: int) -> str:
    """The median, the median of the ratios to theirs, the least, and its ratio to their least."""
    ours, theirs = ([each[name][which] for each in rounds] for name in (kind, "theirs"))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    least = min(ours)
    return f"{1000 * statistics.median(ours):7.1f} ms {ratio:6.3f} {1000 * least:7.1f} ms {least / min(theirs):6.3f}"


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
    heads = f"{'median':>10} {'ratio':>6} {'least':>10} {'ratio':>6}"
    print(f"{'':43}{'by the clock':38}{'processors together':38}")
    print(f"{'':23} {'size':>10} {'ratio':>6}   {heads}   {heads}   off", flush=True)
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
