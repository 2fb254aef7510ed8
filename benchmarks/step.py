"""Time of a training step and of an inference against the same model of keras.applications, in one process.

    python benchmarks/step.py [MODEL…]

Both are compiled alike and get the same images, at 64×64 where the spec has a size, a batch of 8.
"""

import sys
from functools import partial
from typing import Any

import numpy as np
from build import MODELS
from side_by_side import measure

import specs
import zoo
from zoo.backend import keras

SIZES = {"inception_v3": 96, "inception_resnet_v2": 96, "xception": 96}
SIZE, BATCH = 64, 8


def compiled(model: keras.Model) -> keras.Model:
    """The model, ready for both."""
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    return model


def pair(name: str) -> tuple[Any, Any, Any, Any]:
    """Our model, Keras' own, and a batch of images and labels."""
    size = SIZES.get(name, SIZE) if "size" in specs.load(name).params else 224
    sized: dict[str, Any] = {"size": size} if "size" in specs.load(name).params else {}
    theirs = getattr(keras.applications, MODELS[name])(weights=None, input_shape=(size, size, 3))
    images = np.random.default_rng(0).random((BATCH, size, size, 3), dtype="float32")
    return compiled(zoo.build(name, **sized)), compiled(theirs), images, np.arange(BATCH)


def main() -> None:
    """Prints two lines a model."""
    print(f"{'':34}  {'speczoo':>8}    {'keras.apps':>8}")
    for name in sys.argv[1:] or MODELS:
        keras.backend.clear_session()
        ours, theirs, images, labels = pair(name)
        step = (partial(ours.train_on_batch, images, labels), partial(theirs.train_on_batch, images, labels))
        asked = (partial(ours.predict_on_batch, images), partial(theirs.predict_on_batch, images))
        print(f"{name:20} training step {measure(*step, runs=15)}", flush=True)
        print(f"{name:20} inference     {measure(*asked, runs=15)}", flush=True)


if __name__ == "__main__":
    main()
