"""A process of its own for tests: one with two virtual CPU devices, or one worker of two: WHAT FOLDER."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import specs
import zoo
from zoo.backend import keras

SPEC = """
name: spread
input: {shape: [6]}
body:
  - Dense: {units: 8, activation: relu}
  - Dense: {units: 3, activation: softmax}
train:
  data: {npz: {path: none.npz, validation_split: 0.25, test_split: 0.25}}
  optimizer: {Adam: {learning_rate: 0.01}}
  batch_size: 16
  epochs: 2
  class_weight: {1: 2.0}
"""


def spread(**distribution: object) -> specs.Document:
    """The spec, on one device or with a `distribution`."""
    return specs.loads(SPEC + (f"  distribution: {json.dumps(distribution)}\n" if distribution else ""), file="x.yaml")


def data() -> tuple[Any, Any]:
    """100 examples of three classes: 50 to train with; the other parts have 25 each, which two cannot share evenly."""
    x = np.random.default_rng(0).normal(size=(100, 6)).astype("float32")
    return x, x[:, :3].argmax(axis=1)


def figures(run: zoo.Run) -> dict[str, Any]:
    """What has to be equal however the training is spread."""
    parts = {name: run.metrics[name] for name in ("train", "validation", "test")}
    weights = [float(np.abs(each).sum()) for each in run.fit.model.get_weights()]
    return {"history": run.fit.history, **parts, "weights": weights}


def number(variable: Any) -> float:
    """A variable's value, wherever it lies."""
    return float(keras.ops.convert_to_numpy(variable))


def stop_in_the_second_epoch(step: int, steps: int, epochs: int, loss: float) -> None:
    """As Ctrl-C would."""
    if step > steps // epochs:
        raise KeyboardInterrupt


def devices(folder: Path) -> dict[str, Any]:
    """One device, two, two with a pause, and two whose batches are counted on each."""
    from zoo.backend import tensorflow

    cpu = tensorflow.config.list_physical_devices("CPU")[0]
    tensorflow.config.set_logical_device_configuration(cpu, [tensorflow.config.LogicalDeviceConfiguration()] * 2)
    found = {"one": figures(zoo.train(spread(), folder / "one", data=data()))}
    two = spread(over="devices")
    found["two"] = figures(zoo.train(two, folder / "two", data=data()))
    try:
        zoo.train(two, folder / "again", data=data(), on_batch=stop_in_the_second_epoch)
    except KeyboardInterrupt:
        found["again"] = figures(zoo.resume(folder / "again", data=data()))
    each = {"over": "devices", "batch": "per_replica", "scale_learning_rate": True}
    optimizer = zoo.train(spread(**each), folder / "each", data=data()).fit.model.optimizer
    found["each"] = {"rate": number(optimizer.learning_rate), "steps": number(optimizer.iterations)}
    return found


def worker(folder: Path) -> dict[str, Any]:
    """One worker; TF_CONFIG says which."""
    run = zoo.train(spread(over="workers"), folder / "run", data=data())
    return {**figures(run), "told": str(run), "kept": run.directory.exists()}


if __name__ == "__main__":
    what, folder = sys.argv[1:]
    print(json.dumps({"devices": devices, "worker": worker}[what](Path(folder))))
