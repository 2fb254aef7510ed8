"""Training on images against the same written by hand in Keras, in one process: speed, cost of a step, memory.

    python benchmarks/train.py [ARCHIVE] [MODEL…]      # of CLASS/NAME.jpg, as CIFAR-10; noise where there is none

Both sides train the same model with the same optimizer on the same files, decoding and validation included. By hand is
image_dataset_from_directory with prefetch, once more with cache; compiled without XLA, which is slower on a CPU.
"""

import contextlib
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from side_by_side import measure

import specs
import zoo
from specs.document import Document
from zoo.backend import keras, tensorflow
from zoo.data.archives import is_archive, members
from zoo.data.dataset import Dataset, Examples, InMemory, Part

PER_CLASS, BATCH, EPOCHS, RUNS = 60, 32, 3, 3
LONG = 20
CONVNET = """
name: convnet
input: {shape: [32, 32, 3]}
defaults: {conv: {kernel_size: 3, activation: relu, norm: none}}
body:
  - Rescaling: {scale: $(1 / 255)}
  - conv: {filters: 32}
  - MaxPooling2D
  - conv: {filters: 64}
  - MaxPooling2D
  - Flatten
  - Dense: {units: 10, activation: softmax}
"""
TRAIN = f"""
train:
  data: {{image_folder: {{path: pets, validation_split: 0.2, test_split: 0.001}}}}
  optimizer: {{SGD: {{learning_rate: 0.01}}}}
  batch_size: {BATCH}
  epochs: {EPOCHS}
"""


def document(folder: Path, model: str) -> Document:
    """The spec of a model that is trained on folder/train."""
    text = CONVNET if model == "convnet" else f"name: trained\nextends: {model}\n"
    path = folder / f"{model}.yaml"
    path.write_text(text + TRAIN.replace("pets", "train"), encoding="utf-8")
    return specs.load(path)


def unpack(archive: Path, folder: Path) -> int:
    """The first images of each class, in folder/train/CLASS."""
    taken: dict[str, int] = {}
    for member in members(archive):
        kind = member.parts[-2]
        taken[kind] = taken.get(kind, 0) + 1
        if taken[kind] <= PER_CLASS:
            path = folder / "train" / kind / member.parts[-1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(member.read())
    return sum(min(count, PER_CLASS) for count in taken.values())


def make(folder: Path) -> int:
    """Ten classes of noise."""
    random = np.random.default_rng(0)
    for number in range(10 * PER_CLASS):
        path = folder / "train" / f"class{number % 10}" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(256, size=(32, 32, 3)).astype(np.uint8)).save(path)
    return 10 * PER_CLASS


def compiled(spec: Document) -> keras.Model:
    """The model of a spec, compiled as by hand."""
    model = zoo.build(spec)
    loss, sgd = "sparse_categorical_crossentropy", keras.optimizers.SGD(0.01)
    model.compile(sgd, loss, metrics=["accuracy"], jit_compile=False)
    return model


def by_hand(spec: Document, folder: Path, cached: bool) -> None:
    """As Keras' guide to image classification writes it."""
    how = {"validation_split": 0.2, "subset": "both", "seed": 0, "image_size": (32, 32), "batch_size": BATCH}
    with contextlib.redirect_stdout(io.StringIO()):
        train, validation = keras.utils.image_dataset_from_directory(str(folder / "train"), verbose=False, **how)
    if cached:
        train, validation = train.cache(), validation.cache()
    auto = tensorflow.data.AUTOTUNE
    compiled(spec).fit(train.prefetch(auto), validation_data=validation.prefetch(auto), epochs=EPOCHS, verbose=0)


def ours(spec: Document) -> None:
    """The same by its spec."""
    zoo.fit(spec, zoo.load_data(spec))


def in_memory(spec: Document, count: int) -> tuple[Callable[[], float], Callable[[], float]]:
    """Seconds of an epoch on arrays in memory, the median without the first: by spec, and by model.fit."""
    random = np.random.default_rng(0)
    x, y = random.random((count, 32, 32, 3), dtype="float32") * 255, random.integers(10, size=count)
    examples = Examples({"input": InMemory(x)}, {"output": y})
    places = np.arange(count)
    part, few = Part(examples, places), Part(examples, places[:BATCH])
    data, epochs = Dataset(part, few, few, {}), 6

    def by_spec() -> float:
        ends: list[float] = []
        zoo.fit(spec, data, epochs=epochs, on_epoch=lambda epoch, logs: ends.append(time.perf_counter()))
        return statistics.median(np.diff(ends))

    def by_fit() -> float:
        ends: list[float] = []
        noted = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()))
        few_arrays = (x[:BATCH], y[:BATCH])
        compiled(spec).fit(x, y, BATCH, epochs, 0, [noted], validation_data=few_arrays, validation_batch_size=BATCH)
        return statistics.median(np.diff(ends))

    return by_spec, by_fit


def resident() -> int:
    """Bytes of memory that the process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def memory(spec: Document, data: Any) -> list[int]:
    """Resident memory after each epoch."""
    found: list[int] = []
    zoo.fit(spec, data, epochs=LONG, on_epoch=lambda epoch, logs: found.append(resident()))
    return found


def main() -> None:
    """Prints two lines a model, the cost of a step, and the memory."""
    archives = [Path(each) for each in sys.argv[1:] if is_archive(Path(each))]
    models = [each for each in sys.argv[1:] if not is_archive(Path(each))] or ["convnet", "cifar_resnet20"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        count = unpack(archives[0], folder) if archives else make(folder)
        print(f"{count:,} images, {EPOCHS} epochs, batches of {BATCH}; seconds of all")
        print(f"{'':36}{'speczoo':>8}    {'by hand':>8}")
        for model in models:
            spec = document(folder, model)
            for cached in (False, True):
                pair = measure(partial(ours, spec), partial(by_hand, spec, folder, cached), runs=RUNS)
                print(f"{model:20} {'cache' if cached else '':14} {pair}", flush=True)
                print(f"{'':20} images/s {count * EPOCHS / pair.ours:10.0f} {count * EPOCHS / pair.theirs:11.0f}")
        spec = document(folder, models[0])
        by_spec, by_fit = in_memory(spec, count)
        pairs = [(by_spec(), by_fit()) for _ in range(2 * RUNS)][1:]
        ratios = sorted(a / b for a, b in pairs)
        median = statistics.median(ratios)
        print(f"an epoch in memory against model.fit: {median:.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})", flush=True)
        held = memory(spec, zoo.load_data(spec))
        print(
            f"resident after 3, 10 and {LONG} epochs: "
            + ", ".join(f"{held[at - 1] / 1e6:.0f} MB" for at in (3, 10, LONG))
        )


if __name__ == "__main__":
    main()
