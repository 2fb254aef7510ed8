"""Time to build a model from its spec, reading and checking included, against keras.applications, in one process.

    python benchmarks/build.py

Both make the whole model with initialised weights and the session is cleared before each.
"""

from functools import partial

from side_by_side import measure

import zoo
from zoo.backend import keras

MODELS = {
    "resnet50": "ResNet50",
    "resnet50_v2": "ResNet50V2",
    "inception_v3": "InceptionV3",
    "inception_resnet_v2": "InceptionResNetV2",
    "xception": "Xception",
    "densenet121": "DenseNet121",
    "mobilenet": "MobileNet",
    "mobilenet_v2": "MobileNetV2",
    "efficientnet_b0": "EfficientNetB0",
    "vgg16": "VGG16",
}


def ours(name: str) -> None:
    """Builds the model from its spec."""
    keras.backend.clear_session()
    zoo.build(name)


def theirs(original: str) -> None:
    """Builds the model with Keras alone."""
    keras.backend.clear_session()
    getattr(keras.applications, original)(weights=None)


def main() -> None:
    """Prints one line a model."""
    print(f"{'model':20}  {'speczoo':>10}  {'keras.apps':>10}")
    for name, original in MODELS.items():
        print(f"{name:20} {measure(partial(ours, name), partial(theirs, original))}", flush=True)


if __name__ == "__main__":
    main()
