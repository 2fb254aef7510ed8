"""Accuracy after equal time: the recipe for CIFAR-10 in short against plain model.fit of the same model.

    python benchmarks/cifar.py ARCHIVE [IMAGES [EPOCHS]]      # of CLASS/NAME.jpg; 4,000 images, 6 epochs

Both learn the same images and are asked about the same held-out ones. The recipe is `cifar_resnet20_recipe` with one
cycle of the learning rate in the place of its staircase; decoding, building and tracing are in its time. model.fit has
arrays, Adam with its defaults, and as much time, once with Keras' batches of 32 and once with the recipe's 64. Time is
that of the processors, which neighbours on the machine do not change; what a clock showed stands beside it.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import specs
import zoo
from specs.document import Document
from zoo.backend import keras
from zoo.data.archives import members
from zoo.data.dataset import Dataset
from zoo.training import evaluate

IMAGES, EPOCHS = 4_000, 6
HELD_OUT = 0.25
SHORT = f"""
name: short
extends: cifar_resnet20_recipe
params: {{batch_size: 64, learning_rate: 0.1}}
train:
  data: {{image_folder: {{path: $data, validation_split: 0.01, test_split: {HELD_OUT}}}}}
  optimizer:
    SGD:
      momentum: 0.9
      nesterov: true
      learning_rate:
        OneCycle:
          initial_learning_rate: $(learning_rate / 5)
          max_learning_rate: $learning_rate
          cycle_epochs: $(0.8 * epochs)
          decay_epochs: $(0.2 * epochs)
"""


def unpack(archive: Path, folder: Path, count: int) -> Path:
    """So many images in all, the first of each of the ten classes."""
    taken = Counter[str]()
    for member in members(archive):
        kind = member.parts[-2]
        taken[kind] += 1
        if taken[kind] <= count // 10:
            (folder / kind).mkdir(parents=True, exist_ok=True)
            (folder / kind / member.parts[-1]).write_bytes(member.read())
    return folder


def timed(call: Callable[[], Any]) -> tuple[Any, float, float]:
    """What a call gives, and its seconds by the processors and by the clock."""
    processor, clock = time.process_time(), time.perf_counter()
    return call(), time.process_time() - processor, time.perf_counter() - clock


def plain(spec: Document, data: Dataset, batch_size: int, budget: float) -> tuple[float, int]:
    """Held-out accuracy of model.fit, which is ended after so many seconds of the processors, and its steps."""
    begun, steps = time.process_time(), 0
    keras.utils.set_random_seed(0)
    model = zoo.build(spec)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)

    def look(step: int, logs: Any) -> None:
        nonlocal steps
        steps += 1
        model.stop_training = time.process_time() - begun > budget

    (x, y), (test_x, test_y) = (map(_only, (part.all().x, part.all().y)) for part in (data.train, data.test))
    ends = keras.callbacks.LambdaCallback(on_train_batch_end=look)
    model.fit(x, y, batch_size, 1_000, 0, [ends])
    return model.evaluate(test_x, test_y, verbose=0, return_dict=True)["accuracy"], steps


def _only(arrays: Mapping[str, Any]) -> Any:
    [array] = arrays.values()
    return array


def line(what: str, accuracy: float, seconds: float, clock: float) -> None:
    """Prints what one of them came to."""
    print(f"{what:29} {accuracy:.4f}  {seconds:5.0f} s ({clock:.0f} s by the clock)", flush=True)


def main() -> None:
    """Prints a line for each of the three."""
    archive, *rest = sys.argv[1:]
    images, epochs = (int(given) for given in [*rest, *map(str, (IMAGES, EPOCHS)[len(rest) :])])
    with tempfile.TemporaryDirectory() as temporary:
        folder = unpack(Path(archive), Path(temporary), images)
        spec = specs.loads(SHORT, data=str(folder), epochs=epochs)
        data = zoo.load_data(spec)
        print(f"{len(data.train):,} images learnt, {len(data.test):,} held out")
        fitted, budget, clock = timed(lambda: zoo.fit(spec, data))
        line(f"the recipe, {epochs} epochs:", evaluate(spec, fitted.model, data.test)["accuracy"], budget, clock)
        bare = specs.loads(SHORT, data=str(folder), l2=0.0)
        for size in (32, 64):
            (accuracy, steps), seconds, clock = timed(partial(plain, bare, data, size, budget))
            line(f"model.fit, {steps * size / len(data.train):.1f} epochs, by {size}:", accuracy, seconds, clock)


if __name__ == "__main__":
    main()
