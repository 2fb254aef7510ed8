"""Time to build a model from its spec, reading and checking included, against keras.applications, in one process.

    python benchmarks/build.py

Both make the whole model with initialised weights and the session is cleared before each.
"""

from side_by_side import measure

import zoo
from zoo.backend import keras

MODELS = {"resnet50": "ResNet50", "inception_v3": "InceptionV3", "densenet121": "DenseNet121"}


def main() -> None:
    """Prints one line a model."""
    print(f"{'model':14}  {'speczoo':>10}  {'keras.apps':>10}")
    for name, original in MODELS.items():

        def ours(name: str = name) -> None:
            keras.backend.clear_session()
            zoo.build(name)

        def theirs(original: str = original) -> None:
            keras.backend.clear_session()
            getattr(keras.applications, original)(weights=None)

        print(f"{name:14} {measure(ours, theirs)}", flush=True)


if __name__ == "__main__":
    main()
